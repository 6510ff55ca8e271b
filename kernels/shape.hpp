#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/view.hpp"

/// Moving columns and rows about: what concatenation, slices and broadcasts over a problem's proposals are made of.
/// Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A run of columns moved from one matrix to another whose rows are a multiple: out(r, to + c) = in(r / repeat, from +
/// c), repeat = out.rows / in.rows.
struct ColumnBlock {
  Index from = 0;   ///< first column read
  Index to = 0;     ///< first column written
  Index count = 0;  ///< columns moved
};

template <class T>
void copy_columns(const Context& context, MatView<const T> in, MatView<T> out, const ColumnBlock& block) {
  require_cpu(context, "copy_columns");
  const Index repeat = in.rows > 0 ? out.rows / in.rows : 1;
  for (Index r = 0; r < out.rows; ++r) {
    const T* source = in.data + (r / repeat) * in.cols + block.from;
    T* target = out.data + r * out.cols + block.to;
    for (Index c = 0; c < block.count; ++c) target[c] = source[c];
  }
}

/// The adjoint of copy_columns: d_in(r / repeat, from + c) += d_out(r, to + c).
template <class T>
void copy_columns_adjoint(const Context& context, MatView<const T> d_out, MatView<T> d_in, const ColumnBlock& block) {
  require_cpu(context, "copy_columns_adjoint");
  const Index repeat = d_in.rows > 0 ? d_out.rows / d_in.rows : 1;
  for (Index r = 0; r < d_out.rows; ++r) {
    const T* source = d_out.data + r * d_out.cols + block.to;
    T* target = d_in.data + (r / repeat) * d_in.cols + block.from;
    for (Index c = 0; c < block.count; ++c) target[c] += source[c];
  }
}

/// y(r, :) += factor x(r / (y.rows / x.rows), :).
template <class T>
void add_repeated(const Context& context, T factor, MatView<const T> x, MatView<T> y) {
  require_cpu(context, "add_repeated");
  const Index repeat = x.rows > 0 ? y.rows / x.rows : 1;
  for (Index r = 0; r < y.rows; ++r) {
    for (Index c = 0; c < y.cols; ++c) y(r, c) += factor * x(r / repeat, c);
  }
}

/// Its adjoint: d_x(r / repeat, :) += factor d_y(r, :).
template <class T>
void add_repeated_adjoint(const Context& context, T factor, MatView<const T> d_y, MatView<T> d_x) {
  require_cpu(context, "add_repeated_adjoint");
  const Index repeat = d_x.rows > 0 ? d_y.rows / d_x.rows : 1;
  for (Index r = 0; r < d_y.rows; ++r) {
    for (Index c = 0; c < d_y.cols; ++c) d_x(r / repeat, c) += factor * d_y(r, c);
  }
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
