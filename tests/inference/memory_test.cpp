// What training holds: the same after 50 steps as after 3, and no more than was announced.
#include <doctest/doctest.h>

#include "emulated/device.hpp"
#include "inference/small.hpp"
#include "support/allocation_counter.hpp"

using namespace alfi;
using alfi_test::bytes_in_use;
using alfi_test::small_configuration;

namespace {

/// Sizes at which buffers, not the objects around them, are what is held.
Configuration middling(const std::string& simulator) {
  Configuration c = small_configuration(simulator);
  c.network.encoder = {32, 32, 16};
  c.problem.observed_min = 20;
  c.problem.observed_max = 300;
  c.train.problems = 16;
  c.train.thetas = 16;
  c.train.observations = 32;
  return c;
}

void check_memory(const Configuration& c, int threads) {
  CAPTURE(c.simulator.name);
  CAPTURE(c.train.precision);
  CAPTURE(threads);
  const Simulator simulator = make_builtin_simulator(c.simulator.name);
  const std::int64_t before = bytes_in_use();
  Trainer trainer(c, simulator, threads);
  trainer.validate_and_keep_best();
  // With two threads some steps more: which worker meets its first shard when is the scheduler's choice.
  for (int i = 0; i < (threads == 1 ? 3 : 12); ++i) trainer.advance();
  const std::int64_t early = bytes_in_use() - before;
  while (trainer.step() < 50) trainer.advance();
  trainer.validate_and_keep_best();
  const std::int64_t late = bytes_in_use() - before;
  CHECK(late == early);
  CHECK(late <= trainer.planned_bytes());
}

}  // namespace

TEST_CASE("memory: constant in steps, and no more than announced") {
  for (const char* simulator : {"poisson", "gaussian", "weinberg", "linear_regression"}) {
    check_memory(middling(simulator), 1);
  }
  check_memory(middling("gaussian"), 2);
  Configuration c = middling("gaussian");
  c.train.precision = "double";
  check_memory(c, 1);
  c.network.cell = "gru";
  c.network.encoder_output = "linear";
  c.train.through_time = true;
  check_memory(c, 1);
  c.proposal.head = "mixture";
  c.proposal.components = 16;
  check_memory(c, 1);
  c = middling("linear_regression");
  c.network.moments = true;
  c.network.pool = "mean+max";
  check_memory(c, 1);
  c = Configuration();  // as `alfi train` has it
  c.simulator.name = "poisson";
  check_memory(c, 1);
}

TEST_CASE("memory: on a GPU, no more than announced, what its own simulations leave for the adjoint included") {
  for (const char* precision : {"float", "double"}) {
    CAPTURE(precision);
    Configuration c = middling("poisson");
    c.train.precision = precision;
    const Context gpu(Backend::cuda);
    Trainer trainer(c, make_builtin_simulator("poisson"), 1, gpu);
    for (int i = 0; i < 3; ++i) trainer.advance();
    trainer.validate_and_keep_best();
    CHECK(static_cast<Index>(alfi_test::emulated(*gpu.device()).held()) <= trainer.planned_bytes());
  }
}

TEST_CASE("memory: what is announced is no more than thrice what is held") {
  const Configuration c = middling("poisson");
  const Simulator simulator = make_builtin_simulator("poisson");
  const std::int64_t before = bytes_in_use();
  Trainer trainer(c, simulator, 1);
  for (int i = 0; i < 3; ++i) trainer.advance();
  CHECK(trainer.planned_bytes() <= 3 * (bytes_in_use() - before));
}
