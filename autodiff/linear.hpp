#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/linear.hpp"

/// Linear layers on the tape.

namespace alfi {
inline namespace v0 {
namespace autodiff {

using kernels::Activation;

/// Weight [O,I] and bias [1,O] (or without columns: none).
template <class Real>
struct Linear {
  Var<Real> weight, bias;

  kernels::LinearWeights<Real> values() const { return {weight.value, bias.value.flat()}; }
  kernels::LinearGradients<Real> gradients() const { return {weight.gradient(), bias.gradient().flat()}; }
};

/// y = activation(x W' + b): x [R,I] -> [R,O]. Throws: ShapeError.
template <class Real>
Var<Real> linear(Tape<Real>& tape, Var<Real> x, const Linear<Real>& layer, Activation activation = Activation::none) {
  const Var<Real> y = tape.output(x.rows(), layer.weight.rows(), x.tracked() || layer.weight.tracked());
  kernels::linear<Real>(tape.context(), x.value, layer.values(), activation, y.value);
  if (y.tracked()) {
    const Index size = kernels::linear_scratch_size(tape.context(), y.rows(), y.cols(), x.cols());
    const VecView<Real> scratch = tape.scratch(size);
    tape.record([x, layer, activation, y, scratch](const Context& context) {
      kernels::linear_adjoint<Real>(context, x.value, layer.values(), activation, y.value, y.gradient(), x.gradient(),
                                    layer.gradients(), scratch);
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
