#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/regression_step.hpp"

/// The regression step on the tape. Shapes as in kernels/regression_step.hpp. Throws: ShapeError.

namespace alfi {
inline namespace v0 {
namespace autodiff {

using kernels::RegressionOptions;

template <class Real>
struct RegressionVars {
  Var<Real> delta;   ///< [B,P]
  Var<Real> factor;  ///< [B,V]
  Var<Real> offset;  ///< [B,S]
};

/// What the regression reads without gradients; the memory stays the caller's.
template <class Real>
struct RegressionData {
  MatView<const Real> noise;    ///< [B*K,P]
  VecView<const Real> weights;  ///< [B*K] or empty: all 1
  VecView<const Real> ratio;    ///< [B], of the residual variance (M/N + 1/K), or empty: 1
};

/// summary [B*K,S], mean [B,P], cholesky [B,V], floor [1,S].
template <class Real>
RegressionVars<Real> regression_step(Tape<Real>& tape, Var<Real> summary, Var<Real> mean, Var<Real> cholesky,
                                     Var<Real> floor, const RegressionData<Real>& data,
                                     const RegressionOptions& options = {}) {
  require_shape("autodiff::regression_step", "floor", floor.value, 1, summary.cols());
  const bool tracked = summary.tracked() || mean.tracked() || cholesky.tracked() || floor.tracked();
  const RegressionVars<Real> y{tape.output(mean.rows(), mean.cols(), tracked),
                               tape.output(cholesky.rows(), cholesky.cols(), tracked),
                               tape.output(mean.rows(), summary.cols(), tracked)};
  const kernels::RegressionInputs<Real> in{summary.value,      data.noise,   mean.value, cholesky.value,
                                           floor.value.flat(), data.weights, data.ratio};
  kernels::regression_step<Real>(tape.context(), in, options, y.delta.value, y.factor.value, y.offset.value);
  if (tracked) {
    const VecView<double> scratch = tape.template scratch_of<double>(
        kernels::regression_step_scratch_size(tape.context(), mean.rows(), summary.cols()));
    tape.record([=](const Context& context) {
      const kernels::RegressionGradients<Real> d{summary.gradient(), mean.gradient(), cholesky.gradient(),
                                                 floor.gradient().flat()};
      kernels::regression_step_adjoint<Real>(context, in, options, y.delta.gradient(), y.factor.gradient(),
                                             y.offset.gradient(), d, scratch);
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
