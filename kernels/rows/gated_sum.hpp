#pragma once
#include <cmath>

#include "alfi/core/view.hpp"
#include "alfi/kernels/rows/entries.hpp"

/// Entries and rows of kernels/gated_sum.hpp, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// 1 / (1 + exp(-x)) without overflow.
template <class T>
ALFI_HD T sigmoid(T x) {
  const T e = std::exp(x < T(0) ? x : -x);
  return (x < T(0) ? e : T(1)) / (T(1) + e);
}

template <class T>
struct GatedSum {
  static constexpr const char* kName = "gated_sum";
  MatView<const T> head, values;
  const std::uint8_t* group;
  MatView<T> out;
  ALFI_HD void operator()(Index r, Index c) const {
    out(r, c) = head(r, c) + sigmoid(head(r, values.cols + group[c]) + T(1)) * values(r, c);
  }
};

/// A row: its groups' gates are added to by several columns.
template <class T>
struct GatedSumAdjointRow {
  static constexpr const char* kName = "gated_sum_adjoint";
  MatView<const T> head, values;
  const std::uint8_t* group;
  MatView<const T> d_out;
  MatView<T> d_head, d_values;
  ALFI_HD void operator()(Index r) const {
    for (Index c = 0; c < values.cols; ++c) {
      const Index g = values.cols + group[c];
      const T gate = sigmoid(head(r, g) + T(1)), d = d_out(r, c);
      if (!d_values.empty()) d_values(r, c) += gate * d;
      if (d_head.empty()) continue;
      d_head(r, c) += d;
      d_head(r, g) += d * values(r, c) * gate * (T(1) - gate);
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
