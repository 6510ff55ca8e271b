#pragma once
#include <algorithm>
#include <vector>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/kernels/meta_loss.hpp"

/// The meta-loss on the tape. Throws: ShapeError.

namespace alfi {
inline namespace v0 {
namespace autodiff {

using kernels::LossKind;
using kernels::LossLimit;
using kernels::Weighting;

/// Squared or absolute error of the posterior mean: mean, theta [B,P] -> [B,1]. theta is data.
template <class Real>
Var<Real> mean_error(Tape<Real>& tape, LossKind kind, Var<Real> mean, MatView<const Real> theta) {
  const Var<Real> y = tape.output(mean.rows(), 1, mean.tracked());
  kernels::mean_error<Real>(tape.context(), kind, mean.value, theta, y.value.flat());
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::mean_error_adjoint<Real>(context, kind, mean.value, theta, y.gradient().flat(), mean.gradient());
    });
  }
  return y;
}

/// The loss of each problem for a full Gaussian answer: mean [B,P], cholesky [B,V], theta [B,P] (data) -> [B,1].
template <class Real>
Var<Real> problem_loss(Tape<Real>& tape, LossKind kind, Var<Real> mean, Var<Real> cholesky, MatView<const Real> theta) {
  if (kind != LossKind::density) return mean_error(tape, kind, mean, theta);
  return gaussian_full_log_density(tape, mean, cholesky, tape.data(theta), Real(-1));
}

/// sum of the limited losses / divisor: [B,1] -> [1,1]. divisor 0: B. A shard of a meta-batch gives the batch's size,
/// so that shards add up.
template <class Real>
Var<Real> limited_mean(Tape<Real>& tape, Var<Real> loss, const LossLimit& limit = {}, Index divisor = 0) {
  const double count = static_cast<double>(divisor > 0 ? divisor : loss.value.size());
  const Var<Real> y = tape.output(1, 1, loss.tracked());
  kernels::limited_mean<Real>(tape.context(), loss.value.flat(), limit, count, y.value.flat());
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::limited_mean_adjoint<Real>(context, loss.value.flat(), limit, count, y.gradient().flat(),
                                          loss.gradient().flat());
    });
  }
  return y;
}

/// The losses of iterations 0 .. T-1, each [1,1], as one [1,1].
template <class Real>
Var<Real> combine_iterations(Tape<Real>& tape, Weighting weighting, double beta, const std::vector<Var<Real>>& losses) {
  const Index count = static_cast<Index>(losses.size());
  const VecView<Var<Real>> kept = tape.template host_scratch<Var<Real>>(count);
  const VecView<Real> values = tape.scratch(count), gradients = tape.scratch(count);
  bool tracked = false;
  for (Index t = 0; t < count; ++t) {
    const Var<Real>& loss = losses[static_cast<std::size_t>(t)];
    require_shape("combine_iterations", "losses", loss.value, 1, 1);
    kept[t] = loss;
    tracked = tracked || loss.tracked();
  }
  for (Index t = 0; t < count; t += kernels::kMaxScalars) {
    const Index some = std::min<Index>(kernels::kMaxScalars, count - t);
    kernels::ScalarPlaces<const Real> from;
    for (Index i = 0; i < some; ++i) from.place[i] = kept[t + i].value.data;
    kernels::gather_scalars<Real>(tape.context(), from, {values.data + t, some});
  }
  const Var<Real> y = tape.output(1, 1, tracked);
  kernels::combine_iterations<Real>(tape.context(), weighting, beta, values, y.value.flat());
  if (tracked) {
    tape.record([=](const Context& context) {
      kernels::fill<Real>(context, Real(0), gradients);
      kernels::combine_iterations_adjoint<Real>(context, weighting, beta, values, y.gradient().flat(), gradients);
      for (Index t = 0; t < count; t += kernels::kMaxScalars) {
        const Index some = std::min<Index>(kernels::kMaxScalars, count - t);
        kernels::ScalarPlaces<Real> to;
        for (Index i = 0; i < some; ++i) to.place[i] = kept[t + i].gradient_data;
        kernels::add_to_scalars<Real>(context, {gradients.data + t, some}, to);
      }
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
