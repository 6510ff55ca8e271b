// A simulator that lives in a program of yours: a function that is called for many rows at a time.
#include <cstdio>
#include <random>
#include <vector>

#include "alfi/alfi.hpp"

namespace {

/// A calorimeter that measures an energy with a resolution of 5 %, and now and then saturates.
void calorimeter(const alfi::RowsRequest& rows) {
  for (alfi::Index i = 0; i < rows.theta.rows; ++i) {
    std::mt19937_64 random(rows.seeds[i]);  // all that is random, from the row's seed
    const double energy = rows.theta(i, 0);
    const double measured = std::normal_distribution<double>(energy, 0.05 * energy)(random);
    if (measured > 30) rows.status[i] = static_cast<std::uint8_t>(alfi::Status::failed);
    rows.out(i, 0) = measured;
  }
}

}  // namespace

int main() {
  alfi::SimulatorInfo info;
  info.name = "calorimeter";
  info.parameters = {{"energy", "GeV", "of the particle", alfi::Prior::gamma(20, 2)}};
  info.observation.names = {"measured"};
  info.observation.units = {"GeV"};
  alfi::CallbackOptions options;
  options.threads = alfi::CallbackOptions::Threads::many;  // it touches nothing but its rows
  const alfi::Simulator simulator = alfi::make_callback_simulator(info, calorimeter, options);

  alfi::Configuration configuration;
  configuration.simulator.name = info.name;
  configuration.problem.observed_min = 4;
  configuration.problem.observed_max = 16;
  configuration.train.problems = 16;
  configuration.train.observations = 16;
  configuration.train.steps = 100;
  configuration.train.nan_policy = "drop";
  alfi::Trainer trainer(configuration, simulator, 0);
  while (trainer.step() < configuration.train.steps) {
    const alfi::StepReport now = trainer.advance();
    if (now.step % 20 == 0) std::fprintf(stderr, "step %d, loss %.3f\n", static_cast<int>(now.step), now.loss);
  }

  const std::vector<float> measured{9.6f, 10.9f, 10.2f, 9.9f, 10.6f, 9.8f, 10.4f, 10.1f};
  const alfi::Posterior posterior = trainer.machine().infer(simulator, {measured.data(), 8, 1}).posterior;
  std::printf("energy %.2f +- %.2f GeV\n", posterior.mean()[0], posterior.standard_deviation()[0]);
}
