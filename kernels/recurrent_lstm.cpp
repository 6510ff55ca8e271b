#include "alfi/kernels/cpu/cell_products.hpp"
#include "alfi/kernels/gpu/recurrent.hpp"
#include "alfi/kernels/gpu/weight_gradients.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void lstm_on_gpu(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                 const LstmPoint<T>& point) {
  run_product<T>(context, CellJob<T, LstmPoint<T>>{h.rows, h.cols, x.cols, rows_of(x.data, x.cols),
                                                   rows_of(h.data, h.cols), rows_of(weights.input.data, x.cols),
                                                   rows_of(weights.hidden.data, h.cols), weights.bias.data, point});
}

/// From the gates' gradients [B,4H] to everything else's: those of x and h in one product, and the weights'.
template <class T>
void lstm_products_adjoint(const Context& context, MatView<const T> x, MatView<const T> h,
                           const CellWeights<T>& weights, MatView<const T> d_gates, MatView<T> d_x, MatView<T> d_h,
                           const CellGradients<T>& d_weights, VecView<T> scratch) {
  DenseJob<T> job;
  job.a = rows_of(d_gates.data, d_gates.cols);
  job.row_count = h.rows;
  job.sum_size = d_gates.cols;
  if (!d_x.empty()) job.first = {columns_of(weights.input.data, x.cols), x.cols, d_x.data, x.cols};
  if (!d_h.empty()) job.second = {columns_of(weights.hidden.data, h.cols), h.cols, d_h.data, h.cols};
  job.accumulate = true;
  run_product<T>(context, job);
  GradientLaunches<T> launches(h.rows);
  const WeightGradients<T> gradients{WeightParts::of(h.rows, d_gates.cols, x.cols + h.cols),
                                     h.rows,
                                     scratch.data,
                                     d_weights.input,
                                     d_weights.hidden,
                                     d_weights.bias,
                                     &launches};
  gradients.sum(context, d_gates.data, d_gates.cols, 0, d_gates.cols, 0, {x.data, x.cols, x.cols},
                {h.data, h.cols, h.cols}, true);
  gradients.add();
  launches.run(context);
}

}  // namespace

Index lstm_scratch_size(const Context& context, Index rows, Index state, Index inputs) {
  return on_gpu(context) ? WeightParts::of(rows, 4 * state, inputs + state).size() : 0;
}

template <class T>
void lstm_step(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
               const CellWeights<T>& weights, MatView<T> gates, MatView<T> h_next, MatView<T> c_next) {
  const char* function = "lstm_step";
  const Index rows = h.rows, state = h.cols;
  cell::check_cell(function, 4, x, h, weights);
  require_shape(function, "c", c, rows, state);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  require_shape(function, "c_next", c_next, rows, state);
  if (on_gpu(context)) {
    return lstm_on_gpu(context, x, h, weights, LstmPoint<T>{state, c.data, gates.data, c_next.data, h_next.data});
  }
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
                       MatView<T> d_c, const CellGradients<T>& d_weights, VecView<T> scratch) {
  const char* function = "lstm_step_adjoint";
  const Index rows = h.rows, state = h.cols;
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
  require_size(function, "scratch", scratch, lstm_scratch_size(context, rows, state, x.cols));
  if (on_gpu(context)) {
    for_each(context, rows * state,
             LstmAdjointEntry<T>{state, gates.data, c.data, c_next.data, d_h_next.data, d_c_next.data,
                                 d_c.empty() ? nullptr : d_c.data});
    return lstm_products_adjoint<T>(context, x, h, weights, gates, d_x, d_h, d_weights, scratch);
  }
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

#define ALFI_INSTANTIATE(T)                                                                                         \
  template void lstm_step<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,                  \
                             const CellWeights<T>&, MatView<T>, MatView<T>, MatView<T>);                            \
  template void lstm_step_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,          \
                                     const CellWeights<T>&, MatView<T>, MatView<const T>, MatView<const T>,         \
                                     MatView<const T>, MatView<T>, MatView<T>, MatView<T>, const CellGradients<T>&, \
                                     VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
