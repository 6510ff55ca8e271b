#pragma once
#include "alfi/core/gamma_law.hpp"
#include "alfi/core/poisson_law.hpp"
#include "alfi/core/special.hpp"

/// Counts that vary more than Poisson's: negative binomial by mean m and dispersion phi, variance m + m^2 / phi.

namespace alfi {
inline namespace v0 {

/// A Poisson count whose rate is m g / phi, g gamma of shape phi. The dispersion is given as 1 / phi, whose limit 0 is
/// the Poisson law; below 1e-15 it is taken for 0, which no count below 1e7 tells apart (1e-8 in total variation).
/// Random: those of core/gamma_law.hpp and of core/poisson_law.hpp.
struct NegativeBinomialLaw {
  static constexpr double kPoissonBelow = 1e-15, kLargestInverse = 1e15;
  static constexpr double kLargestLogRate = 16.118095650958319;  ///< log 1e7: a float holds whole numbers to 2^24 only

  bool poisson;
  double log_phi;
  GammaLaw gamma;

  /// 0 <= inverse <= kLargestInverse, of phi.
  ALFI_HD static NegativeBinomialLaw of(double inverse) {
    if (inverse < kPoissonBelow) return {true, 0, GammaLaw::of(1)};
    return {false, -std::log(inverse), GammaLaw::of(1 / inverse)};
  }

  /// A count, or -1 where its rate is above 1e7. log_mean is finite.
  ALFI_HD double draw(double log_mean, Stream& random) const {
    const double log_rate = poisson ? log_mean : log_mean + (gamma.draw_log(random) - log_phi);
    if (log_rate > kLargestLogRate) return -1;
    return PoissonLaw::of(log_rate).draw(random);
  }

  /// log P(count), a whole number >= 0; log_mean <= 300:
  ///     Gamma(k + phi) / (k! Gamma(phi) phi^k) m^k (1 + m / phi)^-(phi + k).
  /// The gammas' quotient over phi^k is product_{j < k} (1 + j / phi): nothing cancels where phi is large.
  ALFI_HD static double log_probability(double count, double log_mean, double inverse) {
    const double log_factorial = log_gamma(count + 1), mean = std::exp(log_mean);
    if (inverse < kPoissonBelow) return count * log_mean - mean - log_factorial;
    const double each = std::log1p(mean * inverse);
    return -each / inverse + count * (log_mean - each) + log_rising(count, inverse) - log_factorial;
  }

 private:
  ALFI_HD static double log_rising(double count, double inverse) {
    double sum = 0, product = 1;
    for (double j = 1; j < count; j += 1) {
      product *= 1 + j * inverse;
      if (product < 1e250) continue;
      sum += std::log(product);
      product = 1;
    }
    return sum + std::log(product);
  }
};

}  // namespace v0
}  // namespace alfi
