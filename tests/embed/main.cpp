// A program of somebody else: its own simulator, floating-point exceptions trapped, a machine trained and used.
#include <cfenv>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "alfi/alfi.hpp"

namespace {

/// Waiting times with theta = log rate, as a user would write them: no file of the library is edited.
struct WaitingTimes {
  struct Prepared {
    float mean;
  };
  Prepared prepare(const float* theta) const { return {std::exp(-theta[0])}; }
  alfi::Status operator()(const Prepared& prepared, alfi::Stream& random, float* x) const {
    x[0] = -prepared.mean * std::log(random.uniform());
    return alfi::Status::ok;
  }
};

alfi::Simulator waiting_times() {
  alfi::SimulatorInfo info;
  info.name = "waiting_times";
  info.summary = "exponential waiting times";
  info.parameters = {{"log_rate", "", "logarithm of the rate", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"time"};
  info.observation.units = {"s"};
  return alfi::make_simulator(info, WaitingTimes{});
}

alfi::Configuration small_configuration() {
  alfi::Configuration c;
  c.simulator.name = "waiting_times";
  c.problem.observed_min = 5;
  c.problem.observed_max = 20;
  c.network.encoder = {8, 8, 8};
  c.network.aggregator = {8, 8, 8};
  c.network.machine = {16, 16};
  c.network.state = 8;
  c.network.summaries = 4;
  c.train.steps = 5;
  c.train.problems = 4;
  c.train.thetas = 6;
  c.train.observations = 8;
  c.train.iterations = 2;
  c.train.validation_problems = 4;
  return c;
}

int failures = 0;

void expect(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "embed: not so: %s\n", what);
  ++failures;
}

}  // namespace

int main() {
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  const alfi::Simulator simulator = waiting_times();
  const alfi::Configuration configuration = small_configuration();
  alfi::Trainer trainer(configuration, simulator, 2);
  while (trainer.step() < configuration.train.steps) trainer.advance();

  const std::vector<float> times{0.31f, 0.02f, 0.77f, 0.11f, 0.45f, 0.09f, 0.23f, 0.60f};
  const alfi::Inference answer = trainer.machine().infer(simulator, {times.data(), 8, 1});
  const double mean = answer.posterior.mean()[0], sd = answer.posterior.standard_deviation()[0];
  std::printf("log rate %.3f +- %.3f after %lld simulator calls\n", mean, sd,
              static_cast<long long>(answer.simulator_calls));
  expect(std::isfinite(mean), "the mean is finite");
  expect(sd > 0 && sd < 10, "the standard deviation is positive and of the prior's order");
  expect(answer.simulator_calls == 2 * 6 * 8, "T K M simulator calls");

  // The file holds no simulator: whoever loads a machine for a simulator of their own brings it along.
  alfi::write_file_atomically("embed.safetensors", alfi::serialize(trainer.machine().to_file()));
  const alfi::Machine loaded = alfi::Machine::load("embed.safetensors", simulator);
  expect(loaded.infer(simulator, {times.data(), 8, 1}).posterior.mean()[0] == mean,
         "a loaded machine answers the same");
  expect(trainer.step() == 5 && trainer.weight_count() == loaded.weight_count(), "the model is whole");
  expect(locale == std::setlocale(LC_ALL, nullptr), "the locale is what it was");
  expect(std::fegetround() == FE_TONEAREST, "rounding is to nearest");
  expect(fegetexcept() == (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW), "the traps are what they were");
  return failures == 0 ? 0 : 1;
}
