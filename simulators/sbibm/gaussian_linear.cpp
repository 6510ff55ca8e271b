#include "alfi/simulators/sbibm/gaussian_linear.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

constexpr int kSize = GaussianLinear::kSize;
constexpr double kVariance = GaussianLinear::kVariance;
constexpr double kLargest = 1e30;
const Prior kNormal = Prior::normal(0, std::sqrt(kVariance));
const Prior kUniform = Prior::uniform(-1, 1);
const Interval kBox{kUniform.a, kUniform.b};

/// log density of independent normals of that variance.
double log_normals(const double* x, const double* mean, double variance) {
  double squares = 0;
  for (int i = 0; i < kSize; ++i) squares += (x[i] - mean[i]) * (x[i] - mean[i]);
  return -0.5 * (squares / variance + kSize * (kLogTwoPi + std::log(variance)));
}

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/gaussian_linear: log_likelihood", observations, kSize);
  if (!o.possible || !all_within(theta, kSize, kLargest)) return kImpossible;
  return o.x.empty() ? 0.0 : log_normals(o.x.data(), theta, kVariance);
}

/// x itself, or the point of the box next to it.
template <bool kBounded>
bool maximum_likelihood(Observations observations, double* theta) {
  const Observed o = observed("sbibm/gaussian_linear: maximum_likelihood", observations, kSize);
  if (o.x.empty() || !o.possible) return false;
  for (std::size_t i = 0; i < kSize; ++i) theta[i] = kBounded ? kBox.clamp(o.x[i]) : o.x[i];
  return true;
}

/// Normal(x / 2, variance 0.05): prior and noise have the same variance.
LogDensity posterior(Observations observations) {
  Observed o = observed("sbibm/gaussian_linear: posterior_log_density", observations, kSize);
  if (o.x.empty()) return prior_density(kNormal, kSize);
  if (!o.possible) return impossible();
  for (double& x : o.x) x /= 2;
  return [mean = o.x](const double* theta) {
    return all_within(theta, kSize, kLargest) ? log_normals(theta, mean.data(), kVariance / 2) : kImpossible;
  };
}

/// Normal(x, variance 0.1) cut to the box.
LogDensity posterior_in_box(Observations observations) {
  const Observed o = observed("sbibm/gaussian_linear_uniform: posterior_log_density", observations, kSize);
  if (o.x.empty()) return prior_density(kUniform, kSize);
  if (!o.possible) return impossible();
  const double sd = std::sqrt(kVariance);
  double mass = 0;  // its logarithm
  for (const double x : o.x) mass += log_normal_interval((kBox.low - x) / sd, (kBox.high - x) / sd);
  return [x = o.x, mass](const double* theta) {
    for (int i = 0; i < kSize; ++i) {
      if (!kBox.holds(theta[i])) return kImpossible;
    }
    return log_normals(theta, x.data(), kVariance) - mass;
  };
}

}  // namespace

Simulator make_gaussian_linear() {
  SimulatorInfo info = task_info("gaussian_linear", "the mean of a normal in ten dimensions, normal prior", kSize);
  info.parameters = alike(kSize, "mean of the entry of that number", kNormal);
  return make_builtin(std::move(info), GaussianLinear{}, {log_likelihood, maximum_likelihood<false>, posterior});
}

Simulator make_gaussian_linear_uniform() {
  SimulatorInfo info =
      task_info("gaussian_linear_uniform", "the mean of a normal in ten dimensions, uniform prior", kSize);
  info.parameters = alike(kSize, "mean of the entry of that number", kUniform);
  return make_builtin(std::move(info), GaussianLinear{}, {log_likelihood, maximum_likelihood<true>, posterior_in_box});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
