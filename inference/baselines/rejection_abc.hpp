#pragma once
#include "alfi/inference/baselines/baseline.hpp"

/// Rejection: as many draws of the prior as the budget pays are simulated; the nearest are kept, weighted by
/// Epanechnikov's kernel of their distance and adjusted by a local linear regression in the prior's normal coordinates,
/// which keeps them inside the prior.
/// Source: Pritchard et al. 1999; Beaumont, Zhang & Balding 2002, Genetics 162.

namespace alfi {
inline namespace v0 {

struct RejectionOptions {
  double share = 0.01;  ///< of the simulations that are kept,
  Index fewest = 200;   ///< but so many at least, and four for each summary (of those that there are)
  bool adjust = true;   ///< by the regression
};

/// Throws InputError where the budget pays fewer than 10 simulations or options are out of range; as require_problem();
/// NumericError where simulations fail.
BaselineAnswer rejection_abc(const BaselineProblem& problem, const RejectionOptions& options = {});

}  // namespace v0
}  // namespace alfi
