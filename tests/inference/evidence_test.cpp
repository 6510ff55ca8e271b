// What a set encoder's mean does not see: pooled second moments, and the ends of supports along learned directions.
#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/inference/machine.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/simulators/functor.hpp"
#include "inference/small.hpp"

using namespace alfi;
using alfi_test::small_configuration;

namespace {

/// (z + w, w) with z ~ U(0, exp theta_0) and w ~ Normal(0, 3): the end of z is seen by a maximum along (1, -1) only.
struct HiddenEnd {
  struct Prepared {
    double end;
  };
  Prepared prepare(const float* theta) const { return {std::exp(static_cast<double>(theta[0]))}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    const double w = 3 * random.normal_double();
    x[0] = static_cast<float>(p.end * random.uniform_double() + w);
    x[1] = static_cast<float>(w);
    return Status::ok;
  }
};

Simulator hidden_end() {
  SimulatorInfo info;
  info.name = "hidden_end";
  info.parameters = {{"log_end", "", "logarithm of where z ends", Prior::uniform(0, 1)}};
  info.observation.names = {"sum", "noise"};
  return make_simulator(info, HiddenEnd{});
}

/// The validation loss of a short training, in nats.
double loss_after(Configuration c, const Simulator& simulator, Index steps) {
  c.problem.observed_min = 20;
  c.train.observations = 40;
  c.train.steps = steps;
  c.train.thetas = 12;
  c.train.validation_problems = 200;
  Trainer trainer(c, simulator, 1);
  while (trainer.step() < steps) trainer.advance();
  return trainer.validate_and_keep_best();
}

}  // namespace

TEST_CASE("moments carry what a regression's slopes are known from") {
  const Simulator simulator = make_builtin_simulator("linear_regression");
  Configuration c = small_configuration("linear_regression");
  const double without = loss_after(c, simulator, 250);
  c.network.moments = true;
  const double with = loss_after(c, simulator, 250);
  CAPTURE(without);
  CAPTURE(with);
  CHECK(with < without - 2);
}

TEST_CASE("the end of a support along a direction that no column has is found") {
  const Simulator simulator = hidden_end();
  Configuration c = small_configuration("gaussian");
  c.simulator.name = "hidden_end";
  const double without = loss_after(c, simulator, 250);
  c.network.pool = "mean+max";
  const double with = loss_after(c, simulator, 250);
  CAPTURE(without);
  CAPTURE(with);
  CHECK(with < without - 0.5);
}

TEST_CASE("what directions are learned in is uncorrelated over the prior predictive") {
  const Simulator simulator = hidden_end();
  const Normalization n = standardize(simulator, 3, 300, 20);
  REQUIRE(n.whitening.size() == 4);
  CHECK(n.whitening[1] == 0);
  // The sum is noise and a little of its own: z has mean 0.86 and sd 0.57 (over theta, too), w sd 3. Its correlation
  // with w is c = 3 / sqrt(9 + 0.57^2) = 0.98, and what no other column tells has sd sqrt(1 - c^2) = 0.19.
  const double c = 3 / std::sqrt(9 + 0.57 * 0.57), left = std::sqrt(1 - c * c);
  CHECK(n.whitening[0] == doctest::Approx(1).epsilon(0.01));
  CHECK(n.whitening[2] == doctest::Approx(-c / left).epsilon(0.1));
  CHECK(n.whitening[3] == doctest::Approx(1 / left).epsilon(0.1));
}

TEST_CASE("a machine with moments and directions survives its file") {
  Configuration c = small_configuration("gaussian");
  c.network.moments = true;
  c.network.pool = "mean+max";
  Trainer trainer(c, make_builtin_simulator("gaussian"), 1);
  for (Index i = 0; i < 3; ++i) trainer.advance();
  trainer.validate_and_keep_best();
  const Machine machine = trainer.machine();
  const auto bytes = serialize(machine.to_file());
  const Machine again = Machine::from_file(parse_tensor_file(bytes, "file"), "file");
  CHECK(serialize(again.to_file()) == bytes);
  const std::vector<float> x{1.5f, 2, 2.5f, 1, 3, 0.5f, 2.25f};
  const auto mean = [&](const Machine& m) {
    return m.infer(m.simulator(), {x.data(), static_cast<Index>(x.size()), 1}, {}).posterior.mean();
  };
  CHECK(mean(machine) == mean(again));
  TensorFile file = machine.to_file();
  std::string& text = file.metadata["configuration"];
  text.replace(text.find("network.pool = mean+max"), 23, "network.pool = mean");
  CHECK_THROWS_AS(Machine::from_file(file, "file"), InputError);
}

TEST_CASE("moments are of sets of at most sixteen columns") {
  Configuration c = small_configuration("gaussian");
  c.network.moments = true;
  ObservationShape shape = make_builtin_simulator("gaussian").info().observation;
  shape.names.assign(17, "x");
  CHECK_THROWS_WITH_AS(resolve(c, shape), "network.moments: got true, expected false with more than 16 columns",
                       InputError);
}
