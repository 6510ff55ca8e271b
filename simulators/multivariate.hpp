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

  /// The draws behind the sources, in their order.
  struct Noise {
    double first, second, choice, third, uniform, exponential;
  };

  /// x of one observation.
  ALFI_HD static void mix(const Prepared& p, const Noise& noise, float* x) {
    const double z[kSize] = {p.mean + noise.first, kScaledMean + p.sd * noise.second,
                             noise.choice < 0.5 ? -2 + noise.third : 2 + 0.5 * noise.third,
                             kUniformLow + (p.end - kUniformLow) * noise.uniform, kExponentialMean * noise.exponential};
    for (int i = 0; i < kSize; ++i) {
      double sum = 0;
      for (int j = 0; j < kSize; ++j) sum += mixing(i, j) * z[j];
      x[i] = static_cast<float>(sum);
    }
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    Noise noise;
    noise.first = random.normal_double();
    noise.second = random.normal_double();
    noise.choice = random.uniform_double();
    noise.third = random.normal_double();
    noise.uniform = random.uniform_double();
    noise.exponential = random.exponential_double();
    mix(p, noise, x);
    return Status::ok;
  }

  void many(const Prepared& p, StreamBatch& random, MatView<float> x, std::uint8_t* status) const {
    if (!p.valid) return fail_all(random, status);
    constexpr Index kBatch = StreamBatch::kSize;
    double first[kBatch], second[kBatch], choice[kBatch], third[kBatch], uniform[kBatch], exponential[kBatch];
    random.normal_double(first);
    random.normal_double(second);
    random.uniform_double(choice);
    random.normal_double(third);
    random.uniform_double(uniform);
    random.exponential_double(exponential);
    for (Index i = 0; i < x.rows; ++i) {
      mix(p, {first[i], second[i], choice[i], third[i], uniform[i], exponential[i]}, x.row(i).data);
    }
  }
};

Simulator make_multivariate();

}  // namespace v0
}  // namespace alfi
