// Trains a machine for Poisson counts, briefly, and infers the rate behind twenty of them. The exact answer is
// log rate 1.417 +- 0.110 (a Gamma posterior); a real training takes more steps (configs/poisson.toml).
#include <cstdio>
#include <vector>

#include "alfi/inference/trainer.hpp"

int main() {
  alfi::Configuration configuration;
  configuration.simulator.name = "poisson";
  configuration.train.steps = 60;
  const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");
  alfi::Trainer trainer(configuration, simulator, 0);  // 0: all processors
  while (trainer.step() < configuration.train.steps) trainer.advance();

  const std::vector<float> counts{4, 3, 6, 2, 5, 4, 7, 1, 4, 3, 5, 8, 2, 4, 3, 6, 4, 5, 2, 5};
  const alfi::Inference answer = trainer.machine().infer(simulator, {counts.data(), 20, 1});
  std::printf("log rate %.3f +- %.3f, %lld simulator calls\n", answer.posterior.mean()[0],
              answer.posterior.standard_deviation()[0], static_cast<long long>(answer.simulator_calls));
}
