#pragma once
#include <initializer_list>

#include "alfi/autodiff/linear.hpp"
#include "alfi/autodiff/shape.hpp"
#include "alfi/kernels/layer_pair.hpp"

/// Two layers on the tape.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// second(first([part_0, part_1, ..])), each with its nonlinearity; parts as in concatenate(). On a GPU one launch
/// where the layers are small and every part has all rows, else as concatenate() and linear() do it. Throws: as these
/// do.
template <class Real>
Var<Real> layer_pair(Tape<Real>& tape, Index rows, std::initializer_list<Var<Real>> parts, const Linear<Real>& first,
                     Activation after_first, const Linear<Real>& second, Activation after_second = Activation::none) {
  const kernels::LayerPair<Real> pair{{first.values(), second.values()}, {after_first, after_second}};
  const bool one_launch = kernels::has_layer_pair<Real>(tape.context(), pair);
  JoinedParts<Real> in = join_parts(rows, parts);
  if (!one_launch || !in.plain(rows)) {
    const Var<Real> x = only_part(rows, parts) ? *only_part(rows, parts) : concatenate(tape, rows, parts);
    if (!one_launch) return linear(tape, linear(tape, x, first, after_first), second, after_second);
    in = join_parts(rows, {x});
  }
  const Index hidden = first.weight.rows(), outputs = second.weight.rows();
  const Var<Real> y = tape.output(rows, outputs, in.tracked || first.weight.tracked());
  const kernels::LayerPairKept<Real> kept{
      {tape.scratch(rows * hidden).data, rows, hidden},
      {in.values.count > 1 ? tape.scratch(rows * in.cols).data : nullptr, rows, in.cols}};
  kernels::layer_pair<Real>(tape.context(), in.values, pair, kept, y.value);
  if (y.tracked()) {
    const Index size = kernels::layer_pair_scratch_size(tape.context(), rows, outputs, hidden, in.cols);
    const VecView<Real> scratch = tape.scratch(size);
    const kernels::LayerPairGradients<Real> gradients{{first.gradients(), second.gradients()}};
    tape.record([in, pair, kept, y, gradients, scratch](const Context& context) {
      kernels::layer_pair_adjoint<Real>(context, in.values, pair, kept, y.value, y.gradient(), in.gradients, gradients,
                                        scratch);
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
