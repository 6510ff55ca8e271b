#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/proposal.hpp"

/// Gaussian proposals on the tape. Shapes as in kernels/proposal.hpp; log densities are [B,1]. Throws: ShapeError.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// factor log N(theta | mean, C C'): mean, theta [B,P], cholesky [B,V] -> [B,1].
template <class Real>
Var<Real> gaussian_full_log_density(Tape<Real>& tape, Var<Real> mean, Var<Real> cholesky, Var<Real> theta,
                                    Real factor = Real(1)) {
  const Var<Real> y = tape.output(mean.rows(), 1, mean.tracked() || cholesky.tracked() || theta.tracked());
  kernels::gaussian_full_log_density<Real>(tape.context(), mean.value, cholesky.value, theta.value, y.value.flat(),
                                           factor);
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::gaussian_full_log_density_adjoint<Real>(context, mean.value, cholesky.value, theta.value,
                                                       y.gradient().flat(), mean.gradient(), cholesky.gradient(),
                                                       theta.gradient(), factor);
    });
  }
  return y;
}

/// factor log N(theta | mean, diag(exp(log_sd))^2): all [B,P] -> [B,1].
template <class Real>
Var<Real> gaussian_diagonal_log_density(Tape<Real>& tape, Var<Real> mean, Var<Real> log_sd, Var<Real> theta,
                                        Real factor = Real(1)) {
  const Var<Real> y = tape.output(mean.rows(), 1, mean.tracked() || log_sd.tracked() || theta.tracked());
  kernels::gaussian_diagonal_log_density<Real>(tape.context(), mean.value, log_sd.value, theta.value, y.value.flat(),
                                               factor);
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::gaussian_diagonal_log_density_adjoint<Real>(context, mean.value, log_sd.value, theta.value,
                                                           y.gradient().flat(), mean.gradient(), log_sd.gradient(),
                                                           theta.gradient(), factor);
    });
  }
  return y;
}

/// factor log density of a mixture of J full Gaussians: logits [B,J], mean [B*J,P], cholesky [B*J,V], theta [B,P] ->
/// [B,1].
template <class Real>
Var<Real> gaussian_mixture_log_density(Tape<Real>& tape, Var<Real> logits, Var<Real> mean, Var<Real> cholesky,
                                       Var<Real> theta, Real factor = Real(1)) {
  const bool tracked = logits.tracked() || mean.tracked() || cholesky.tracked() || theta.tracked();
  const Var<Real> y = tape.output(theta.rows(), 1, tracked);
  kernels::gaussian_mixture_log_density<Real>(tape.context(), logits.value, mean.value, cholesky.value, theta.value,
                                              y.value.flat(), factor);
  if (tracked) {
    tape.record([=](const Context& context) {
      kernels::gaussian_mixture_log_density_adjoint<Real>(
          context, logits.value, mean.value, cholesky.value, theta.value, y.gradient().flat(), logits.gradient(),
          mean.gradient(), cholesky.gradient(), theta.gradient(), factor);
    });
  }
  return y;
}

/// theta_k = mean + C noise_k: noise [B*K,P] is data -> [B*K,P].
template <class Real>
Var<Real> gaussian_full_sample(Tape<Real>& tape, Var<Real> mean, Var<Real> cholesky, MatView<const Real> noise) {
  const Var<Real> y = tape.output(noise.rows, noise.cols, mean.tracked() || cholesky.tracked());
  kernels::gaussian_full_sample<Real>(tape.context(), mean.value, cholesky.value, noise, y.value);
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::gaussian_full_sample_adjoint<Real>(context, mean.value, cholesky.value, noise, y.gradient(),
                                                  mean.gradient(), cholesky.gradient());
    });
  }
  return y;
}

/// theta_k = mean + exp(log_sd) noise_k: noise [B*K,P] is data -> [B*K,P].
template <class Real>
Var<Real> gaussian_diagonal_sample(Tape<Real>& tape, Var<Real> mean, Var<Real> log_sd, MatView<const Real> noise) {
  const Var<Real> y = tape.output(noise.rows, noise.cols, mean.tracked() || log_sd.tracked());
  kernels::gaussian_diagonal_sample<Real>(tape.context(), mean.value, log_sd.value, noise, y.value);
  if (y.tracked()) {
    tape.record([=](const Context& context) {
      kernels::gaussian_diagonal_sample_adjoint<Real>(context, mean.value, log_sd.value, noise, y.gradient(),
                                                      mean.gradient(), log_sd.gradient());
    });
  }
  return y;
}

/// The published score, z-scored over a problem's K proposals: theta [B*K,P] -> [B*K,2P].
template <class Real>
Var<Real> normalized_score(Tape<Real>& tape, Var<Real> mean, Var<Real> log_sd, Var<Real> theta) {
  const bool tracked = mean.tracked() || log_sd.tracked() || theta.tracked();
  const Var<Real> y = tape.output(theta.rows(), 2 * theta.cols(), tracked);
  kernels::normalized_score<Real>(tape.context(), mean.value, log_sd.value, theta.value, y.value);
  if (tracked) {
    tape.record([=](const Context& context) {
      kernels::normalized_score_adjoint<Real>(context, mean.value, log_sd.value, theta.value, y.gradient(),
                                              mean.gradient(), log_sd.gradient(), theta.gradient());
    });
  }
  return y;
}

template <class Real>
struct GaussianVars {
  Var<Real> mean, cholesky;
};

/// Moves a proposal in its own coordinates: move_mean [B,P], move_cholesky [B,V].
template <class Real>
GaussianVars<Real> relative_update(Tape<Real>& tape, Var<Real> mean, Var<Real> cholesky, Var<Real> move_mean,
                                   Var<Real> move_cholesky) {
  const bool tracked = mean.tracked() || cholesky.tracked() || move_mean.tracked() || move_cholesky.tracked();
  const GaussianVars<Real> y{tape.output(mean.rows(), mean.cols(), tracked),
                             tape.output(cholesky.rows(), cholesky.cols(), tracked)};
  kernels::relative_update<Real>(tape.context(), mean.value, cholesky.value, move_mean.value, move_cholesky.value,
                                 y.mean.value, y.cholesky.value);
  if (tracked) {
    tape.record([=](const Context& context) {
      kernels::relative_update_adjoint<Real>(context, mean.value, cholesky.value, move_mean.value, move_cholesky.value,
                                             y.mean.gradient(), y.cholesky.gradient(), mean.gradient(),
                                             cholesky.gradient(), move_mean.gradient(), move_cholesky.gradient());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
