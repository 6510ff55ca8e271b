#pragma once
#include "alfi/inference/baselines/baseline.hpp"

/// Sequential approximate Bayesian computation, as population Monte Carlo: each generation's proposals are draws of the
/// last one, moved by a Gaussian of twice its weighted covariance; those nearer than the median of the last one's
/// distances are kept, weighted by the prior over the density that proposed them, until there are as many again. It
/// ends where the budget does: what an unfinished generation has is joined by those of the last that are as near. Then
/// the local regression of rejection_abc(). Everything in the prior's normal coordinates.
/// Source: Beaumont, Cornuet, Marin & Robert 2009, "Adaptive approximate Bayesian computation", Biometrika 96; Toni et
/// al. 2009.

namespace alfi {
inline namespace v0 {

struct SmcOptions {
  Index population = 0;   ///< of a generation; 0: a fortieth of the simulations, 50 at least and 1000 at most
  double quantile = 0.5;  ///< of the distances, that the next generation's are below
  bool adjust = true;     ///< by the regression
};

/// Throws InputError where the budget pays fewer simulations than two populations, or options are out of range; as
/// require_problem(); NumericError where simulations fail. Random: streams of step_key(seed, noise, generation).
BaselineAnswer smc_abc(const BaselineProblem& problem, const SmcOptions& options = {});

}  // namespace v0
}  // namespace alfi
