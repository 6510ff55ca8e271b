// Trains a machine for the simulator, on a GPU where there is one, and infers a rate.
#include <cstdio>
#include <vector>

#include "waiting_times.hpp"

int main() {
  const alfi::CudaStatus gpu = alfi::cuda_status();
  const alfi::Context context = gpu.usable ? alfi::Context(alfi::Backend::cuda) : alfi::Context();
  std::printf("on %s%s\n", gpu.usable ? gpu.device.name.c_str() : "the processor: ", gpu.reason.c_str());

  alfi::Configuration configuration;
  configuration.simulator.name = "waiting_times";
  configuration.problem.observed_min = 5;  // as few as there will be
  configuration.problem.observed_max = 50;
  configuration.train.observations = 64;
  configuration.train.steps = 200;  // brief: a rough answer; exact: 0.94 +- 0.36
  const alfi::Simulator simulator = make_waiting_times();
  alfi::Trainer trainer(configuration, simulator, 0, context);
  while (trainer.step() < configuration.train.steps) trainer.advance();

  const std::vector<float> times{0.31f, 0.02f, 0.77f, 0.11f, 0.45f, 0.09f, 0.23f, 0.60f};
  alfi::InferOptions options;
  options.context = context;
  const alfi::Posterior posterior = trainer.machine().infer(simulator, {times.data(), 8, 1}, options).posterior;
  std::printf("log rate %.2f +- %.2f\n", posterior.mean()[0], posterior.standard_deviation()[0]);
}
