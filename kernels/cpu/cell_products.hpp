#pragma once
#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/row_major.hpp"
#include "alfi/kernels/cpu/scratch.hpp"
#include "alfi/kernels/recurrent.hpp"

/// What the recurrent cells share: their checks and the products of their gates.

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace cell {

template <class T>
void check_cell(const char* function, Index gates, MatView<const T> x, MatView<const T> h,
                const CellWeights<T>& weights) {
  require_shape(function, "x", x, h.rows, x.cols);
  require_shape(function, "input weight", weights.input, gates * h.cols, x.cols);
  require_shape(function, "hidden weight", weights.hidden, gates * h.cols, h.cols);
  require_size(function, "bias", weights.bias, gates * h.cols);
}
template <class T>
void check_gradients(const char* function, const CellWeights<T>& weights, const CellGradients<T>& d_weights) {
  require_shape(function, "d_input", d_weights.input, weights.input.rows, weights.input.cols);
  require_shape(function, "d_hidden", d_weights.hidden, weights.hidden.rows, weights.hidden.cols);
  require_size(function, "d_bias", d_weights.bias, weights.bias.size);
}
template <class T>
void check_optional(const char* function, const char* argument, MatView<T> d, Index rows, Index cols) {
  if (!d.empty()) require_shape(function, argument, d, rows, cols);
}

/// Pre-activations of gates [first, first + count) of each row: bias + input x + hidden h, h_row apart.
template <class T>
void gate_products(MatView<const T> x, const T* h, Index h_row, const CellWeights<T>& weights, MatView<T> gates,
                   Index first, Index count) {
  const Index state = weights.hidden.cols, from = first * state;
  const Index packed = (count * state + cpu::kLane) * (x.cols + state);
  cpu::CellProduct<T> product{};
  product.rows = gates.rows;
  product.cols = count * state;
  product.term[0] = {x.data, x.cols, weights.input.data + from * x.cols, x.cols, x.cols};
  product.term[1] = {h, h_row, weights.hidden.data + from * state, state, state};
  product.c = gates.data + from;
  product.c_row = gates.cols;
  product.bias = weights.bias.data + from;
  product.packed = cpu::Scratch<T>::get(packed);
  cpu::table<T>().cell_product(product);
}

/// Rows [first, first + count) * state of a weight with that many rows per gate.
template <class T>
MatView<T> gate_rows(MatView<T> weight, Index state, Index first, Index count) {
  return {weight.data + first * state * weight.cols, count * state, weight.cols};
}

}  // namespace cell
}  // namespace kernels
}  // namespace v0
}  // namespace alfi
