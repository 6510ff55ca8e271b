#pragma once
#include <cmath>

#include "alfi/core/special.hpp"

/// The standard normal cut to values above alpha, as a function of delta = value - alpha >= 0: what the prior
/// positive_normal(mean, sd) is with alpha = -mean / sd and delta = theta / sd. Relative accuracy of both tails and of
/// delta 1e-12 for |alpha| <= 30; below -37 the cut is not felt.

namespace alfi {
inline namespace v0 {

ALFI_HD inline LogTails cut_normal_log_tails(double alpha, double delta);

/// log density of delta.
ALFI_HD inline double cut_normal_log_density(double alpha, double delta);

/// delta with F(delta) = Phi(u).
ALFI_HD inline double cut_normal_quantile(double alpha, double u);

/// phi(alpha) / Phi(-alpha): the mean of the cut variable.
ALFI_HD inline double normal_hazard(double alpha);

namespace detail {

constexpr double kLeastLength = 1e-300;  // its logarithm exists

// Integral of exp(-alpha t - t^2 / 2) over [0, delta], by its Taylor series: for delta and |alpha| delta below 0.5
// the n-th term falls faster than 0.75^n / sqrt(n!), so that 30 are beyond double precision.
ALFI_HD inline double short_integral(double alpha, double delta) {
  double previous = 0, coefficient = 1, power = delta, sum = 0;
  for (int n = 0; n < 30; ++n, power *= delta) {
    sum += coefficient * power / (n + 1);
    const double next = -(alpha * coefficient + previous) / (n + 1);
    previous = coefficient;
    coefficient = next;
  }
  return sum;
}

}  // namespace detail

ALFI_HD inline double normal_hazard(double alpha) {
  return std::exp(normal_log_density(alpha) - log_normal_cdf(-alpha));
}

ALFI_HD inline double cut_normal_log_density(double alpha, double delta) {
  return normal_log_density(alpha + delta) - log_normal_cdf(-alpha);
}

ALFI_HD inline LogTails cut_normal_log_tails(double alpha, double delta) {
  const double log_mass = log_normal_cdf(-alpha);
  const double log_upper = lesser(log_normal_cdf(-alpha - delta) - log_mass, 0.0);
  if (delta < 0.5 && std::fabs(alpha) * delta < 0.5) {
    return {normal_log_density(alpha) - log_mass + std::log(detail::short_integral(alpha, delta)), log_upper};
  }
  // Phi(alpha + delta) - Phi(alpha): the two differ by a factor of 1.3 or more, or lie in the upper tail.
  if (alpha + delta > 0) return {std::log1p(-std::exp(log_upper)), log_upper};
  const double log_end = log_normal_cdf(alpha + delta);
  return {log_end + std::log1p(-std::exp(log_normal_cdf(alpha) - log_end)) - log_mass, log_upper};
}

ALFI_HD inline double cut_normal_quantile(double alpha, double u) {
  const LogTails target = normal_log_tails(u);
  const bool below = target.lower < target.upper;
  const double log_mass = log_normal_cdf(-alpha);
  // Straight from the upper tail; polished below, since the difference to alpha cancels near the cut.
  const double log_tail = target.upper + log_mass;
  double delta = -normal_from_tails({log_tail, std::log1p(-std::exp(lesser(log_tail, -1e-15)))}) - alpha;
  const double near_cut =
      greater(detail::kLeastLength, std::exp(lesser(target.lower + log_mass - normal_log_density(alpha), 600.0)));
  if (!(delta > 1e-4)) delta = near_cut;
  // Log tails of a log-concave density are concave: Newton's method, kept positive, converges.
  for (int i = 0; i < 100; ++i) {
    const LogTails at = cut_normal_log_tails(alpha, delta);
    const double log_at = below ? at.lower : at.upper;
    const double error = below ? log_at - target.lower : target.upper - log_at;
    const double step = error * std::exp(lesser(log_at - cut_normal_log_density(alpha, delta), 300.0));
    const double next = greater(greater(delta - step, 0.1 * delta), detail::kLeastLength);
    const bool settled = std::fabs(next - delta) <= 1e-9 * delta;
    delta = next;
    if (settled) break;
  }
  return delta;
}

}  // namespace v0
}  // namespace alfi
