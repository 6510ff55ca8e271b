#include "alfi/simulators/sbibm/bernoulli_glm.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/sbibm/numpy_random.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

/// log p(y | theta) = theta . X'y - sum_t log(1 + exp (X theta)_t), for X'y = spikes.
double log_density(const GlmStimulus& stimulus, const double* z, const double* spikes) {
  double theta[kGlmParameters], sum = 0;
  bernoulli_glm_theta(z, theta);
  for (int j = 0; j < kGlmParameters; ++j) sum += theta[j] * spikes[j];
  for (int t = 0; t < kGlmTimes; ++t) sum -= softplus(stimulus.drive(theta, t));
  return sum;
}

double log_likelihood(const GlmStimulus& stimulus, const double* z, Observations observations) {
  const Observed o = observed("sbibm/bernoulli_glm: log_likelihood", observations, kGlmParameters);
  if (!o.possible || !all_within(z, kGlmParameters, 1e30)) return kImpossible;
  return o.x.empty() ? 0.0 : log_density(stimulus, z, o.x.data());
}

double log_likelihood_raw(const GlmStimulus& stimulus, const double* z, Observations observations) {
  const Observed o = observed("sbibm/bernoulli_glm_raw: log_likelihood", observations, kGlmTimes);
  if (!o.possible || !all_within(z, kGlmParameters, 1e30)) return kImpossible;
  if (o.x.empty()) return 0;
  double spikes[kGlmParameters] = {};
  for (int t = 0; t < kGlmTimes; ++t) {
    const double y = o.x[static_cast<std::size_t>(t)];
    if (y != 0 && y != 1) return kImpossible;
    for (int j = 0; j < kGlmParameters; ++j) spikes[j] += y * stimulus.design(t, j);
  }
  return log_density(stimulus, z, spikes);
}

/// Spikes are 0 or 1, their number whole; a sum is least and largest where those alone spike that lower or raise it,
/// added in the simulator's order.
std::vector<Support> supports_of(const GlmStimulus& stimulus, bool raw) {
  if (raw) return supports_alike(kGlmTimes, {0, 1, true});
  std::vector<Support> supports = supports_alike(kGlmParameters, {0, kGlmTimes, true});
  for (int j = 1; j < kGlmParameters; ++j) {
    double low = 0, high = 0;
    for (int t = 0; t < kGlmTimes; ++t) {
      const double entry = stimulus.design(t, j);
      (entry < 0 ? low : high) += entry;
    }
    supports[static_cast<std::size_t>(j)] = {static_cast<float>(low), static_cast<float>(high), false};
  }
  return supports;
}

using GlmLikelihood = double (*)(const GlmStimulus&, const double*, Observations);

template <bool kRaw>
Simulator make(SimulatorInfo info, GlmLikelihood likelihood) {
  const GlmStimulus stimulus = GlmStimulus::make();
  for (const std::string& name : numbered("z_", kGlmParameters)) {
    info.parameters.push_back(
        {name, "", "coordinate of the filter's nine weights, where their prior is independent", Prior{}});
  }
  info.observation.supports = supports_of(stimulus, kRaw);
  info.parameters.front().description = "bias in sds of its prior, sqrt 2";
  ExactAnswers exact;
  exact.log_likelihood = [=](const double* z, Observations o) { return likelihood(stimulus, z, o); };
  return make_builtin(std::move(info), BernoulliGlm<kRaw>{stimulus}, std::move(exact));
}

}  // namespace

GlmStimulus GlmStimulus::make() {
  GlmStimulus stimulus{};
  NumpyRandom random(42);
  for (float& value : stimulus.at) value = static_cast<float>(random.normal());
  return stimulus;
}

Simulator make_bernoulli_glm() {
  return make<false>(task_info("bernoulli_glm", "a neuron's filter from its spike count and spike-triggered sums",
                               BernoulliGlm<false>::kSize),
                     log_likelihood);
}

Simulator make_bernoulli_glm_raw() {
  return make<true>(task_info("bernoulli_glm_raw", "a neuron's filter from its spikes", BernoulliGlm<true>::kSize),
                    log_likelihood_raw);
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
