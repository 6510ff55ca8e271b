#pragma once
#include <cmath>
#include <limits>

#include "alfi/core/special.hpp"

/// The bodies of core/special.hpp on the normal distribution, for host and device.

namespace alfi {
inline namespace v0 {
namespace detail {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();

template <int N>
ALFI_HD inline double polynomial(const double (&coefficients)[N], double x) {
  double sum = coefficients[N - 1];
  for (int i = N - 2; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

// The rational approximations of AS 241 (routine PPND16): the centre, the tail, the far tail.
ALFI_HD inline double quantile_centre(double q) {
  constexpr double num[] = {3.3871328727963666080,   1.3314166789178437745e2, 1.9715909503065514427e3,
                            1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                            3.3430575583588128105e4, 2.5090809287301226727e3};
  constexpr double den[] = {1.0,
                            4.2313330701600911252e1,
                            6.8718700749205790830e2,
                            5.3941960214247511077e3,
                            2.1213794301586595867e4,
                            3.9307895800092710610e4,
                            2.8729085735721942674e4,
                            5.2264952788528545610e3};
  const double r = 0.180625 - q * q;
  return q * polynomial(num, r) / polynomial(den, r);
}

ALFI_HD inline double quantile_tail(double r) {
  constexpr double num[] = {1.42343711074968357734,    4.63033784615654529590,   5.76949722146069140550,
                            3.64784832476320460504,    1.27045825245236838258,   2.41780725177450611770e-1,
                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double den[] = {1.0,
                            2.05319162663775882187,
                            1.67638483018380384940,
                            6.89767334985100004550e-1,
                            1.48103976427480074590e-1,
                            1.51986665636164571966e-2,
                            5.47593808499534494600e-4,
                            1.05075007164441684324e-9};
  return -polynomial(num, r - 1.6) / polynomial(den, r - 1.6);
}

ALFI_HD inline double quantile_far_tail(double r) {
  constexpr double num[] = {6.65790464350110377720,    5.46378491116411436990,    1.78482653991729133580,
                            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double den[] = {1.0,
                            5.99832206555887937690e-1,
                            1.36929880922735805310e-1,
                            1.48753612908506148525e-2,
                            7.86869131145613259100e-4,
                            1.84631831751005468180e-5,
                            1.42151175831644588870e-7,
                            2.04426310338993978564e-15};
  return -polynomial(num, r - 5) / polynomial(den, r - 5);
}

// Phi(-t) / phi(t) for t >= 10 by Laplace's continued fraction, 30 terms: 1e-16 there.
ALFI_HD inline double mills_ratio(double t) {
  double tail = t;
  for (int k = 30; k >= 1; --k) tail = t + k / tail;
  return 1 / tail;
}

// Phi^-1(p) for 0 < p <= 0.5.
ALFI_HD inline double lower_quantile(double p) {
  double u = 0;
  if (p > 0.075) {
    u = quantile_centre(p - 0.5);
  } else {
    const double r = std::sqrt(-std::log(p));
    u = r <= 5 ? quantile_tail(r) : quantile_far_tail(r);
  }
  if (p < 1e-290) return u;  // below, the density is no longer a normal number; AS 241 alone is good to 1e-16 there
  const double error = (normal_cdf(u) - p) * std::exp(-normal_log_density(u));
  return u - error / (1 + 0.5 * u * error);
}

}  // namespace detail

ALFI_HD inline double normal_cdf(double u) { return 0.5 * std::erfc(-u * 0.70710678118654752440); }

ALFI_HD inline double log_normal_cdf(double u) {
  if (u > 0) return std::log1p(-normal_cdf(-u));
  if (u > -10) return std::log(normal_cdf(u));
  return normal_log_density(u) + std::log(detail::mills_ratio(-u));
}

ALFI_HD inline double normal_quantile(double p) {
  if (p <= 0) return -detail::kInfinity;
  if (p >= 1) return detail::kInfinity;
  return p > 0.5 ? -detail::lower_quantile(1 - p) : detail::lower_quantile(p);
}

ALFI_HD inline LogTails normal_log_tails(double u) { return {log_normal_cdf(u), log_normal_cdf(-u)}; }

ALFI_HD inline double normal_from_tails(const LogTails& tails) {
  const bool below = tails.lower < tails.upper;
  const double log_tail = below ? tails.lower : tails.upper;
  double u = -detail::kInfinity;
  if (log_tail > -600) {
    u = normal_quantile(std::exp(log_tail));
  } else if (log_tail > -detail::kLargest) {
    // log Phi is concave and this start lies below the root: Newton's method climbs to it without overshooting.
    u = -std::sqrt(-2 * log_tail);
    for (int i = 0; i < 20; ++i) {
      const double step = (log_normal_cdf(u) - log_tail) * detail::mills_ratio(-u);
      u -= step;
      if (std::fabs(step) < 1e-9 * -u) break;
    }
  }
  return below ? u : -u;
}

}  // namespace v0
}  // namespace alfi
