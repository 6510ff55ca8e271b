#pragma once
#include "alfi/inference/baselines/baseline.hpp"

/// The posterior where the likelihood is known: what every other method is held against. Its draws are an
/// annealed population's (inference/annealing.hpp), half of it drawn from the prior, half around the posterior's peak:
/// modes, ridges and edges are no matter. Its density is exact where the simulator has its posterior's
/// (ExactAnswers::posterior_log_density); else the prior times the likelihood over an evidence that is estimated from
/// the draws, to some hundredths of a nat.
/// Source: Meng & Wong 1996, "Simulating ratios of normalizing constants via a simple identity", Statistica Sinica 6.

namespace alfi {
inline namespace v0 {

/// Whether there is a likelihood.
bool has_reference_posterior(const Simulator& simulator);

/// Calls no simulator. Throws NotAvailableError where there is no likelihood; NumericError where the observations are
/// impossible for every draw of the prior; as require_problem(). Random: as prior_draws(), and streams of
/// step_key(seed, draws, number).
BaselineAnswer reference_posterior(const BaselineProblem& problem);

}  // namespace v0
}  // namespace alfi
