#pragma once
#include <cmath>

#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/view.hpp"

/// out(r, c) = head(r, c) + sigmoid(head(r, C + group[c]) + 1) values(r, c): a learned gate for each group of columns
/// says how far values is believed. Shapes: head [R,C+G], values [R,C], group [C] (each < G), out [R,C].
/// Gradients accumulate (+=).

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
void gated_sum(const Context& context, MatView<const T> head, MatView<const T> values,
               VecView<const std::uint8_t> group, MatView<T> out) {
  require_cpu(context, "gated_sum");
  require_shape("gated_sum", "values", values, head.rows, group.size);
  require_shape("gated_sum", "out", out, head.rows, group.size);
  for (const std::uint8_t g : group) {
    if (values.cols + g < head.cols) continue;
    throw ShapeError("gated_sum: head has shape " + shape_text(head) + ", expected more than " +
                     std::to_string(values.cols + g) + " columns");
  }
  for (Index r = 0; r < head.rows; ++r) {
    for (Index c = 0; c < values.cols; ++c) {
      out(r, c) = head(r, c) + sigmoid(head(r, values.cols + group[c]) + T(1)) * values(r, c);
    }
  }
}

/// d_head and d_values may each be empty (not wanted).
template <class T>
void gated_sum_adjoint(const Context& context, MatView<const T> head, MatView<const T> values,
                       VecView<const std::uint8_t> group, MatView<const T> d_out, MatView<T> d_head,
                       MatView<T> d_values) {
  require_cpu(context, "gated_sum_adjoint");
  for (Index r = 0; r < head.rows; ++r) {
    for (Index c = 0; c < values.cols; ++c) {
      const Index g = values.cols + group[c];
      const T gate = sigmoid(head(r, g) + T(1)), d = d_out(r, c);
      if (!d_values.empty()) d_values(r, c) += gate * d;
      if (d_head.empty()) continue;
      d_head(r, c) += d;
      d_head(r, g) += d * values(r, c) * gate * (T(1) - gate);
    }
  }
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
