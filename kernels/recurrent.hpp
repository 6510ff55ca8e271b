#pragma once
#include "alfi/kernels/linear.hpp"

/// One step of the recurrent cells, forward and adjoint, gates fused with the products.
/// LSTM: gate rows in the order input, forget, candidate, output: c' = f c + i g, h' = o tanh(c').
/// GRU: gate rows in the order update z, reset r, candidate n; n = tanh(Wn x + Un (r h) + bn); h' = (1-z) h + z n.
/// Shapes: x [B,I], h, c [B,H], input [G*H,I], hidden [G*H,H], bias [G*H]; G = 4 (LSTM) or 3 (GRU).
/// Outputs must not alias inputs. Throws: ShapeError. Gradients accumulate (+=).
/// Source: Hochreiter & Schmidhuber 1997; Cho et al. 2014, in the form of the published recurrent machine.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct CellWeights {
  MatView<const T> input;
  MatView<const T> hidden;
  VecView<const T> bias;
};
template <class T>
struct CellGradients {
  MatView<T> input;
  MatView<T> hidden;
  VecView<T> bias;
};

/// gates [B,4H] is kept for the adjoint: the gates after their nonlinearities.
template <class T>
void lstm_step(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
               const CellWeights<T>& weights, MatView<T> gates, MatView<T> h_next, MatView<T> c_next);

/// Elements of scratch that the adjoint of such a step needs (its content is lost): none on a CPU.
Index lstm_scratch_size(const Context& context, Index rows, Index state, Index inputs);
Index gru_scratch_size(const Context& context, Index rows, Index state, Index inputs);

/// gates is overwritten. d_h_next, d_c_next are inputs; d_x, d_h, d_c may each be empty (not wanted).
template <class T>
void lstm_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
                       const CellWeights<T>& weights, MatView<T> gates, MatView<const T> c_next,
                       MatView<const T> d_h_next, MatView<const T> d_c_next, MatView<T> d_x, MatView<T> d_h,
                       MatView<T> d_c, const CellGradients<T>& d_weights, VecView<T> scratch = {});

/// gates [B,4H] is kept for the adjoint: z, r, n after their nonlinearities, then r h.
template <class T>
void gru_step(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
              MatView<T> gates, MatView<T> h_next);

/// gates is overwritten. d_x, d_h may each be empty (not wanted).
template <class T>
void gru_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                      MatView<T> gates, MatView<const T> d_h_next, MatView<T> d_x, MatView<T> d_h,
                      const CellGradients<T>& d_weights, VecView<T> scratch = {});

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
