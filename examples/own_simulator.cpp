// Trains a machine for a simulator that is a functor, and infers a rate.
#include "own_simulator.hpp"

#include <cstdio>
#include <vector>

int main() {
  alfi::Configuration configuration;
  configuration.simulator.name = "waiting_times";
  configuration.problem.observed_min = 5;
  configuration.problem.observed_max = 50;
  configuration.train.observations = 64;
  configuration.train.steps = 100;  // brief: a rough answer; exact: 0.94 +- 0.36
  const alfi::Simulator simulator = make_waiting_times();
  alfi::Trainer trainer(configuration, simulator, 0);
  while (trainer.step() < configuration.train.steps) trainer.advance();

  const std::vector<float> times{0.31f, 0.02f, 0.77f, 0.11f, 0.45f, 0.09f, 0.23f, 0.60f};
  const alfi::Posterior posterior = trainer.machine().infer(simulator, {times.data(), 8, 1}).posterior;
  std::printf("log rate %.2f +- %.2f\n", posterior.mean()[0], posterior.standard_deviation()[0]);
}
