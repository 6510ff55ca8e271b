#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/set_projections.hpp"

/// Sets seen along learned directions, on the tape (kernels/set_projections.hpp).

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// x [G*n_max,D], data, along directions [F,D] -> [G,3F]; x and pool's arrays must outlive the tape's use.
/// Throws: ShapeError.
template <class Real>
Var<Real> set_projections(Tape<Real>& tape, MatView<const Real> x, const kernels::SetPool& pool, Var<Real> directions) {
  const Index sets = pool.sets, count = directions.rows();
  const Var<Real> y = tape.output(sets, kernels::kProjected * count, directions.tracked());
  const VecView<Real> saved = tape.scratch(kernels::set_projections_saved_size(sets, count));
  kernels::set_projections<Real>(tape.context(), x, pool, directions.read(), saved, y.value);
  if (y.tracked()) {
    const VecView<Real> scratch = tape.scratch(kernels::set_projections_scratch_size(sets, count, directions.cols()));
    tape.record([x, pool, directions, saved, scratch, y](const Context& context) {
      kernels::set_projections_adjoint<Real>(context, x, pool, {directions.read(), saved, y.read()}, y.gradient(),
                                             scratch, directions.gradient());
    });
  }
  return y;
}

/// made [B*K,3F] compared with real [B,3F], of counts [B] observations -> [B*K,3F]. Throws: ShapeError.
template <class Real>
Var<Real> compare_projections(Tape<Real>& tape, Var<Real> made, Var<Real> real, VecView<const std::int32_t> counts) {
  const Var<Real> y = tape.output(made.rows(), made.cols(), made.tracked() || real.tracked());
  kernels::compare_projections<Real>(tape.context(), made.read(), real.read(), counts, y.value);
  if (y.tracked()) {
    tape.record([made, real, counts, y](const Context& context) {
      kernels::compare_projections_adjoint<Real>(context, real.read(), counts, y.read(), y.gradient(), made.gradient(),
                                                 real.gradient());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
