#pragma once
#include <functional>
#include <vector>

/// Statistics that tests judge random numbers by: p values, and reference distribution functions. A test that demands
/// p > 1e-6 gives a false alarm once in a million seeds (the seeds of the tests are fixed).

namespace alfi_test {

using Real = std::function<double(double)>;

/// P(chi^2 with that many degrees of freedom >= statistic).
double chi_square_p_value(double statistic, double degrees);

/// Kolmogorov and Smirnov's p value of a sample against a continuous distribution function, by the asymptotic law with
/// Stephens' correction (good from a sample of ten).
/// Source: Stephens 1970, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without tables".
double ks_p_value(std::vector<double> sample, const Real& distribution);

/// Pearson's chi-square p value of counts against P(k) = exp(log_probability(k)), k = 0, 1, 2, ...; neighbouring counts
/// are pooled to classes that expect at least 20, the two tails included.
double discrete_p_value(const std::vector<double>& sample, const Real& log_probability);

struct SampleMoments {
  double mean, variance;
};
SampleMoments sample_moments(const std::vector<double>& sample);

double normal_distribution(double x, double mean, double sd);

/// Midpoint rule.
double midpoint(const Real& f, double low, double high, int steps);

}  // namespace alfi_test
