#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"

/// Five mixed sources: x = R z, R a fixed symmetric 5x5 matrix, and independently
///     z_0 ~ Normal(theta_0, 1)                                z_3 ~ U(-5, theta_2)
///     z_1 ~ Normal(3, exp(theta_1 / 3))                       z_4 ~ Exponential(rate 1/2)
///     z_2 ~ 1/2 Normal(-2, 1) + 1/2 Normal(2, 0.5)            theta_i ~ U(-3, 3)
/// The end of a uniform is seen by a maximum, not by a mean; its posterior is one-sided.

namespace alfi {
inline namespace v0 {

/// Random: nine words an observation: z_0 2, z_1 2, z_2 1 + 2, z_3 1, z_4 1.
/// Fails where theta is not finite, |theta_0| > 1e30, |theta_1| > 180, or theta_2 outside (-5, 1e30].
/// Source: Louppe, Hermans, Cranmer 2017 (arXiv 1707.07113), the continuous multidimensional problem.
struct MultivariateSimulator {
  static constexpr int kSize = 5;
  static constexpr double kUniformLow = -5, kScaledMean = 3, kExponentialMean = 2;

  struct Prepared {
    bool valid;
    double mean, sd, end;
  };

  /// R's entry.
  ALFI_HD static double mixing(int row, int column) {
    constexpr double r[kSize][kSize] = {{1.31229955, 0.10499961, 0.48310515, -0.3249938, -0.26387927},
                                        {0.10499961, 1.15833058, -0.55865473, 0.25275522, -0.39790775},
                                        {0.48310515, -0.55865473, 2.25874579, -0.52087938, -0.39271231},
                                        {-0.3249938, 0.25275522, -0.52087938, 1.4034925, -0.63521059},
                                        {-0.26387927, -0.39790775, -0.39271231, -0.63521059, 1.0}};
    return r[row][column];
  }

  ALFI_HD Prepared prepare(const float* theta) const {
    const double mean = static_cast<double>(theta[0]), log_sd = static_cast<double>(theta[1]) / 3;
    const double end = static_cast<double>(theta[2]);
    const bool valid = is_within(mean, 1e30) && is_within(log_sd, 60) && is_within(end, 1e30) && end > kUniformLow;
    return {valid, mean, valid ? std::exp(log_sd) : 0.0, end};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    double z[kSize];
    z[0] = p.mean + random.normal_double();
    z[1] = kScaledMean + p.sd * random.normal_double();
    const bool first = random.uniform_double() < 0.5;
    const double noise = random.normal_double();
    z[2] = first ? -2 + noise : 2 + 0.5 * noise;
    z[3] = kUniformLow + (p.end - kUniformLow) * random.uniform_double();
    z[4] = -kExponentialMean * std::log(random.uniform_double());
    for (int i = 0; i < kSize; ++i) {
      double sum = 0;
      for (int j = 0; j < kSize; ++j) sum += mixing(i, j) * z[j];
      x[i] = static_cast<float>(sum);
    }
    return Status::ok;
  }
};

Simulator make_multivariate();

}  // namespace v0
}  // namespace alfi
