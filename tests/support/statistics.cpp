#include "support/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/special.hpp"

namespace alfi_test {

double chi_square_p_value(double statistic, double degrees) {
  if (!(statistic > 0)) return 1;
  return std::exp(alfi::gamma_log_tails(0.5 * degrees, std::log(0.5 * statistic)).upper);
}

double ks_p_value(std::vector<double> sample, const Real& distribution) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double f = distribution(sample[i]), rank = static_cast<double>(i);
    distance = std::max({distance, f - rank / n, (rank + 1) / n - f});
  }
  const double scaled = (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance;
  if (scaled < 0.3) return 1;  // the series needs many terms there, and p is 1 - 1e-5
  double p = 0;
  for (int j = 1; j <= 20; ++j) p += (j % 2 == 1 ? 2 : -2) * std::exp(-2.0 * j * j * scaled * scaled);
  return p;
}

double discrete_p_value(const std::vector<double>& sample, const Real& log_probability) {
  const double n = static_cast<double>(sample.size());
  const int largest = static_cast<int>(*std::max_element(sample.begin(), sample.end()));
  std::vector<double> observed(static_cast<std::size_t>(largest) + 2, 0.0);
  for (const double x : sample) observed[static_cast<std::size_t>(x)] += 1;
  double statistic = 0, classes = 0, expects = 0, has = 0, left = n;
  for (int k = 0; k <= largest; ++k) {
    const double expected = n * std::exp(log_probability(k));
    expects += expected;
    has += observed[static_cast<std::size_t>(k)];
    // A class is closed only where what is left suffices for another one, which takes the upper tail.
    if (expects < 20 || left - expects < 20) continue;
    statistic += (has - expects) * (has - expects) / expects;
    left -= expects;
    classes += 1, expects = 0, has = 0;
  }
  statistic += (has - left) * (has - left) / left;
  return chi_square_p_value(statistic, classes);
}

SampleMoments sample_moments(const std::vector<double>& sample) {
  const double n = static_cast<double>(sample.size());
  double mean = 0, squares = 0;
  for (const double x : sample) mean += x / n;
  for (const double x : sample) squares += (x - mean) * (x - mean);
  return {mean, squares / n};
}

double normal_distribution(double x, double mean, double sd) {
  return 0.5 * std::erfc((mean - x) / (sd * std::sqrt(2.0)));
}

double midpoint(const Real& f, double low, double high, int steps) {
  const double step = (high - low) / steps;
  double sum = 0;
  for (int i = 0; i < steps; ++i) sum += f(low + (i + 0.5) * step);
  return sum * step;
}

}  // namespace alfi_test
