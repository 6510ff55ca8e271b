#include <cstdio>
#include <vector>

#include "alfi/alfi.hpp"

int main() {
  alfi::Configuration configuration;
  configuration.simulator.name = "poisson";
  configuration.train.steps = 100;  // brief: a rough answer, 1.43 +- 0.11; exact: 1.417 +- 0.110
  const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");

  alfi::Trainer trainer(configuration, simulator, 0);  // 0: all processors
  while (trainer.step() < configuration.train.steps) trainer.advance();
  trainer.validate_and_keep_best();
  const alfi::Machine machine = trainer.machine();  // or alfi::Machine::load("models/poisson")

  const std::vector<float> counts{4, 3, 6, 2, 5, 4, 7, 1, 4, 3, 5, 8, 2, 4, 3, 6, 4, 5, 2, 5};
  const alfi::Posterior posterior = machine.infer(simulator, {counts.data(), 20, 1}).posterior;
  std::printf("log rate %.3f +- %.3f\n", posterior.mean()[0], posterior.standard_deviation()[0]);
}
