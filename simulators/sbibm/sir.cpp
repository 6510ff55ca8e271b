#include "alfi/simulators/sbibm/sir.hpp"

#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

/// log of the binomial probability of x, which need not be a possible count.
double log_count(double x, double share) {
  if (x < 0 || x > SirFlow::kTested || x != std::floor(x)) return kImpossible;
  if (share <= 0) return x == 0 ? 0.0 : kImpossible;
  if (share >= 1) return x == SirFlow::kTested ? 0.0 : kImpossible;
  return BinomialLaw::log_probability(SirFlow::kTested, static_cast<int>(x), share);
}

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/sir: log_likelihood", observations, SirFlow::kSize);
  double share[SirFlow::kSize];
  if (!o.possible || !SirFlow::infected(theta[0], theta[1], 1e-10, share)) return kImpossible;
  double sum = 0;
  for (std::size_t i = 0; i < o.x.size(); ++i) sum += log_count(o.x[i], share[i]);
  return sum;
}

}  // namespace

Simulator make_sir() {
  SimulatorInfo info =
      task_info("sir", "an epidemic's infection and recovery rates from ten tests of a thousand", SirFlow::kSize);
  info.observation.supports = supports_alike(SirFlow::kSize, {0, SirFlow::kTested, true});
  info.parameters = {{"beta", "1/d", "rate of infection", Prior::lognormal(std::log(0.4), 0.5)},
                     {"gamma", "1/d", "rate of recovery", Prior::lognormal(std::log(0.125), 0.2)}};
  return make_builtin(std::move(info), Sir{}, {log_likelihood, {}, {}});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
