#include <algorithm>

#include "alfi/kernels/cpu/cell_products.hpp"
#include "alfi/kernels/cpu/scratch.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void gru_step(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
              MatView<T> gates, MatView<T> h_next) {
  const char* function = "gru_step";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  cell::check_cell(function, 3, x, h, weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  cpu::GruPoint<T> point{};
  point.rows = rows;
  point.state = state;
  point.gates = gates.data;
  point.h = h.data;
  point.h_next = h_next.data;
  cell::gate_products(x, h.data, state, weights, gates, 0, 2);
  cpu::table<T>().gru_reset(point);
  cell::gate_products(x, static_cast<const T*>(gates.data) + 3 * state, gates.cols, weights, gates, 2, 1);
  cpu::table<T>().gru_next(point);
}

template <class T>
void gru_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                      MatView<T> gates, MatView<const T> d_h_next, MatView<T> d_x, MatView<T> d_h,
                      const CellGradients<T>& d_weights) {
  const char* function = "gru_step_adjoint";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  cell::check_cell(function, 3, x, h, weights);
  cell::check_gradients(function, weights, d_weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "d_h_next", d_h_next, rows, state);
  cell::check_optional(function, "d_x", d_x, rows, x.cols);
  cell::check_optional(function, "d_h", d_h, rows, state);
  const MatView<T> d_kept{cpu::Scratch<T>::get(rows * state), rows, state};
  std::fill(d_kept.data, d_kept.data + d_kept.size(), T(0));
  cpu::GruPoint<T> point{};
  point.rows = rows;
  point.state = state;
  point.gates = gates.data;
  point.h = h.data;
  point.d_h_next = d_h_next.data;
  point.d_h = d_h.empty() ? nullptr : d_h.data;
  point.d_kept = d_kept.data;
  const T* d_candidate = gates.data + 2 * state;
  cpu::table<T>().gru_next_adjoint(point);
  cpu::add_product(d_candidate, gates.cols, cell::gate_rows(weights.hidden, state, 2, 1), d_kept);
  cpu::add_outer(d_candidate, gates.cols, gates.data + 3 * state, gates.cols, rows,
                 cell::gate_rows(d_weights.hidden, state, 2, 1));
  cpu::table<T>().gru_reset_adjoint(point);
  cpu::table<T>().column_sums(d_weights.bias.data, gates.data, rows, 3 * state, gates.cols);
  cpu::add_outer(gates.data, gates.cols, x.data, x.cols, rows, d_weights.input);
  cpu::add_outer(gates.data, gates.cols, h.data, state, rows, cell::gate_rows(d_weights.hidden, state, 0, 2));
  if (!d_x.empty()) cpu::add_product(gates.data, gates.cols, weights.input, d_x);
  if (!d_h.empty()) cpu::add_product(gates.data, gates.cols, cell::gate_rows(weights.hidden, state, 0, 2), d_h);
}

#define ALFI_INSTANTIATE(T)                                                                                        \
  template void gru_step<T>(const Context&, MatView<const T>, MatView<const T>, const CellWeights<T>&, MatView<T>, \
                            MatView<T>);                                                                           \
  template void gru_step_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, const CellWeights<T>&,     \
                                    MatView<T>, MatView<const T>, MatView<T>, MatView<T>, const CellGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
