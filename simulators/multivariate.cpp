#include "alfi/simulators/multivariate.hpp"

#include <algorithm>
#include <array>

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kSize = MultivariateSimulator::kSize;
constexpr double kUniformLow = MultivariateSimulator::kUniformLow;
const Prior kPrior = Prior::uniform(-3, 3);
const Interval kSupport{kPrior.a, kPrior.b};

/// R^-1 and log |det R|, by Gauss and Jordan's elimination (R is positive definite: no pivoting).
struct Unmixing {
  std::array<std::array<double, kSize>, kSize> inverse;
  double log_determinant = 0;

  Unmixing() {
    std::array<std::array<double, kSize>, kSize> left;
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) left[i][j] = MultivariateSimulator::mixing(i, j), inverse[i][j] = i == j;
    }
    for (int k = 0; k < kSize; ++k) {
      const double pivot = left[k][k];
      log_determinant += std::log(pivot);
      for (int j = 0; j < kSize; ++j) left[k][j] /= pivot, inverse[k][j] /= pivot;
      for (int i = 0; i < kSize; ++i) {
        if (i == k) continue;
        const double factor = left[i][k];
        for (int j = 0; j < kSize; ++j) left[i][j] -= factor * left[k][j], inverse[i][j] -= factor * inverse[k][j];
      }
    }
  }
};

/// What the likelihood needs of the observations. The entries of x were rounded to floats, so that z = R^-1 x is known
/// to its `bound` only, about 1e-6; the ends of the supports of z_3 and z_4 are taken wider by it. That moves the log
/// posterior density by less than n bound / (theta_2 + 5), 1e-4 for n = 500.
struct Sources {
  bool possible = true;
  Moments first;           ///< of z_0
  double second = 0;       ///< sum of (z_1 - 3)^2
  double largest = -1e30;  ///< z_3, less its bound
  double constant = 0;     ///< log density of z_2 and z_4, log determinant, factors 1 / sqrt(2 pi)

  double mean_term(double theta) const {
    const double deviation = first.mean - theta;
    return -0.5 * (first.squares + first.count * deviation * deviation);
  }
  double sd_term(double theta) const { return -first.count * theta / 3 - 0.5 * second * std::exp(-2 * theta / 3); }
  double end_term(double theta) const {
    return theta >= largest && theta > kUniformLow ? -first.count * std::log(theta - kUniformLow) : kImpossible;
  }
};

double log_fixed_density(double mixture, double exponential) {
  const double low = -0.5 * (mixture + 2) * (mixture + 2), high = -2 * (mixture - 2) * (mixture - 2) + std::log(2.0);
  const double mean = MultivariateSimulator::kExponentialMean;
  return log_add_exp(low, high) - std::log(2.0) - 0.5 * kLogTwoPi - std::log(mean) - exponential / mean;
}

Sources sources_of(const char* function, Observations observations) {
  static const Unmixing unmixing;
  require_columns(function, observations, kSize);
  Sources s;
  for (Index row = 0; row < observations.rows; ++row) {
    double z[kSize] = {}, bound[kSize] = {};
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        const double part = unmixing.inverse[i][j] * static_cast<double>(observations(row, j));
        z[i] += part;
        bound[i] += std::abs(part) * 0x1.01p-24;  // half a unit in the last place of each float
      }
      s.possible = s.possible && is_within(z[i], 1e35);
    }
    s.possible = s.possible && z[3] >= kUniformLow - bound[3] && z[4] >= -bound[4];
    if (!s.possible) return s;
    s.first.add(z[0]);
    const double deviation = z[1] - MultivariateSimulator::kScaledMean;
    s.second += deviation * deviation;
    s.largest = std::max(s.largest, z[3] - bound[3]);
    s.constant += log_fixed_density(z[2], std::max(0.0, z[4])) - unmixing.log_determinant - kLogTwoPi;
  }
  return s;
}

double log_likelihood(const double* theta, Observations observations) {
  const Sources s = sources_of("multivariate: log_likelihood", observations);
  if (!s.possible || !is_within(theta[0], 1e100) || !is_within(theta[1], 300) || !std::isfinite(theta[2]))
    return kImpossible;
  return s.mean_term(theta[0]) + s.sd_term(theta[1]) + s.end_term(theta[2]) + s.constant;
}

bool maximum_likelihood(Observations observations, double* theta) {
  const Sources s = sources_of("multivariate: maximum_likelihood", observations);
  if (!s.possible || s.first.count == 0 || s.largest > kSupport.high) return false;
  theta[0] = kSupport.clamp(s.first.mean);
  theta[1] = s.second > 0 ? kSupport.clamp(1.5 * std::log(s.second / s.first.count)) : kSupport.low;
  theta[2] = kSupport.clamp(s.largest);
  return true;
}

/// log of the integral of (theta + 5)^-n from low to the end of the prior.
double log_end_integral(double n, double low) {
  const double near = low - kUniformLow, far = kSupport.high - kUniformLow;
  if (!(near < far)) return kImpossible;
  if (n == 0) return std::log(far - near);
  if (n == 1) return std::log(std::log(far / near));
  // near^(1-n) (1 - (near/far)^(n-1)) / (n-1): no power of a large number is formed.
  return (1 - n) * std::log(near) + std::log(-std::expm1((n - 1) * std::log(near / far))) - std::log(n - 1);
}

/// z is known, so that the three parameters are independent: three one-dimensional posteriors.
LogDensity posterior(Observations observations) {
  const Sources s = sources_of("multivariate: posterior_log_density", observations);
  if (!s.possible || s.largest >= kSupport.high) return impossible();
  const double n = s.first.count, root = std::sqrt(n);
  double evidence = log_end_integral(n, std::max(s.largest, kSupport.low));
  evidence += log_integral([&](double x) { return s.sd_term(x); }, kSupport);
  if (n > 0) {
    evidence += s.mean_term(s.first.mean) + 0.5 * kLogTwoPi - std::log(root) +
                log_normal_interval((kSupport.low - s.first.mean) * root, (kSupport.high - s.first.mean) * root);
  } else {
    evidence += std::log(kSupport.high - kSupport.low);
  }
  return [s, evidence](const double* theta) {
    for (int i = 0; i < 3; ++i) {
      if (!kSupport.holds(theta[i])) return kImpossible;
    }
    return s.mean_term(theta[0]) + s.sd_term(theta[1]) + s.end_term(theta[2]) - evidence;
  };
}

}  // namespace

Simulator make_multivariate() {
  SimulatorInfo info;
  info.name = "multivariate";
  info.summary = "five mixed sources: two normals, a mixture, a uniform, an exponential";
  info.source = "Louppe, Hermans, Cranmer 2017 (arXiv 1707.07113)";
  info.parameters = {{"theta_0", "", "mean of the first source", kPrior},
                     {"theta_1", "", "three times the log sd of the second source", kPrior},
                     {"theta_2", "", "upper end of the fourth source", kPrior}};
  info.observation.names = {"x1", "x2", "x3", "x4", "x5"};
  info.observation.units = std::vector<std::string>(kSize);
  return make_builtin(std::move(info), MultivariateSimulator{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace v0
}  // namespace alfi
