#include "alfi/simulators/sbibm/lotka_volterra.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/lotka_volterra: log_likelihood", observations, LotkaVolterraFlow::kSize);
  double logs[LotkaVolterraFlow::kSize], sum = 0;
  if (!o.possible || !LotkaVolterraFlow::log_populations(theta, 1e-10, logs)) return kImpossible;
  for (std::size_t i = 0; i < o.x.size(); ++i) {
    if (o.x[i] <= 0) return kImpossible;
    const double log_x = std::log(o.x[i]), noise = LotkaVolterraFlow::kNoise;
    sum += normal_log_density((log_x - logs[i]) / noise) - std::log(noise) - log_x;
  }
  return sum;
}

}  // namespace

Simulator make_lotka_volterra() {
  SimulatorInfo info =
      task_info("lotka_volterra", "rates of prey and predators from ten noisy looks at both", LotkaVolterraFlow::kSize);
  info.observation.supports = supports_alike(LotkaVolterraFlow::kSize, Support::positive());
  const Prior own = Prior::lognormal(-0.125, 0.5), mutual = Prior::lognormal(-3, 0.5);
  info.parameters = {{"alpha", "", "growth of prey", own},
                     {"beta", "", "predation", mutual},
                     {"gamma", "", "decline of predators", own},
                     {"delta", "", "growth of predators for prey", mutual}};
  return make_builtin(std::move(info), LotkaVolterra{}, {log_likelihood, {}, {}});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
