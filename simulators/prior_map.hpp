#pragma once
#include <cmath>
#include <limits>

#include "alfi/core/special.hpp"
#include "alfi/simulators/cut_normal.hpp"
#include "alfi/simulators/prior.hpp"

/// The bodies of simulators/prior.hpp that kernels call, for host and device.

namespace alfi {
inline namespace v0 {
namespace detail {

constexpr double kFarthest = 1e100;  // squares of coordinates must not overflow
constexpr double kLeast = std::numeric_limits<double>::min();

ALFI_HD inline double bounded(double u) { return greater(-kFarthest, lesser(u, kFarthest)); }

// exp that saturates near the ends of the normal numbers: it neither overflows nor reaches 0.
ALFI_HD inline double safe_exp(double x) { return std::exp(greater(-708.0, lesser(x, 709.0))); }

// The number next to a bound; next to 0 a normal one, for hosts that flush denormals.
ALFI_HD inline double neighbour(double bound, double towards) {
  return bound == 0 ? std::copysign(kLeast, towards) : std::nextafter(bound, towards);
}

// Strictly inside: rounding never puts a parameter on its bound.
ALFI_HD inline double inside(double theta, double low, double high) {
  return greater(neighbour(low, high), lesser(theta, neighbour(high, low)));
}

ALFI_HD inline double standardize(double x, double mean, double sd) { return bounded((x - mean) / sd); }

}  // namespace detail

ALFI_HD inline double Prior::lower() const {
  if (kind == Kind::uniform) return a;
  return kind == Kind::normal ? -detail::kInfinity : 0;
}

ALFI_HD inline double Prior::upper() const {
  if (kind == Kind::uniform) return b;
  return kind == Kind::beta ? 1 : detail::kInfinity;
}

ALFI_HD inline double Prior::theta(double u) const {
  u = detail::bounded(u);
  switch (kind) {
    case Kind::uniform:  // each half from its own end, so that the upper tail is as accurate as the lower
      return detail::inside(u < 0 ? a + (b - a) * normal_cdf(u) : b - (b - a) * normal_cdf(-u), a, b);
    case Kind::normal:
      return a + b * u;
    case Kind::lognormal:
      return detail::safe_exp(a + b * u);
    case Kind::positive_normal:
      return b * cut_normal_quantile(-a / b, u);
    case Kind::gamma:
      return detail::safe_exp(gamma_log_quantile(a, u) - std::log(b));
    case Kind::exponential:
      return greater(-log_normal_cdf(-u) / a, detail::kLeast);
    case Kind::beta:
      return detail::inside(detail::safe_exp(-softplus(-beta_logit_quantile(a, b, u))), 0, 1);
  }
  return 0;
}

ALFI_HD inline double Prior::coordinate(double theta) const {
  if (kind == Kind::normal) return detail::standardize(theta, a, b);
  if (theta <= lower()) return -detail::kInfinity;
  if (theta >= upper()) return detail::kInfinity;
  switch (kind) {
    case Kind::uniform: {
      const double below = (theta - a) / (b - a);
      return below < 0.5 ? normal_quantile(below) : -normal_quantile((b - theta) / (b - a));
    }
    case Kind::lognormal:
      return detail::standardize(std::log(theta), a, b);
    case Kind::positive_normal:
      return normal_from_tails(cut_normal_log_tails(-a / b, theta / b));
    case Kind::gamma:
      return normal_from_tails(gamma_log_tails(a, std::log(theta) + std::log(b)));
    case Kind::exponential:
      return normal_from_tails({std::log(-std::expm1(-a * theta)), -a * theta});
    default:
      return normal_from_tails(beta_log_tails(a, b, std::log(theta) - std::log1p(-theta)));
  }
}

ALFI_HD inline double Prior::mean() const {
  switch (kind) {
    case Kind::uniform:
      return 0.5 * a + 0.5 * b;
    case Kind::normal:
      return a;
    case Kind::lognormal:
      return detail::safe_exp(a + 0.5 * b * b);
    case Kind::positive_normal:
      return a + b * normal_hazard(-a / b);
    case Kind::gamma:
      return a / b;
    case Kind::exponential:
      return 1 / a;
    case Kind::beta:
      return a / (a + b);
  }
  return 0;
}

ALFI_HD inline double Prior::standard_deviation() const {
  switch (kind) {
    case Kind::uniform:
      return (b - a) / std::sqrt(12.0);
    case Kind::normal:
      return b;
    case Kind::lognormal:  // mean sqrt(exp(b^2) - 1)
      return detail::safe_exp(a + b * b + 0.5 * std::log(-std::expm1(-greater(b * b, 1e-300))));
    case Kind::positive_normal: {
      const double alpha = -a / b, hazard = normal_hazard(alpha);
      return b * std::sqrt(greater(1 - hazard * (hazard - alpha), 0.0));
    }
    case Kind::gamma:
      return std::sqrt(a) / b;
    case Kind::exponential:
      return 1 / a;
    case Kind::beta:
      return std::sqrt(a / (a + b) * (b / (a + b)) / (a + b + 1));
  }
  return 0;
}

}  // namespace v0
}  // namespace alfi
