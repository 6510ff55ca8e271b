#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Linear layer with an optional nonlinearity: y = activation(x W' + b).
/// Shapes: x [R,I], W [O,I], b [O] (empty: none), y [R,O]. y must not alias x.
/// Throws: ShapeError where shapes disagree. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

enum class Activation : std::uint8_t { none, relu, tanh };

template <class T>
struct LinearWeights {
  MatView<const T> weight;  ///< [O,I]
  VecView<const T> bias;    ///< [O], or empty
};
template <class T>
struct LinearGradients {
  MatView<T> weight;  ///< [O,I]
  VecView<T> bias;    ///< [O], or empty
};

template <class T>
void linear(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
            MatView<T> y);

/// Elements of scratch that linear_adjoint of such a layer needs: none on a CPU.
Index linear_scratch_size(const Context& context, Index rows, Index outputs, Index inputs);

/// y is the forward result; d_y is overwritten by the gradient before the nonlinearity; d_x may be empty (not wanted).
/// scratch: linear_scratch_size() elements, their content lost.
template <class T>
void linear_adjoint(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
                    MatView<const T> y, MatView<T> d_y, MatView<T> d_x, const LinearGradients<T>& d_weights,
                    VecView<T> scratch = {});

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
