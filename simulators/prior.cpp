#include "alfi/simulators/prior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/cut_normal.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kFarthest = 1e100;  // squares of coordinates must not overflow

double bounded(double u) { return std::max(-kFarthest, std::min(u, kFarthest)); }

// exp that saturates near the ends of the normal numbers: it neither overflows nor reaches 0.
double safe_exp(double x) { return std::exp(std::max(-708.0, std::min(x, 709.0))); }

// The number next to a bound; next to 0 a normal one, for hosts that flush denormals.
double neighbour(double bound, double towards) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  return bound == 0 ? std::copysign(kLeast, towards) : std::nextafter(bound, towards);
}

// Strictly inside: rounding never puts a parameter on its bound.
double inside(double theta, double low, double high) {
  return std::max(neighbour(low, high), std::min(theta, neighbour(high, low)));
}

double standardize(double x, double mean, double sd) { return bounded((x - mean) / sd); }

// log density of a gamma variable of rate 1 at x = exp(log_x).
double gamma_log_density(double shape, double log_x) {
  return (shape - 1) * log_x - safe_exp(log_x) - log_gamma(shape);
}

double beta_log_density(const Prior& p, double log_x, double log_one_minus_x) {
  return (p.a - 1) * log_x + (p.b - 1) * log_one_minus_x - log_beta(p.a, p.b);
}

std::string text(double value) { return number_text(value); }

void require(bool good, const Prior& prior, const std::string& parameter, const std::string& wanted) {
  if (good) return;
  throw InputError("prior of " + parameter + ": " + prior.name() + ": got " + text(prior.a) + ", " + text(prior.b) +
                   ", expected " + wanted);
}

}  // namespace

double Prior::theta(double u) const {
  u = bounded(u);
  switch (kind) {
    case Kind::uniform:  // each half from its own end, so that the upper tail is as accurate as the lower
      return inside(u < 0 ? a + (b - a) * normal_cdf(u) : b - (b - a) * normal_cdf(-u), a, b);
    case Kind::normal:
      return a + b * u;
    case Kind::lognormal:
      return safe_exp(a + b * u);
    case Kind::positive_normal:
      return b * cut_normal_quantile(-a / b, u);
    case Kind::gamma:
      return safe_exp(gamma_log_quantile(a, u) - std::log(b));
    case Kind::exponential:
      return std::max(-log_normal_cdf(-u) / a, std::numeric_limits<double>::min());
    case Kind::beta:
      return inside(safe_exp(-softplus(-beta_logit_quantile(a, b, u))), 0, 1);
  }
  return 0;
}

double Prior::coordinate(double theta) const {
  if (kind == Kind::normal) return standardize(theta, a, b);
  if (theta <= lower()) return -kInfinity;
  if (theta >= upper()) return kInfinity;
  switch (kind) {
    case Kind::uniform: {
      const double below = (theta - a) / (b - a);
      return below < 0.5 ? normal_quantile(below) : -normal_quantile((b - theta) / (b - a));
    }
    case Kind::lognormal:
      return standardize(std::log(theta), a, b);
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

double Prior::log_density(double theta) const {
  if (theta < lower() || theta > upper()) return -kInfinity;
  switch (kind) {
    case Kind::uniform:
      return -std::log(b - a);
    case Kind::normal:
      return normal_log_density(standardize(theta, a, b)) - std::log(b);
    case Kind::exponential:
      return std::log(a) - a * theta;
    default:
      break;
  }
  // The ends of these have probability 0 and count as outside, even where the density grows without limit there.
  if (theta <= 0 || theta >= upper()) return -kInfinity;
  switch (kind) {
    case Kind::lognormal:
      return normal_log_density(standardize(std::log(theta), a, b)) - std::log(b) - std::log(theta);
    case Kind::positive_normal:
      return cut_normal_log_density(-a / b, bounded(theta / b)) - std::log(b);
    case Kind::gamma:
      return gamma_log_density(a, std::log(theta) + std::log(b)) + std::log(b);
    default:
      return beta_log_density(*this, std::log(theta), std::log1p(-theta));
  }
}

double Prior::log_jacobian(double u) const {
  u = bounded(u);
  switch (kind) {
    case Kind::uniform:
      return normal_log_density(u) + std::log(b - a);
    case Kind::normal:
      return std::log(b);
    case Kind::lognormal:
      return std::log(b) + a + b * u;
    case Kind::positive_normal:
      return normal_log_density(u) + std::log(b) - cut_normal_log_density(-a / b, cut_normal_quantile(-a / b, u));
    case Kind::gamma:
      return normal_log_density(u) - std::log(b) - gamma_log_density(a, gamma_log_quantile(a, u));
    case Kind::exponential:
      return normal_log_density(u) - std::log(a) - log_normal_cdf(-u);
    case Kind::beta: {
      const double logit = beta_logit_quantile(a, b, u);
      return normal_log_density(u) - beta_log_density(*this, -softplus(-logit), -softplus(logit));
    }
  }
  return 0;
}

double Prior::lower() const {
  if (kind == Kind::uniform) return a;
  return kind == Kind::normal ? -kInfinity : 0;
}

double Prior::upper() const {
  if (kind == Kind::uniform) return b;
  return kind == Kind::beta ? 1 : kInfinity;
}

double Prior::mean() const {
  switch (kind) {
    case Kind::uniform:
      return 0.5 * a + 0.5 * b;
    case Kind::normal:
      return a;
    case Kind::lognormal:
      return safe_exp(a + 0.5 * b * b);
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

double Prior::standard_deviation() const {
  switch (kind) {
    case Kind::uniform:
      return (b - a) / std::sqrt(12.0);
    case Kind::normal:
      return b;
    case Kind::lognormal:  // mean sqrt(exp(b^2) - 1)
      return safe_exp(a + b * b + 0.5 * std::log(-std::expm1(-std::max(b * b, 1e-300))));
    case Kind::positive_normal: {
      const double alpha = -a / b, hazard = normal_hazard(alpha);
      return b * std::sqrt(std::max(1 - hazard * (hazard - alpha), 0.0));
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

std::string Prior::name() const {
  static constexpr const char* kNames[] = {"uniform", "normal",      "lognormal", "positive_normal",
                                           "gamma",   "exponential", "beta"};
  return kNames[static_cast<int>(kind)];
}

void validate(const Prior& prior, const std::string& parameter) {
  require(std::isfinite(prior.a) && std::isfinite(prior.b), prior, parameter, "finite numbers");
  switch (prior.kind) {
    case Prior::Kind::uniform:
      return require(prior.a < prior.b, prior, parameter, "low below high");
    case Prior::Kind::normal:
    case Prior::Kind::lognormal:
    case Prior::Kind::positive_normal:
      return require(prior.b > 0, prior, parameter, "a positive standard deviation");
    case Prior::Kind::gamma:
      return require(prior.a > 0 && prior.b > 0, prior, parameter, "a positive shape and rate");
    case Prior::Kind::exponential:
      return require(prior.a > 0, prior, parameter, "a positive rate");
    case Prior::Kind::beta:
      return require(prior.a > 0 && prior.b > 0, prior, parameter, "positive a and b");
  }
}

}  // namespace v0
}  // namespace alfi
