#pragma once
#include "alfi/inference/baselines/baseline.hpp"

/// Maximum likelihood where the likelihood is known: the estimate, and a Gaussian of the inverse observed information
/// around it, in the prior's normal coordinates. The maximum is the simulator's own where it has one
/// (ExactAnswers::maximum_likelihood); else the best of draws of the prior, improved by Nelder & Mead's simplex. The
/// information is a matrix of second differences, over steps that lose some tenths of a nat. In a direction of which
/// the likelihood says less than the prior does, or nothing, the estimate has no finite error: the prior's information
/// is then added, as Laplace's approximation of the posterior has it, and a warning says so. Source: Nelder & Mead
/// 1965, "A simplex method for function minimization", Computer Journal 7.

namespace alfi {
inline namespace v0 {

bool has_maximum_likelihood(const Simulator& simulator);

/// Calls no simulator. Throws NotAvailableError where the likelihood is not known; NumericError where there is no
/// maximum; as require_problem(). Random: as Posterior::draw(), and prior_draws().
BaselineAnswer maximum_likelihood(const BaselineProblem& problem);

}  // namespace v0
}  // namespace alfi
