#pragma once
#include <vector>

#include "alfi/core/view.hpp"

/// What a refinement compares of a set of observations: each column regressed on those before it, an intercept, the
/// slopes and the logarithm of the residuals' sd. For Gaussian observations that is all there is to know (their means
/// and covariance, seen another way), for a linear model whose response is the last column, too; else it is a choice.

namespace alfi {
inline namespace v0 {

/// D (D + 3) / 2 for D columns.
Index set_statistics_size(Index columns);

/// x [N,D], N >= 1, to out [set_statistics_size(D)]. floor [D]: added to residual variances as squares. A column that
/// those before it determine has no slope of its own.
void set_statistics(MatView<const float> x, const std::vector<double>& floor, double* out);

}  // namespace v0
}  // namespace alfi
