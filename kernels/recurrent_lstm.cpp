#include "alfi/kernels/cpu/cell_products.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void lstm_step(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
               const CellWeights<T>& weights, MatView<T> gates, MatView<T> h_next, MatView<T> c_next) {
  const char* function = "lstm_step";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  cell::check_cell(function, 4, x, h, weights);
  require_shape(function, "c", c, rows, state);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  require_shape(function, "c_next", c_next, rows, state);
  cell::gate_products(x, h.data, h.cols, weights, gates, 0, 4);
  cpu::LstmPoint<T> point{};
  point.rows = rows;
  point.state = state;
  point.gates = gates.data;
  point.c = c.data;
  point.c_next = c_next.data;
  point.h_next = h_next.data;
  cpu::table<T>().lstm(point);
}

template <class T>
void lstm_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
                       const CellWeights<T>& weights, MatView<T> gates, MatView<const T> c_next,
                       MatView<const T> d_h_next, MatView<const T> d_c_next, MatView<T> d_x, MatView<T> d_h,
                       MatView<T> d_c, const CellGradients<T>& d_weights) {
  const char* function = "lstm_step_adjoint";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  cell::check_cell(function, 4, x, h, weights);
  cell::check_gradients(function, weights, d_weights);
  require_shape(function, "c", c, rows, state);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "c_next", c_next, rows, state);
  require_shape(function, "d_h_next", d_h_next, rows, state);
  require_shape(function, "d_c_next", d_c_next, rows, state);
  cell::check_optional(function, "d_x", d_x, rows, x.cols);
  cell::check_optional(function, "d_h", d_h, rows, state);
  cell::check_optional(function, "d_c", d_c, rows, state);
  cpu::LstmPoint<T> point{};
  point.rows = rows;
  point.state = state;
  point.gates = gates.data;
  point.c = c.data;
  point.c_kept = c_next.data;
  point.d_h_next = d_h_next.data;
  point.d_c_next = d_c_next.data;
  point.d_c = d_c.empty() ? nullptr : d_c.data;
  cpu::table<T>().lstm_adjoint(point);
  cpu::table<T>().column_sums(d_weights.bias.data, gates.data, rows, gates.cols, gates.cols);
  cpu::add_outer(gates.data, gates.cols, x.data, x.cols, rows, d_weights.input);
  cpu::add_outer(gates.data, gates.cols, h.data, h.cols, rows, d_weights.hidden);
  if (!d_x.empty()) cpu::add_product(gates.data, gates.cols, weights.input, d_x);
  if (!d_h.empty()) cpu::add_product(gates.data, gates.cols, weights.hidden, d_h);
}

#define ALFI_INSTANTIATE(T)                                                                                 \
  template void lstm_step<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,          \
                             const CellWeights<T>&, MatView<T>, MatView<T>, MatView<T>);                    \
  template void lstm_step_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,  \
                                     const CellWeights<T>&, MatView<T>, MatView<const T>, MatView<const T>, \
                                     MatView<const T>, MatView<T>, MatView<T>, MatView<T>, const CellGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
