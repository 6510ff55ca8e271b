#include <algorithm>

#include "alfi/kernels/cpu/cell_products.hpp"
#include "alfi/kernels/cpu/scratch.hpp"
#include "alfi/kernels/gpu/gru.hpp"
#include "alfi/kernels/gpu/weight_gradients.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
GruJob<T> gru_job(Index rows, const CellWeights<T>& weights) {
  return {rows,
          static_cast<int>(weights.hidden.cols),
          static_cast<int>(weights.input.cols),
          weights.input.data,
          weights.hidden.data,
          weights.bias.data};
}

/// Whether a step is one launch: the adjoint, which needs more room than the step, has it.
template <class T>
bool in_one_launch(const GruJob<T>& job) {
  return GruAdjoint<T>{job, nullptr, nullptr, nullptr, nullptr, nullptr}.shared_bytes() <= kMostRowBlockBytes;
}

template <class T>
void gru_on_gpu(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                MatView<T> gates, MatView<T> h_next) {
  const GruJob<T> fused = gru_job(h.rows, weights);
  if (in_one_launch(fused)) return run_blocks(context, GruForward<T>{fused, x.data, h.data, gates.data, h_next.data});
  const Index rows = h.rows, state = h.cols, inputs = x.cols;
  const Lines<T> xs = rows_of(x.data, inputs), kept = rows_of<T>(gates.data + 3 * state, gates.cols);
  const T *input = weights.input.data, *hidden = weights.hidden.data, *bias = weights.bias.data;
  run_product<T>(context, CellJob<T, GruGatesPoint<T>>{rows,
                                                       state,
                                                       inputs,
                                                       xs,
                                                       rows_of(h.data, state),
                                                       rows_of(input, inputs),
                                                       rows_of(hidden, state),
                                                       bias,
                                                       {state, h.data, gates.data}});
  run_product<T>(context, CellJob<T, GruCandidatePoint<T>>{rows,
                                                           state,
                                                           inputs,
                                                           xs,
                                                           kept,
                                                           rows_of(input + 2 * state * inputs, inputs),
                                                           rows_of(hidden + 2 * state * state, state),
                                                           bias + 2 * state,
                                                           {state, h.data, gates.data, h_next.data}});
}

/// target = or += d w: the gradients d of some gates [B, gates], d_row apart, times their weights.
template <class T>
void product_on_gpu(const Context& context, const T* d, Index d_row, MatView<const T> w, MatView<T> target,
                    bool accumulate) {
  DenseJob<T> job;
  job.a = rows_of(d, d_row);
  job.row_count = target.rows;
  job.sum_size = w.rows;
  job.first = {columns_of(w.data, w.cols), w.cols, target.data, w.cols};
  job.accumulate = accumulate;
  run_product<T>(context, job);
}

WeightParts gru_parts(Index rows, Index state, Index inputs) {
  return WeightParts::of(rows, 3 * state, inputs + state);
}

template <class T>
void gru_adjoint_on_gpu(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                        MatView<T> gates, MatView<const T> d_h_next, MatView<T> d_x, MatView<T> d_h,
                        const CellGradients<T>& d_weights, VecView<T> scratch) {
  const Index rows = h.rows, state = h.cols, inputs = x.cols, apart = gates.cols;
  const T *d_gates = gates.data, *d_candidate = d_gates + 2 * state, *kept = d_gates + 3 * state;
  GradientLaunches<T> launches(rows);
  const WeightGradients<T> gradients{
      gru_parts(rows, state, inputs), rows, scratch.data, d_weights.input, d_weights.hidden, d_weights.bias, &launches};
  const MatView<T> d_kept{scratch.data + gradients.parts.size(), rows, state};
  T *const d_h_data = d_h.empty() ? nullptr : d_h.data, *const d_x_data = d_x.empty() ? nullptr : d_x.data;
  const GruJob<T> fused = gru_job(rows, weights);
  if (in_one_launch(fused)) {
    run_blocks(context, GruAdjoint<T>{fused, h.data, d_h_next.data, gates.data, d_x_data, d_h_data});
  } else {
    for_each(context, rows * state, GruNextAdjointEntry<T>{state, gates.data, h.data, d_h_next.data, d_h_data});
    product_on_gpu(context, d_candidate, apart, cell::gate_rows(weights.hidden, state, 2, 1), d_kept, false);
    for_each(context, rows * state, GruResetAdjointEntry<T>{state, gates.data, h.data, d_kept.data, d_h_data});
    if (!d_x.empty()) product_on_gpu(context, d_gates, apart, weights.input, d_x, true);
    if (!d_h.empty()) product_on_gpu(context, d_gates, apart, cell::gate_rows(weights.hidden, state, 0, 2), d_h, true);
  }
  gradients.sum(context, d_gates, apart, 0, 3 * state, 0, {x.data, inputs, inputs}, {}, true);
  gradients.sum(context, d_gates, apart, 0, 2 * state, inputs, {h.data, state, state}, {}, false);
  gradients.sum(context, d_candidate, apart, 2 * state, state, inputs, {kept, apart, state}, {}, false);
  gradients.add();
  launches.run(context);
}

}  // namespace

Index gru_scratch_size(const Context& context, Index rows, Index state, Index inputs) {
  return on_gpu(context) ? gru_parts(rows, state, inputs).size() + rows * state : 0;
}

template <class T>
void gru_step(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
              MatView<T> gates, MatView<T> h_next) {
  const char* function = "gru_step";
  const Index rows = h.rows, state = h.cols;
  cell::check_cell(function, 3, x, h, weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  if (on_gpu(context)) return gru_on_gpu(context, x, h, weights, gates, h_next);
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
                      const CellGradients<T>& d_weights, VecView<T> scratch) {
  const char* function = "gru_step_adjoint";
  const Index rows = h.rows, state = h.cols;
  cell::check_cell(function, 3, x, h, weights);
  cell::check_gradients(function, weights, d_weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "d_h_next", d_h_next, rows, state);
  cell::check_optional(function, "d_x", d_x, rows, x.cols);
  cell::check_optional(function, "d_h", d_h, rows, state);
  require_size(function, "scratch", scratch, gru_scratch_size(context, rows, state, x.cols));
  if (on_gpu(context)) {
    return gru_adjoint_on_gpu(context, x, h, weights, gates, d_h_next, d_x, d_h, d_weights, scratch);
  }
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
                                    MatView<T>, MatView<const T>, MatView<T>, MatView<T>, const CellGradients<T>&, \
                                    VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
