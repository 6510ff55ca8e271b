#pragma once
#include "alfi/core/portable.hpp"

/// The sum of value(0) .. value(n - 1), pairwise by index: neighbours first, then neighbours of those, a missing
/// partner skipped. The same as
///     for (stride = 1; stride < n; stride *= 2)
///       for (i = 0; i + stride < n; i += 2 * stride) v[i] += v[i + stride];
/// without the array: sums that wait for their partner are the ones of a binary counter of values seen.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// T: the type of the sum; zero where n = 0.
template <class T, class Value>
ALFI_HD T sum_tree(Index n, const Value& value) {
  T waiting[48] = {};  // of 1, 2, 4, ... values, largest first
  int depth = 0;
  for (Index i = 0; i < n; ++i) {
    T sum = value(i);
    for (Index carry = i; carry % 2 == 1; carry /= 2) sum = waiting[--depth] + sum;
    waiting[depth++] = sum;
  }
  if (depth == 0) return T(0);
  T sum = waiting[--depth];
  while (depth > 0) sum = waiting[--depth] + sum;
  return sum;
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
