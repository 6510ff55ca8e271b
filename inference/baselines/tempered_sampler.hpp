#pragma once
#include "alfi/inference/baselines/baseline.hpp"
#include "alfi/inference/baselines/peak.hpp"

/// Draws of any density of normal coordinates that can be computed, sampled sequentially: half of the first are the
/// prior's, half those of a wide Gaussian around the density's peak; from there they go by a geometric path, its steps
/// chosen so that half of the draws count, with Metropolis moves between (a Gaussian step of the draws' own
/// covariance). Source: Del Moral, Doucet & Jasra 2006, "Sequential Monte Carlo samplers", Journal of the Royal
/// Statistical Society B 68.

namespace alfi {
inline namespace v0 {

/// log density of the prior in normal coordinates, u [size].
double prior_log_density(const double* u, Index size);

/// problem.draws of them. log_target: up to a constant. Throws NumericError where that is impossible for every draw of
/// the prior, or its draws lie in a plane. Random: streams of step_key(seed, draws, power) and (seed, noise, move).
Points tempered_draws(const BaselineProblem& problem, const LogOfCoordinates& log_target);

}  // namespace v0
}  // namespace alfi
