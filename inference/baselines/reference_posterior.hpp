#pragma once
#include "alfi/inference/baselines/baseline.hpp"

/// The posterior where the likelihood is known: what every other method is held against. Its draws are sampled
/// sequentially: half of them are the prior's, half those of a wide Gaussian around the peak, and from there they go to
/// the posterior by a geometric path, its steps chosen so that half of the draws count, with Metropolis moves between
/// (a Gaussian step of the draws' own covariance), in the prior's normal coordinates: modes, ridges and edges are no
/// matter. Its density is exact where the simulator has its posterior's (ExactAnswers::posterior_log_density); else the
/// prior times the likelihood over an evidence that is estimated from the draws, to some hundredths of a nat. Source:
/// Del Moral, Doucet & Jasra 2006, "Sequential Monte Carlo samplers", Journal of the Royal Statistical Society B 68;
/// evidence: Meng & Wong 1996, "Simulating ratios of normalizing constants via a simple identity", Statistica Sinica 6.

namespace alfi {
inline namespace v0 {

/// Whether there is a likelihood.
bool has_reference_posterior(const Simulator& simulator);

/// Calls no simulator. Throws NotAvailableError where there is no likelihood; NumericError where the observations are
/// impossible for every draw of the prior; as require_problem(). Random: streams of step_key(seed, draws, power) and
/// (seed, noise, move).
BaselineAnswer reference_posterior(const BaselineProblem& problem);

}  // namespace v0
}  // namespace alfi
