#pragma once
#include <cmath>

#include "alfi/core/special.hpp"

/// The bodies of core/special.hpp on the gamma and beta distributions, for host and device.

namespace alfi {
inline namespace v0 {
namespace detail {

constexpr double kTiny = 1e-290;
constexpr int kMaxTerms = 100000;

/// Tails with the log of the density of the coordinate that they are a function of.
struct SlopedTails {
  LogTails tails;
  double log_slope;
};

// log Gamma(x + 1) less Stirling's leading terms, x >= 10; the next term of the series is below 3e-17.
ALFI_HD inline double stirling_error(double x) {
  const double y = 1 / (x * x);
  return (1.0 / 12 -
          y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360 - y / 156)))))) /
         x;
}

// log(1 + t) - t without cancellation for small t.
ALFI_HD inline double log1p_less(double t) {
  if (std::fabs(t) > 0.4) return std::log1p(t) - t;
  const double r = t / (2 + t), square = r * r;
  double sum = 0, power = r * square;
  for (int k = 3; k < 31; k += 2, power *= square) sum += power / k;
  return 2 * sum - t * r;
}

// The tails from the smaller one, given as a logarithm; is_lower says which it is.
ALFI_HD inline LogTails both(double log_small, bool is_lower) {
  // Held off 1, which rounding could reach where a shape is tiny: the other tail's logarithm stays finite.
  const double small = lesser(std::exp(lesser(log_small, 0.0)), 1 - 1e-16);
  const double other = std::log1p(-small);
  return is_lower ? LogTails{log_small, other} : LogTails{other, log_small};
}

ALFI_HD inline double gamma_series(double shape, double x) {
  double sum = 1, term = 1;
  for (int n = 1; n < kMaxTerms; ++n) {
    term *= x / (shape + n);
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  return sum;
}

// Lentz's evaluation of b0^-1 over a_n and b_n, the n-th pair given by next(n).
template <class Next>
ALFI_HD inline double continued_fraction(double first, Next next) {
  double c = 1 / kTiny, d = 1 / first, h = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const auto [a, b] = next(n);
    d = a * d + b;
    if (std::fabs(d) < kTiny) d = kTiny;
    c = b + a / c;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    h *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  return h;
}

struct Pair {
  double a, b;
};

ALFI_HD inline SlopedTails gamma_tails(double shape, double log_x) {
  const double x = std::exp(lesser(log_x, 600.0));
  double log_term = 0;  // log of x^shape e^-x / Gamma(shape + 1)
  if (shape < 10) {
    log_term = shape * log_x - x - log_gamma(shape + 1);
  } else {
    const double t = (x - shape) / shape;
    const double deviance = t > -0.5 ? log1p_less(t) : log_x - std::log(shape) - t;
    log_term = shape * deviance - stirling_error(shape) - 0.5 * (kLogTwoPi + std::log(shape));
  }
  const double log_slope = log_term + std::log(shape);
  if (x < shape + 1) return {both(log_term + std::log(gamma_series(shape, x)), true), log_slope};
  const double fraction = continued_fraction(x + 1 - shape, [&](int n) {
    return Pair{-n * (n - shape), x + 1 - shape + 2 * n};
  });
  return {both(log_slope + std::log(fraction), false), log_slope};
}

// The continued fraction of I_x(a, b), for x below about (a + 1) / (a + b + 2).
ALFI_HD inline double beta_fraction(double a, double b, double x) {
  return continued_fraction(1, [&](int n) {
    const int m = n / 2;
    const double k = a + n;
    return Pair{n % 2 == 0 ? m * (b - m) * x / ((k - 1) * k) : -(a + m) * (a + b + m) * x / ((k - 1) * k), 1};
  });
}

ALFI_HD inline SlopedTails beta_tails(double a, double b, double logit) {
  const double log_x = -softplus(-logit), log_y = -softplus(logit), x = std::exp(log_x), y = std::exp(log_y);
  double log_term = 0;  // log of x^a (1-x)^b / B(a, b)
  if (lesser(a, b) < 10) {
    log_term = a * log_x + b * log_y - log_beta(a, b);
  } else {
    const double n = a + b;
    log_term = a * (log_x + std::log(n / a)) + b * (log_y + std::log(n / b)) +
               0.5 * (std::log(a * (b / n)) - kLogTwoPi) + stirling_error(n) - stirling_error(a) - stirling_error(b);
  }
  if (x < (a + 1) / (a + b + 2)) return {both(log_term + std::log(beta_fraction(a, b, x) / a), true), log_term};
  return {both(log_term + std::log(beta_fraction(b, a, y) / b), false), log_term};
}

// The coordinate at which the smaller of the target's tails is met. In it the density is log-concave, hence both log
// tails are concave: Newton's method converges from one side without overshooting, from the other after one overshoot.
template <class Tails>
ALFI_HD inline double solve(double start, const LogTails& target, Tails tails) {
  const bool below = target.lower < target.upper;
  double y = start;
  for (int i = 0; i < 200; ++i) {
    const SlopedTails at = tails(y);
    const double log_tail = below ? at.tails.lower : at.tails.upper;
    const double error = log_tail - (below ? target.lower : target.upper);
    const double limit = 3 + std::fabs(y);
    const double log_ratio = log_tail - at.log_slope;
    double step = limit;  // where the slope is lost the longest step allowed, in the direction of the root
    if (log_ratio < 300) step = lesser(std::fabs(error) * std::exp(log_ratio), limit);
    y += (error > 0) == below ? -step : step;
    if (step < 1e-10 * (1 + std::fabs(y))) break;
  }
  return y;
}

}  // namespace detail

ALFI_HD inline double log_gamma(double x) {
  double product = 1;
  for (; x < 10; x += 1) product *= x;
  return (x - 0.5) * std::log(x) - x + 0.5 * kLogTwoPi + detail::stirling_error(x) - std::log(product);
}

ALFI_HD inline double log_beta(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

ALFI_HD inline LogTails gamma_log_tails(double shape, double log_x) { return detail::gamma_tails(shape, log_x).tails; }

ALFI_HD inline LogTails beta_log_tails(double a, double b, double logit) {
  return detail::beta_tails(a, b, logit).tails;
}

ALFI_HD inline double gamma_log_quantile(double shape, double u) {
  const LogTails target = normal_log_tails(u);
  // P(shape, x) <= x^shape / Gamma(shape + 1): a start below the root, near it in the lower tail. Elsewhere
  // Wilson and Hilferty's cube.
  double start = (target.lower + log_gamma(shape + 1)) / shape;
  const double root = 1 - 1 / (9 * shape) + u / (3 * std::sqrt(shape));
  if (shape > 0.5 && root > 0.1) start = std::log(shape) + 3 * std::log(root);
  return detail::solve(start, target, [shape](double y) { return detail::gamma_tails(shape, y); });
}

ALFI_HD inline double beta_logit_quantile(double a, double b, double u) {
  const double start = std::log(a / b) + u * std::sqrt(1 / a + 1 / b);
  return detail::solve(start, normal_log_tails(u), [a, b](double y) { return detail::beta_tails(a, b, y); });
}

}  // namespace v0
}  // namespace alfi
