#include "alfi/simulators/sir.hpp"

#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// The equations solved to 1e-10.
double log_likelihood(const double* theta, Observations observations) {
  using S = SirSimulator;
  require_columns("sir: log_likelihood", observations, S::kDays);
  double log_mean[S::kDays];
  if (!S::solve(theta, 1e-10, log_mean)) return kImpossible;
  double sum = 0;
  for (Index n = 0; n < observations.rows; ++n) {
    for (int i = 0; i < S::kDays; ++i) {
      const double x = static_cast<double>(observations(n, i));
      // Rates are below 1e7; and no count above 2^24 is a float's.
      if (!is_within(x, 1 << 24) || x < 0 || x != std::floor(x)) return kImpossible;
      sum += NegativeBinomialLaw::log_probability(x, log_mean[i], theta[2]);
    }
  }
  return sum;
}

}  // namespace

Simulator make_sir() {
  SimulatorInfo info;
  info.name = "sir";
  info.summary = "an epidemic in a school of 763: boys in bed on fourteen days";
  info.source = "Kermack, McKendrick 1927; Grinsztajn et al. 2021; draws: Marsaglia, Tsang 2000; Hormann 1993";
  info.parameters = {
      {"beta", "1/day", "infections by each infected boy, all others susceptible", Prior::positive_normal(2, 1)},
      {"gamma", "1/day", "recovery", Prior::positive_normal(0.4, 0.5)},
      {"phi_inverse", "", "over-dispersion of the counts: variance m + m^2 phi_inverse", Prior::exponential(5)}};
  info.observation.names = {"in_bed"};
  info.observation.units = {""};
  info.observation.supports = {Support::count()};
  info.observation.is_set = false;
  info.observation.length = SirSimulator::kDays;
  info.observation.index_column = "day";
  info.observation.index_first = 1;
  return make_builtin(std::move(info), SirSimulator{}, {log_likelihood, {}, {}});
}

}  // namespace v0
}  // namespace alfi
