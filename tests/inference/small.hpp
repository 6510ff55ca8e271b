#pragma once
#include <algorithm>
#include <vector>

#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "support/simulated.hpp"

/// Small trainings for tests: a few steps of a few problems, every part of the machine in use.

namespace alfi_test {

inline alfi::Configuration small_configuration(const std::string& simulator = "poisson") {
  alfi::Configuration c;
  c.simulator.name = simulator;
  c.problem.observed_min = 5;
  c.problem.observed_max = 40;
  c.network.encoder = {8, 8, 6};
  c.network.aggregator = {8, 8, 6};
  c.network.machine = {10, 10};
  c.network.state = 5;
  c.network.summaries = 4;
  c.train.steps = 20;
  c.train.problems = 12;
  c.train.thetas = 8;
  c.train.observations = 6;
  c.train.observations_min = 2;
  c.train.iterations = 3;
  c.train.validation_problems = 8;
  return c;
}

/// The same for what the simulator observes, with proposals enough for the regression over its parameters.
inline alfi::Configuration small_configuration(const alfi::Simulator& simulator) {
  alfi::Configuration c = small_configuration(simulator.info().name);
  c.train.thetas = std::max<alfi::Index>(c.train.thetas, simulator.parameters() + 5);
  if (!simulator.info().observation.is_set) {
    c.problem.observed_min = c.problem.observed_max = 0;
    c.train.observations = 0;
    c.train.nan_policy = "drop";  // some fail at the prior's ends
  }
  return c;
}

/// Every number of the checkpoint, so that two trainings can be held against each other bit by bit.
inline std::vector<std::uint8_t> bytes_after(alfi::Trainer& trainer, alfi::Index steps) {
  for (alfi::Index i = 0; i < steps; ++i) trainer.advance();
  return alfi::serialize(trainer.checkpoint());
}

inline std::vector<float> poisson_counts(double rate, alfi::Index count, std::uint64_t seed) {
  return simulated(alfi::make_builtin_simulator("poisson"), {rate}, count, seed).values;
}

/// A simulator that answers `poison` once theta[0] exceeds `above`, else Normal(theta[0], 1).
struct Poisonous {
  float above, poison;
  struct Prepared {
    float theta;
  };
  Prepared prepare(const float* theta) const { return {theta[0]}; }
  alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    *x = p.theta > above ? poison : p.theta + random.normal();
    return alfi::Status::ok;
  }
};

}  // namespace alfi_test
