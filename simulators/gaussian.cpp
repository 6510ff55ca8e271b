#include "alfi/simulators/gaussian.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

const Prior kMean = Prior::uniform(-10, 10);
const Prior kLogSd = Prior::uniform(-2, 1.5);
const Interval kMeanSupport{kMean.a, kMean.b};
const Interval kLogSdSupport{kLogSd.a, kLogSd.b};

/// Sufficient statistics; not finite observations have not finite ones.
Moments moments_of(const char* function, Observations observations) {
  require_columns(function, observations, 1);
  Moments moments;
  for (Index i = 0; i < observations.rows; ++i) {
    if (!std::isfinite(observations.data[i])) return {1, 0, kImpossible};
    moments.add(static_cast<double>(observations.data[i]));
  }
  return moments;
}

/// log likelihood but for its factors 1/sqrt(2 pi).
double kernel(const Moments& m, double mean, double log_sd) {
  const double deviation = m.mean - mean;
  return -m.count * log_sd - 0.5 * (m.squares + m.count * deviation * deviation) * std::exp(-2 * log_sd);
}

double log_likelihood(const double* theta, Observations observations) {
  const Moments m = moments_of("gaussian: log_likelihood", observations);
  if (m.squares < 0 || !is_within(theta[0], 1e30) || !is_within(theta[1], 100)) return kImpossible;
  return kernel(m, theta[0], theta[1]) - 0.5 * m.count * kLogTwoPi;
}

bool maximum_likelihood(Observations observations, double* theta) {
  const Moments m = moments_of("gaussian: maximum_likelihood", observations);
  if (m.squares < 0 || m.count == 0) return false;
  theta[0] = kMeanSupport.clamp(m.mean);
  const double deviation = m.mean - theta[0], variance = m.squares / m.count + deviation * deviation;
  theta[1] = variance > 0 ? kLogSdSupport.clamp(0.5 * std::log(variance)) : kLogSdSupport.low;
  return true;
}

/// The integral over the mean is a difference of normal distribution functions; the one over log sd is numerical.
LogDensity posterior(Observations observations) {
  const Moments m = moments_of("gaussian: posterior_log_density", observations);
  if (m.squares < 0) return impossible();
  const Function over_mean = [&](double log_sd) {
    if (m.count == 0) return std::log(kMeanSupport.high - kMeanSupport.low);
    const double scale = std::exp(-log_sd) * std::sqrt(m.count);
    return kernel(m, m.mean, log_sd) + 0.5 * kLogTwoPi - std::log(scale) +
           log_normal_interval((kMeanSupport.low - m.mean) * scale, (kMeanSupport.high - m.mean) * scale);
  };
  const double evidence = log_integral(over_mean, kLogSdSupport);
  return [m, evidence](const double* theta) {
    if (!kMeanSupport.holds(theta[0]) || !kLogSdSupport.holds(theta[1])) return kImpossible;
    return kernel(m, theta[0], theta[1]) - evidence;
  };
}

}  // namespace

Simulator make_gaussian() {
  SimulatorInfo info;
  info.name = "gaussian";
  info.summary = "a normal distribution of unknown mean and standard deviation";
  info.parameters = {{"mean", "", "mean", kMean}, {"log_sd", "", "logarithm of the standard deviation", kLogSd}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return make_builtin(std::move(info), GaussianSimulator{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace v0
}  // namespace alfi
