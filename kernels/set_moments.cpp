#include "alfi/kernels/set_moments.hpp"

#include <string>

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/set_moments.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_sets(const char* function, const MomentSets<T>& sets, VecView<double> scratch) {
  require_shape(function, "x", sets.x, sets.sets * sets.n_max, sets.location.cols);
  require_shape(function, "scale", sets.scale, sets.location.rows, sets.x.cols);
  if (sets.x.cols > kMostMomentColumns) {
    throw InputError(std::string(function) + ": x has " + std::to_string(sets.x.cols) + " columns, expected at most " +
                     std::to_string(kMostMomentColumns));
  }
  const Index problems = sets.location.rows;
  if (problems == 0 ? sets.sets > 0 : sets.sets % problems != 0) {
    throw ShapeError(std::string(function) + ": location has " + std::to_string(problems) +
                     " rows, expected a divisor of the " + std::to_string(sets.sets) + " sets");
  }
  if (!sets.counts.empty()) require_size(function, "counts", sets.counts, sets.sets);
  if (!sets.status.empty()) require_size(function, "status", sets.status, sets.x.rows);
  require_size(function, "scratch", scratch, set_moments_scratch(sets.sets, sets.n_max, sets.x.cols));
}

template <class T>
Index sets_of_problem(const MomentSets<T>& sets) {
  return sets.location.rows > 0 ? sets.sets / sets.location.rows : 1;
}

template <class T>
void sum_chunks(const Context& context, const MomentSets<T>& sets, VecView<double> scratch) {
  for_each(context, sets.sets * moment_chunks(sets.n_max),
           SumChunk<T>{sets.x, sets.location.data, sets.scale.data, sets_of_problem(sets), sets.n_max,
                       sets.counts.empty() ? nullptr : sets.counts.data,
                       sets.status.empty() ? nullptr : sets.status.data, scratch.data});
}

}  // namespace

Index set_moments_scratch(Index sets, Index n_max, Index columns) {
  return sets * moment_chunks(n_max) * moment_sums(columns);
}

template <class T>
void describe_moments(const Context& context, const MomentSets<T>& sets, VecView<const double> typical,
                      VecView<double> scratch, MatView<double> reference, MatView<T> told, Index first) {
  const char* function = "describe_moments";
  const Index size = sets.location.cols;
  check_sets(function, sets, scratch);
  require_shape(function, "location", sets.location, sets.sets, size);
  require_size(function, "typical", typical, size);
  require_shape(function, "reference", reference, sets.sets, 2 * set_moments_size(size));
  if (told.rows != sets.sets || first < 0 || told.cols < first + size * (size + 1) / 2) {
    throw ShapeError(std::string(function) + ": told has shape " + shape_text(told) + ", expected [" +
                     std::to_string(sets.sets) + "," + std::to_string(first + size * (size + 1) / 2) + "] or wider");
  }
  sum_chunks(context, sets, scratch);
  for_each(context, sets.sets,
           DescribeMoments<T>{scratch.data, moment_chunks(sets.n_max), size, sets.scale.data, typical.data,
                              reference.data, told, first});
}

template <class T>
void compare_moments(const Context& context, const MomentSets<T>& sets, MatView<const double> reference,
                     VecView<double> scratch, MatView<T> out) {
  const char* function = "compare_moments";
  const Index size = sets.location.cols;
  check_sets(function, sets, scratch);
  require_shape(function, "reference", reference, sets.location.rows, 2 * set_moments_size(size));
  require_shape(function, "out", out, sets.sets, set_moments_size(size));
  sum_chunks(context, sets, scratch);
  for_each(context, sets.sets,
           CompareMoments<T>{scratch.data, moment_chunks(sets.n_max), size, sets_of_problem(sets), reference.data,
                             out.data});
}

#define ALFI_INSTANTIATE(T)                                                                                       \
  template void describe_moments<T>(const Context&, const MomentSets<T>&, VecView<const double>, VecView<double>, \
                                    MatView<double>, MatView<T>, Index);                                          \
  template void compare_moments<T>(const Context&, const MomentSets<T>&, MatView<const double>, VecView<double>,  \
                                   MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
