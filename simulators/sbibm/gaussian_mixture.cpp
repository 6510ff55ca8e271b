#include "alfi/simulators/sbibm/gaussian_mixture.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

constexpr double kLargest = 1e30;
const Prior kPrior = Prior::uniform(-10, 10);
const Interval kSupport{kPrior.a, kPrior.b};

/// log p(x | theta), a function of x - theta alone.
double log_density(const double* theta, const std::vector<double>& x) {
  const double a = x[0] - theta[0], b = x[1] - theta[1], square = a * a + b * b;
  const auto component = [&](double sd) { return -0.5 * square / (sd * sd) - 2 * std::log(sd); };
  return log_add_exp(component(GaussianMixture::kBroad), component(GaussianMixture::kNarrow)) - std::log(2.0) -
         kLogTwoPi;
}

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/gaussian_mixture: log_likelihood", observations, 2);
  if (!o.possible || !all_within(theta, 2, kLargest)) return kImpossible;
  return o.x.empty() ? 0.0 : log_density(theta, o.x);
}

/// The density falls with the distance from x: the point of the prior's square next to it.
bool maximum_likelihood(Observations observations, double* theta) {
  const Observed o = observed("sbibm/gaussian_mixture: maximum_likelihood", observations, 2);
  if (o.x.empty() || !o.possible) return false;
  for (std::size_t i = 0; i < 2; ++i) theta[i] = kSupport.clamp(o.x[i]);
  return true;
}

/// The same mixture about x, cut to the prior's square.
LogDensity posterior(Observations observations) {
  const Observed o = observed("sbibm/gaussian_mixture: posterior_log_density", observations, 2);
  if (o.x.empty()) return prior_density(kPrior, 2);
  if (!o.possible) return impossible();
  const auto mass = [&](double sd) {  // its logarithm
    double sum = 0;
    for (const double x : o.x) sum += log_normal_interval((kSupport.low - x) / sd, (kSupport.high - x) / sd);
    return sum;
  };
  const double evidence = log_add_exp(mass(GaussianMixture::kBroad), mass(GaussianMixture::kNarrow)) - std::log(2.0);
  return [x = o.x, evidence](const double* theta) {
    return kSupport.holds(theta[0]) && kSupport.holds(theta[1]) ? log_density(theta, x) - evidence : kImpossible;
  };
}

}  // namespace

Simulator make_gaussian_mixture() {
  SimulatorInfo info = task_info("gaussian_mixture", "the common mean of a broad and a narrow normal", 2);
  info.parameters = alike(2, "mean of the entry of that number", kPrior);
  return make_builtin(std::move(info), GaussianMixture{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
