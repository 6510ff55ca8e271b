// A small training whose posterior has two modes: what the mixture is for.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "alfi/core/special.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/simulators/functor.hpp"
#include "inference/small.hpp"

using namespace alfi;

namespace {

constexpr double kNoise = 0.1;

/// x ~ Normal(|theta|, 0.1), one number: which sign theta has nobody can tell.
struct Folded {
  struct Prepared {
    double away;
  };
  Prepared prepare(const float* theta) const { return {std::fabs(static_cast<double>(theta[0]))}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    *x = static_cast<float>(p.away + kNoise * random.normal_double());
    return Status::ok;
  }
};

/// theta ~ U(-1, 1): log of N(x; |theta|, 0.1) over the integral of it, 2 (Phi((1 - x) / 0.1) - Phi(-x / 0.1)).
std::function<double(const double*)> folded_posterior(Observations observations) {
  const double x = static_cast<double>(observations.data[0]);
  const double mass = 2 * (normal_cdf((1 - x) / kNoise) - normal_cdf(-x / kNoise));
  return [=](const double* theta) {
    return normal_log_density((x - std::fabs(theta[0])) / kNoise) - std::log(kNoise) - std::log(mass);
  };
}

Simulator make_folded() {
  SimulatorInfo info;
  info.name = "folded";
  info.parameters = {{"theta", "", "up to its sign", Prior::uniform(-1, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  info.observation.is_set = false;
  return make_simulator(info, Folded{}, {{}, {}, folded_posterior});
}

Machine trained(const std::string& head, const Simulator& simulator) {
  Configuration c = alfi_test::small_configuration(simulator);
  c.proposal.head = head;
  c.network.encoder = {16, 16, 12};
  c.network.machine = {24, 24};
  c.network.state = 16;
  c.train.problems = 32;
  c.train.steps = 600;
  c.train.learning_rate = 4e-3;
  Trainer trainer(c, simulator, 1);
  while (trainer.step() < c.train.steps) trainer.advance();
  trainer.validate_and_keep_best();
  return trainer.machine();
}

}  // namespace

TEST_CASE("two modes: a mixture finds both, one Gaussian cannot") {
  const Simulator simulator = make_folded();
  EvaluateOptions options;
  options.problems = 400;
  const Machine mixture = trained("mixture", simulator);
  const Evaluation one = evaluate(trained("none", simulator), simulator, options),
                   several = evaluate(mixture, simulator, options);
  MESSAGE("gap " << one.gap.mean << " of one Gaussian, " << several.gap.mean << " of a mixture");
  // In coordinates where theta is N(0, 1) the best single Gaussian of a pair of modes at +-a is wider than both.
  CHECK(one.gap.mean > 0.4);
  CHECK(several.gap.mean < 0.05);

  // At x = 0.5: half below 0, next to nothing there, and quantiles in both modes.
  const float x = 0.5f;
  const Posterior q = mixture.infer(simulator, {&x, 1, 1}).posterior;
  CHECK(std::fabs(q.mean()[0]) < 0.1);
  CHECK(std::fabs(q.quantile(0.25)[0] + 0.5) < 0.1);
  CHECK(std::fabs(q.quantile(0.75)[0] - 0.5) < 0.1);
  CHECK(q.log_density({0}) < q.log_density({0.5}) - 2);
  CHECK(q.log_density({0}) < q.log_density({-0.5}) - 2);
}
