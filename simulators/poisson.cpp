#include "alfi/simulators/poisson.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

const Prior kLogRate = Prior::uniform(0.2, 7);
const Interval kSupport{kLogRate.a, kLogRate.b};

/// The likelihood needs the number of observations and the sum of the counts only.
struct Counts {
  double number = 0, sum = 0, log_factorials = 0;
  bool possible = true;

  double log_likelihood(double log_rate) const { return sum * log_rate - number * std::exp(log_rate) - log_factorials; }
};

Counts counts_of(const char* function, Observations observations) {
  require_columns(function, observations, 1);
  Counts counts;
  for (Index i = 0; i < observations.rows; ++i) {
    const double x = static_cast<double>(observations.data[i]);
    if (!std::isfinite(x) || x < 0 || x != std::floor(x)) return {0, 0, 0, false};
    counts.number += 1;
    counts.sum += x;
    counts.log_factorials += log_gamma(x + 1);
  }
  return counts;
}

double log_likelihood(const double* theta, Observations observations) {
  const Counts counts = counts_of("poisson: log_likelihood", observations);
  if (!counts.possible || !is_within(theta[0], 700)) return kImpossible;
  return counts.log_likelihood(theta[0]);
}

bool maximum_likelihood(Observations observations, double* theta) {
  const Counts counts = counts_of("poisson: maximum_likelihood", observations);
  if (!counts.possible || counts.number == 0) return false;
  theta[0] = counts.sum > 0 ? kSupport.clamp(std::log(counts.sum / counts.number)) : kSupport.low;
  return true;
}

LogDensity posterior(Observations observations) {
  const Counts counts = counts_of("poisson: posterior_log_density", observations);
  if (!counts.possible) return impossible();
  const double evidence = log_integral([&](double x) { return counts.log_likelihood(x); }, kSupport);
  return [counts, evidence](const double* theta) {
    return kSupport.holds(theta[0]) ? counts.log_likelihood(theta[0]) - evidence : kImpossible;
  };
}

}  // namespace

Simulator make_poisson() {
  SimulatorInfo info;
  info.name = "poisson";
  info.summary = "counts of a Poisson process of unknown rate";
  info.source = "Pesah, Wehenkel, Louppe 2018 (arXiv 1811.12932); draws: Hormann 1993";
  info.parameters = {{"log_rate", "", "logarithm of the mean count", kLogRate}};
  info.observation.names = {"count"};
  info.observation.units = {""};
  info.observation.supports = {Support::count()};
  return make_builtin(std::move(info), PoissonSimulator{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace v0
}  // namespace alfi
