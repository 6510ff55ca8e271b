#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/gated_sum.hpp"

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// head [R,C+G] and values [R,C] -> head's first C columns + gate * values (kernels/gated_sum.hpp).
/// group [C] must outlive the tape's use.
template <class Real>
Var<Real> gated_sum(Tape<Real>& tape, Var<Real> head, Var<Real> values, VecView<const std::uint8_t> group) {
  const Var<Real> out = tape.output(values.rows(), values.cols(), head.tracked() || values.tracked());
  kernels::gated_sum<Real>(tape.context(), head.value, values.value, group, out.value);
  if (out.tracked()) {
    tape.record([head, values, group, out](const Context& context) {
      kernels::gated_sum_adjoint<Real>(context, head.value, values.value, group, out.gradient(), head.gradient(),
                                       values.gradient());
    });
  }
  return out;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
