#include "alfi/inference/trainer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/simulators/functor.hpp"
#include "inference/small.hpp"
#include "support/allocation_counter.hpp"

using namespace alfi;
using alfi_test::bytes_after;
using alfi_test::small_configuration;

namespace {

Simulator poisonous(float above, float poison) {
  SimulatorInfo info;
  info.name = "poisonous";
  info.parameters = {{"theta", "", "", Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return make_simulator(info, alfi_test::Poisonous{above, poison});
}

}  // namespace

TEST_CASE("the same bits from one, two and three threads") {
  for (const char* head : {"none", "mixture"}) {
    Configuration c = small_configuration();
    c.proposal.head = head;
    c.train.precision = head == std::string("none") ? "float" : "double";
    const Simulator simulator = make_builtin_simulator("poisson");
    Trainer one(c, simulator, 1), two(c, simulator, 2), three(c, simulator, 3);
    const auto bits = bytes_after(one, 4);
    CHECK(bits == bytes_after(two, 4));
    CHECK(bits == bytes_after(three, 4));
    CHECK(bits != bytes_after(one, 1));  // and they do change from step to step
  }
}

TEST_CASE("a configuration that names another simulator is refused") {
  for (const char* name : {"gaussian", "poisso"}) {
    Configuration c = small_configuration();
    c.simulator.name = name;
    CHECK_THROWS_WITH_AS(Trainer(c, make_builtin_simulator("poisson"), 1),
                         doctest::Contains("expected \"poisson\", the simulator that is given"), InputError);
  }
  CHECK_THROWS_AS(Trainer(small_configuration(), poisonous(9, 0), 1), InputError);
}

TEST_CASE("the same bits after a resume as without") {
  const Configuration c = small_configuration("gaussian");
  const Simulator simulator = make_builtin_simulator("gaussian");
  Trainer straight(c, simulator, 1), first(c, simulator, 2), second(c, simulator, 1);
  for (int i = 0; i < 3; ++i) straight.advance(), first.advance();
  straight.validate_and_keep_best();
  first.validate_and_keep_best();
  const TensorFile half = parse_tensor_file(serialize(first.checkpoint()), "half");
  second.resume(half, "half");
  CHECK(second.step() == 3);
  CHECK(bytes_after(straight, 3) == bytes_after(second, 3));
  CHECK(serialize(straight.machine().to_file()) == serialize(second.machine().to_file()));
}

TEST_CASE(
    "a training of constant rate may be resumed to more steps, to the bits of the longer one; with a cosine not") {
  Configuration c = small_configuration("gaussian"), longer = c;
  c.train.schedule = longer.train.schedule = "constant";
  c.train.steps = 3;
  longer.train.steps = 6;
  const Simulator simulator = make_builtin_simulator("gaussian");
  Trainer straight(longer, simulator, 1), first(c, simulator, 1), second(longer, simulator, 1);
  for (int i = 0; i < 3; ++i) straight.advance(), first.advance();
  straight.validate_and_keep_best();
  first.validate_and_keep_best();
  second.resume(parse_tensor_file(serialize(first.checkpoint()), "short"), "short");
  CHECK(bytes_after(straight, 3) == bytes_after(second, 3));
  // No shorter than it has become, and not where the rate falls towards the last step.
  CHECK_THROWS_WITH_AS(first.resume(second.checkpoint(), "long"),
                       doctest::Contains("long: was made with train.steps = 6, got 3"), InputError);
  c.train.schedule = longer.train.schedule = "cosine";
  Trainer falls(c, simulator, 1), further(longer, simulator, 1);
  CHECK_THROWS_WITH_AS(further.resume(falls.checkpoint(), "short"),
                       doctest::Contains("train.schedule = \"cosine\" lets the learning rate fall over all steps"),
                       InputError);
}

TEST_CASE("a resume with another configuration names the key") {
  Configuration c = small_configuration();
  const Simulator simulator = make_builtin_simulator("poisson");
  Trainer trainer(c, simulator, 1);
  const TensorFile file = trainer.checkpoint();
  c.train.thetas = 9;
  Trainer other(c, simulator, 1);
  CHECK_THROWS_WITH_AS(other.resume(file, "old"), doctest::Contains("train.thetas"), InputError);
}

TEST_CASE("every kind of machine takes a step, and its loss falls") {
  struct Kind {
    const char *simulator, *family, *cell, *features, *update, *start, *loss, *weights;
    bool regression, through_time;
  };
  const Kind kinds[] = {
      {"gaussian", "full", "lstm", "relative", "relative", "prior", "density", "constant", true, false},
      {"gaussian", "diagonal", "gru", "relative", "relative", "guess", "density", "exponential", true, true},
      {"gaussian", "diagonal", "gru", "global", "absolute", "draw", "density", "exponential_published", false, true},
      {"gaussian", "full", "lstm", "global", "relative", "draw", "density", "observed_improvement", true, false},
      {"gaussian", "full", "lstm", "relative", "absolute", "prior", "squared", "last", false, true},
      {"linear_regression", "full", "lstm", "relative", "relative", "prior", "absolute", "constant", true, false},
  };
  for (const Kind& kind : kinds) {
    CAPTURE(kind.update);
    CAPTURE(kind.features);
    CAPTURE(kind.family);
    Configuration c = small_configuration(kind.simulator);
    c.proposal.family = kind.family;
    c.proposal.start = kind.start;
    c.network.cell = kind.cell;
    c.network.features = kind.features;
    c.network.update = kind.update;
    c.network.regression_step = kind.regression;
    c.train.loss = kind.loss;
    c.train.weights = kind.weights;
    c.train.through_time = kind.through_time;
    c.train.dataset = 12;
    c.train.steps = 150;
    c.train.learning_rate = 5e-3;
    Trainer trainer(c, make_builtin_simulator(kind.simulator), 1);
    double first = 0, last = 0;
    const double before = trainer.validate_and_keep_best();
    for (int i = 0; i < 150; ++i) {
      const double loss = trainer.advance().loss;
      REQUIRE(std::isfinite(loss));
      if (i < 10) first += loss;
      if (i >= 140) last += loss;
    }
    CHECK(std::isfinite(before));
    CHECK(last < first);  // the same twelve problems over and over
  }
}

TEST_CASE("nothing is allocated after the first step") {
  Configuration c = small_configuration();
  c.problem.observed_min = 1;
  c.train.problems = 256;
  Trainer trainer(c, make_builtin_simulator("poisson"), 2);
  // Which of the two workers meets its first shard when is the scheduler's choice: 64 shards a step leave it little.
  for (int i = 0; i < 12; ++i) trainer.advance();
  const alfi_test::AllocationCounter counter;
  for (int i = 0; i < 6; ++i) trainer.advance();
  CHECK(counter.count() == 0);
}

TEST_CASE("a simulation that is not finite stops training with its step and simulator, weights untouched") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Configuration c = small_configuration("poisonous");
  for (const float poison : {nan, std::numeric_limits<float>::infinity()}) {
    Trainer trainer(c, poisonous(1.5f, poison), 2);
    const auto tensors = [&] {
      TensorFile file = trainer.checkpoint();
      file.metadata.clear();
      return serialize(file);
    };
    const std::vector<std::uint8_t> first = tensors();
    std::vector<std::uint8_t> before;
    const auto step = [&] {
      before = tensors();
      trainer.advance();
    };
    CHECK_THROWS_WITH_AS(for (int i = 0; i < 20; ++i) step(), doctest::Contains("simulator poisonous"), NumericError);
    CHECK(trainer.step() < 20);
    CHECK(tensors() == before);
    CHECK((trainer.step() == 0) == (before == first));  // those of steps that are taken do change
  }
}

TEST_CASE("failures within max_failed are dropped and counted where asked") {
  Configuration c = small_configuration("poisonous");
  c.train.nan_policy = "drop";
  Trainer trainer(c, poisonous(1.0f, std::numeric_limits<float>::quiet_NaN()), 1);
  Index failed = 0;
  for (int i = 0; i < 5; ++i) failed += trainer.advance().failed;
  CHECK(failed > 0);
  c.train.max_failed = 0.001;
  Trainer strict(c, poisonous(1.0f, std::numeric_limits<float>::quiet_NaN()), 1);
  CHECK_THROWS_WITH_AS(for (int i = 0; i < 5; ++i) strict.advance(), doctest::Contains("train.max_failed"),
                       NumericError);
}

TEST_CASE("too few proposals for the regression step is refused") {
  Configuration c = small_configuration("gaussian");
  c.train.thetas = 4;
  CHECK_THROWS_WITH_AS(Trainer(c, make_builtin_simulator("gaussian"), 1), doctest::Contains("train.thetas"),
                       InputError);
}

TEST_CASE("too few simulations for a refinement are refused before the training, not after it") {
  Configuration c = small_configuration("gaussian");
  c.infer.refine = 191;
  CHECK_THROWS_WITH_AS(Trainer(c, make_builtin_simulator("gaussian"), 1),
                       "infer.refine: got 191 simulations, expected at least 192 for 2 parameters", InputError);
  c.infer.refine = 192;
  CHECK_NOTHROW(Trainer(c, make_builtin_simulator("gaussian"), 1));
}

TEST_CASE("the normalization of a checkpoint is the one that goes on, on either backend") {
  const Configuration c = alfi_test::small_configuration("gaussian");
  const Simulator simulator = make_builtin_simulator("gaussian");
  for (const Backend backend : {Backend::cpu, Backend::cuda}) {
    const auto next_loss = [&](double factor) {
      const Context context(backend);
      Trainer begun(c, simulator, 1, context), resumed(c, simulator, 1, context);
      for (int i = 0; i < 3; ++i) begun.advance(), resumed.advance();  // the third is a replay
      TensorFile file = begun.checkpoint();
      for (const char* name : {"normalization.median", "normalization.spread"}) {
        Tensor& tensor = file.tensors.at(name);
        for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof(double)) {
          double value = 0;
          std::memcpy(&value, tensor.bytes.data() + i, sizeof(value));
          value *= factor;
          std::memcpy(tensor.bytes.data() + i, &value, sizeof(value));
        }
      }
      resumed.resume(file, "checkpoint");
      return resumed.advance().loss;
    };
    const double same = next_loss(1);
    CHECK(next_loss(1) == same);
    CHECK(std::abs(next_loss(1.5) - same) > 1e-6);
  }
}
