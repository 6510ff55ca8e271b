#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/concatenate.hpp"

/// The host's side of concatenations on a GPU.

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// Entries are counted by ints.
template <class U>
void require_countable(const char* function, MatView<U> out) {
  if (out.size() < Index{1} << 30) return;
  throw ShapeError(std::string(function) + ": got " + shape_text(out) + ", expected fewer than 2^30 numbers on a GPU");
}

/// Adds to the gradients of those parts left that come first from the end, each gradient once; returns how many parts
/// are still left. Two parts of one gradient would race for it.
template <class T>
int add_distinct(const Context& context, MatView<const T> d_out, PlacedPart<T>* left, int count) {
  ConcatenateColumnsAdjoint<T> program{{}, 0, 0, d_out};
  int kept = 0;
  PlacedPart<T> again[kMaxParts];
  for (int p = count; p-- > 0;) {
    bool seen = false;
    for (int q = 0; q < program.count; ++q) seen = seen || program.part[q].view.data == left[p].view.data;
    if (seen) {
      again[kept++] = left[p];
      continue;
    }
    program.part[program.count++] = left[p];
    program.largest = std::max(program.largest, left[p].view.size());
  }
  for (int p = 0; p < kept; ++p) left[p] = again[kept - 1 - p];
  run_blocks(context, program);
  return kept;
}

}  // namespace

template <class T>
void concatenate_on_gpu(const Context& context, const ColumnParts<const T>& parts, MatView<T> out) {
  require_countable("concatenate_columns", out);
  ConcatenateColumns<T> program{{}, 0, out};
  Index offset = 0;
  for (int p = 0; p < parts.count; ++p) {
    const MatView<const T> part = parts.part[p];
    if (part.cols > 0) program.part[program.count++] = PlacedPart<const T>::of(part, out.rows, offset);
    offset += part.cols;
  }
  run_blocks(context, program);
}

template <class T>
void concatenate_adjoint_on_gpu(const Context& context, MatView<const T> d_out, const ColumnParts<T>& d_parts) {
  require_countable("concatenate_columns_adjoint", d_out);
  PlacedPart<T> wanted[kMaxParts];
  int count = 0;
  Index offset = 0;
  for (int p = 0; p < d_parts.count; ++p) {
    const MatView<T> part = d_parts.part[p];
    if (part.data != nullptr && part.cols > 0) wanted[count++] = PlacedPart<T>::of(part, d_out.rows, offset);
    offset += part.cols;
  }
  while (count > 0) count = add_distinct(context, d_out, wanted, count);
}

#define ALFI_INSTANTIATE(T)                                                                     \
  template void concatenate_on_gpu<T>(const Context&, const ColumnParts<const T>&, MatView<T>); \
  template void concatenate_adjoint_on_gpu<T>(const Context&, MatView<const T>, const ColumnParts<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
