#pragma once
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"

/// Draws of a binomial law.

namespace alfi {
inline namespace v0 {

/// Inversion from the mode outwards: the probabilities of mode, mode + 1, mode - 1, mode + 2, ... are taken from one
/// uniform until nothing is left of it; on average after 1.6 sds of the law, 25 steps for a thousand trials.
/// Exact in distribution but for rounding: the mode's probability, which all others follow from, is off by n 1e-15 of
/// itself, and the uniform has 52 bits: together below 1e-11 in total variation for n up to 1000.
/// Random: two words.
/// Source: Devroye 1986, "Non-Uniform Random Variate Generation", chapter III.2.
struct BinomialLaw {
  int trials, mode;
  double odds;  ///< p / (1 - p)
  double top;   ///< probability of the mode

  /// trials >= 0, any p that is a number: below 0 it counts as 0, above 1 as 1.
  ALFI_HD static BinomialLaw of(int trials, double p) {
    if (p <= 0) return {trials, 0, 1, 1};
    if (p >= 1) return {trials, trials, 1, 1};
    const int most = static_cast<int>((trials + 1.0) * p), mode = most < trials ? most : trials;
    return {trials, mode, p / (1 - p), std::exp(log_probability(trials, mode, p))};
  }

  ALFI_HD int draw(Stream& random) const { return counted(random.uniform_wide()); }

  ALFI_HD int counted(double u) const {
    double left = u - top, above = top, below = top;  // probabilities of up and down
    int up = mode, down = mode;
    if (left <= 0) return mode;
    while (up < trials || down > 0) {
      if (up < trials) {
        above *= (trials - up) * odds / (up + 1);
        left -= above;
        ++up;
        if (left <= 0) return up;
      }
      if (down > 0) {
        below *= down / ((trials - down + 1) * odds);
        left -= below;
        --down;
        if (left <= 0) return down;
      }
    }
    return mode;  // what rounding leaves of a uniform next to 1
  }

  /// 0 <= k <= trials, 0 < p < 1.
  ALFI_HD static double log_probability(int trials, int k, double p) {
    return log_gamma(trials + 1.0) - log_gamma(k + 1.0) - log_gamma(trials - k + 1.0) + k * std::log(p) +
           (trials - k) * std::log1p(-p);
  }
};

}  // namespace v0
}  // namespace alfi
