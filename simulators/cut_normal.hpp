#pragma once
#include "alfi/core/special.hpp"

/// The standard normal cut to values above alpha, as a function of delta = value - alpha >= 0: what the prior
/// positive_normal(mean, sd) is with alpha = -mean / sd and delta = theta / sd. Relative accuracy of both tails and of
/// delta 1e-12 for |alpha| <= 30; below -37 the cut is not felt.

namespace alfi {
inline namespace v0 {

LogTails cut_normal_log_tails(double alpha, double delta);

/// log density of delta.
double cut_normal_log_density(double alpha, double delta);

/// delta with F(delta) = Phi(u).
double cut_normal_quantile(double alpha, double u);

/// phi(alpha) / Phi(-alpha): the mean of the cut variable.
double normal_hazard(double alpha);

}  // namespace v0
}  // namespace alfi
