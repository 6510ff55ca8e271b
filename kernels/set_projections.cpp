#include "alfi/kernels/set_projections.hpp"

#include <string>
#include <type_traits>

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/set_projections.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

constexpr int kTogether = 8;  // directions that a CPU takes at once

/// Runs an item for every set and group of directions: make(number of directions of a group) is what they run.
template <class T, class Make>
void in_groups(const Context& context, Index sets, Index columns, const Make& make) {
  if (on_gpu(context) || columns > ProjectedSets<T, kTogether>::kColumns) {
    const auto item = make(std::integral_constant<int, 1>());
    return for_each(context, sets * item.sets.items(), item);
  }
  const auto item = make(std::integral_constant<int, kTogether>());
  for (Index i = 0; i < sets * item.sets.items(); ++i) item(i);
}

template <class T>
void check_pool(const char* function, MatView<const T> x, const SetPool& pool, MatView<const T> directions) {
  require_shape(function, "x", x, pool.sets * pool.n_max, directions.cols);
  if (!pool.status.empty()) require_size(function, "status", pool.status, x.rows);
  if (!pool.counts.empty()) require_size(function, "counts", pool.counts, pool.sets);
}

template <class T, int kMany>
ProjectedSets<T, kMany> projected_sets(MatView<const T> x, const SetPool& pool, MatView<const T> directions) {
  return {x, pool.n_max, pool.counts.empty() ? nullptr : pool.counts.data,
          pool.status.empty() ? nullptr : pool.status.data, directions};
}

template <class T>
Index directions_of(const char* function, MatView<const T> made, MatView<const T> real,
                    VecView<const std::int32_t> counts) {
  require_size(function, "counts", counts, real.rows);
  if (made.cols == real.cols && made.cols % kProjected == 0 && (real.rows == 0 || made.rows % real.rows == 0)) {
    return made.cols / kProjected;
  }
  throw ShapeError(std::string(function) + ": made has shape " + shape_text(made) + ", expected columns as real's " +
                   shape_text(real) + ", a multiple of " + std::to_string(kProjected) + ", and a multiple of its rows");
}

template <class T>
Index share_of(MatView<const T> made, MatView<const T> real) {
  return real.rows > 0 ? made.rows / real.rows : 0;
}

}  // namespace

Index set_projections_saved_size(Index sets, Index directions) { return 3 * sets * directions; }
Index set_projections_scratch_size(Index sets, Index directions, Index columns) { return sets * directions * columns; }

template <class T>
void set_projections(const Context& context, MatView<const T> x, const SetPool& pool, MatView<const T> directions,
                     VecView<T> saved, MatView<T> out) {
  const char* function = "set_projections";
  check_pool(function, x, pool, directions);
  require_size(function, "saved", saved, set_projections_saved_size(pool.sets, directions.rows));
  require_shape(function, "out", out, pool.sets, kProjected * directions.rows);
  in_groups<T>(context, pool.sets, x.cols, [&](auto many) {
    return ProjectSet<T, many.value>{projected_sets<T, many.value>(x, pool, directions), saved.data, out.data};
  });
}

template <class T>
void set_projections_adjoint(const Context& context, MatView<const T> x, const SetPool& pool,
                             const ProjectionsForward<T>& forward, MatView<const T> d_out, VecView<T> scratch,
                             MatView<T> d_directions) {
  const char* function = "set_projections_adjoint";
  const MatView<const T> directions = forward.directions;
  check_pool(function, x, pool, directions);
  require_size(function, "saved", forward.saved, set_projections_saved_size(pool.sets, directions.rows));
  require_shape(function, "out", forward.out, pool.sets, kProjected * directions.rows);
  require_shape(function, "d_out", d_out, pool.sets, kProjected * directions.rows);
  require_shape(function, "d_directions", d_directions, directions.rows, directions.cols);
  require_size(function, "scratch", scratch, set_projections_scratch_size(pool.sets, directions.rows, directions.cols));
  in_groups<T>(context, pool.sets, x.cols, [&](auto many) {
    return ProjectSetAdjoint<T, many.value>{projected_sets<T, many.value>(x, pool, directions), forward.saved.data,
                                            forward.out.data, d_out.data, scratch.data};
  });
  for_each(context, directions.size(),
           SumProjectedSets<T>{scratch.data, pool.sets, directions.size(), d_directions.data});
}

template <class T>
void compare_projections(const Context& context, MatView<const T> made, MatView<const T> real,
                         VecView<const std::int32_t> counts, MatView<T> out) {
  const Index directions = directions_of("compare_projections", made, real, counts);
  require_shape("compare_projections", "out", out, made.rows, made.cols);
  for_each(context, made.size(),
           CompareProjections<T>{made.data, real.data, counts.data, share_of(made, real), directions, out.data});
}

template <class T>
void compare_projections_adjoint(const Context& context, MatView<const T> real, VecView<const std::int32_t> counts,
                                 MatView<const T> out, MatView<const T> d_out, MatView<T> d_made, MatView<T> d_real) {
  const char* function = "compare_projections_adjoint";
  const Index directions = directions_of(function, out, real, counts);
  require_shape(function, "d_out", d_out, out.rows, out.cols);
  if (!d_made.empty()) require_shape(function, "d_made", d_made, out.rows, out.cols);
  if (!d_real.empty()) require_shape(function, "d_real", d_real, real.rows, real.cols);
  for_each(
      context, real.rows * directions,
      CompareProjectionsAdjoint<T>{real.data, counts.data, share_of(out, real), directions, out.data, d_out.data,
                                   d_made.empty() ? nullptr : d_made.data, d_real.empty() ? nullptr : d_real.data});
}

#define ALFI_INSTANTIATE(T)                                                                                         \
  template void set_projections<T>(const Context&, MatView<const T>, const SetPool&, MatView<const T>, VecView<T>,  \
                                   MatView<T>);                                                                     \
  template void set_projections_adjoint<T>(const Context&, MatView<const T>, const SetPool&,                        \
                                           const ProjectionsForward<T>&, MatView<const T>, VecView<T>, MatView<T>); \
  template void compare_projections<T>(const Context&, MatView<const T>, MatView<const T>,                          \
                                       VecView<const std::int32_t>, MatView<T>);                                    \
  template void compare_projections_adjoint<T>(const Context&, MatView<const T>, VecView<const std::int32_t>,       \
                                               MatView<const T>, MatView<const T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
