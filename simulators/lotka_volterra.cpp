#include "alfi/simulators/lotka_volterra.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// The equations solved to 1e-10.
double log_likelihood(const double* theta, Observations observations) {
  using S = LotkaVolterraSimulator;
  require_columns("lotka_volterra: log_likelihood", observations, S::kSize);
  double log_state[S::kSize];
  if (!S::solve(theta, 1e-10, log_state) || theta[4] == 0 || theta[5] == 0) return kImpossible;
  const double log_sigma[S::kSpecies] = {std::log(theta[4]), std::log(theta[5])};
  double sum = 0;
  for (Index n = 0; n < observations.rows; ++n) {
    for (int i = 0; i < S::kSize; ++i) {
      const double x = static_cast<double>(observations(n, i));
      if (!std::isfinite(x) || x <= 0) return kImpossible;
      const double z = (std::log(x) - log_state[i]) / theta[4 + i % S::kSpecies];
      if (!is_within(z, 1e100)) return kImpossible;
      sum += normal_log_density(z) - log_sigma[i % S::kSpecies] - std::log(x);
    }
  }
  return sum;
}

}  // namespace

Simulator make_lotka_volterra() {
  const Prior rate = Prior::positive_normal(1, 0.5), encounter = Prior::positive_normal(0.05, 0.05);
  const Prior noise = Prior::lognormal(-1, 1), start = Prior::lognormal(std::log(10.0), 1);
  SimulatorInfo info;
  info.name = "lotka_volterra";
  info.summary = "hare and lynx: prey and predators seen once a year, with log-normal noise";
  info.source = "Howard 2009; Carpenter 2018; equations solved by Tsitouras 2011";
  info.parameters = {{"alpha", "1/year", "birth of hares", rate},
                     {"beta", "1/(year 1000 pelts)", "death of hares for each lynx", encounter},
                     {"gamma", "1/year", "death of lynxes", rate},
                     {"delta", "1/(year 1000 pelts)", "birth of lynxes for each hare", encounter},
                     {"sigma_u", "", "noise of the hares: sd of the logarithm", noise},
                     {"sigma_v", "", "noise of the lynxes: sd of the logarithm", noise},
                     {"u0", "1000 pelts", "hares in year 0", start},
                     {"v0", "1000 pelts", "lynxes in year 0", start}};
  info.observation.names = {"hare", "lynx"};
  info.observation.units = {"1000 pelts", "1000 pelts"};
  info.observation.supports = {support_from("0.."), support_from("0..")};
  info.observation.is_set = false;
  info.observation.length = LotkaVolterraSimulator::kYears;
  info.observation.index_column = "year";
  return make_builtin(std::move(info), LotkaVolterraSimulator{}, {log_likelihood, {}, {}});
}

}  // namespace v0
}  // namespace alfi
