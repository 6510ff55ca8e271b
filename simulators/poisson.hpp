#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"

/// Counts of a Poisson process: x ~ Poisson(exp theta), theta = log rate ~ U(0.2, 7).

namespace alfi {
inline namespace v0 {

/// One count. Exact in distribution to the resolution of its 32-bit uniforms.
/// Random: one word below a rate of 10 (sequential search); above it two words for each attempt of the transformed
/// rejection, 1.1 to 1.2 attempts on average.
/// Fails where theta is not finite or the rate is above 1e7, since a float holds whole numbers up to 2^24 only.
/// Source: Hormann 1993, "The transformed rejection method for generating Poisson random variables" (PTRS).
struct PoissonSimulator {
  static constexpr double kSearchBelow = 10;
  static constexpr double kLargestLogRate = 16.118095650958319;  ///< log 1e7

  struct Prepared {
    bool valid, search;
    double rate, log_rate;
    double exp_minus_rate;                       ///< sequential search: p(0)
    double a, b, log_inverse_alpha, fast_below;  ///< PTRS: the hat's shape, the squeeze
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{};
    p.log_rate = static_cast<double>(theta[0]);
    p.valid = std::isfinite(p.log_rate) && p.log_rate <= kLargestLogRate;
    if (!p.valid) return p;
    p.rate = p.log_rate > -700 ? std::exp(p.log_rate) : 0.0;
    p.search = p.rate < kSearchBelow;
    if (p.search) {
      p.exp_minus_rate = std::exp(-p.rate);
      return p;
    }
    p.b = 0.931 + 2.53 * std::sqrt(p.rate);
    p.a = -0.059 + 0.02483 * p.b;
    p.log_inverse_alpha = std::log(1.1239 + 1.1328 / (p.b - 3.4));
    p.fast_below = 0.9277 - 3.6224 / (p.b - 2);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    *x = static_cast<float>(p.search ? search(p, random) : rejection(p, random));
    return Status::ok;
  }

  /// The smallest k with u < F(k), for one uniform u.
  ALFI_HD static double search(const Prepared& p, Stream& random) {
    double rest = random.uniform_double(), probability = p.exp_minus_rate, k = 0;
    // u <= 1 - 2^-33 and the probabilities below k = 100 add up to 1 - 1e-60 (rounding 1e-15): the bound is never met.
    while (rest > probability && k < 100) {
      rest -= probability;
      k += 1;
      probability *= p.rate / k;
    }
    return k;
  }

  ALFI_HD static double rejection(const Prepared& p, Stream& random) {
    for (;;) {
      const double u = random.uniform_double() - 0.5, v = random.uniform_double();
      const double edge = 0.5 - std::fabs(u);  // at least 2^-33
      const double k = std::floor((2 * p.a / edge + p.b) * u + p.rate + 0.43);
      if (edge >= 0.07 && v <= p.fast_below) return k;
      if (k < 0 || (edge < 0.013 && v > edge)) continue;
      if (std::log(v / (p.a / (edge * edge) + p.b)) + p.log_inverse_alpha <= log_probability(p, k)) return k;
    }
  }

  /// k log(rate) - rate - log k!, k >= 0. Stirling's series from 10 on: absolute error below 1e-10.
  ALFI_HD static double log_probability(const Prepared& p, double k) {
    if (k < 10) {
      double factorial = 1;
      for (double i = 2; i <= k; i += 1) factorial *= i;
      return k * p.log_rate - p.rate - std::log(factorial);
    }
    const double log_k = std::log(k), inverse = 1 / k, square = inverse * inverse;
    const double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)));
    return k * (p.log_rate - log_k) + (k - p.rate) - 0.5 * log_k - 0.91893853320467274178 - series;
  }
};

Simulator make_poisson();

}  // namespace v0
}  // namespace alfi
