#pragma once
#include "alfi/inference/baselines/baseline.hpp"
#include "alfi/inference/posterior.hpp"

/// Answers that are mixtures of Gaussians in normal coordinates.

namespace alfi {
inline namespace v0 {

/// About that simulator's parameters.
Posterior posterior_of(const SimulatorInfo& info, const MixtureState& state);

/// Draws of it, and its density. Random: as Posterior::draw() by the problem's seed and number.
void give_gaussian(BaselineAnswer& answer, const BaselineProblem& problem, const MixtureState& state);
void give_gaussian(BaselineAnswer& answer, const BaselineProblem& problem, const Posterior& posterior);

/// A mixture of full Gaussians that draws [n,P] in normal coordinates could come from, the one estimate of a density
/// that is the same for every method: of 1 to 4 components as many as the Bayesian information criterion wants, fitted
/// by fit_components(). No sd of a component, in any direction, is taken below a hundredth of all the draws'. Throws
/// InputError for fewer than 2 draws. Random: streams of a seed of its own. Source: Schwarz 1978, "Estimating the
/// dimension of a model", The Annals of Statistics 6.
MixtureState fit_mixture(const Points& draws);

}  // namespace v0
}  // namespace alfi
