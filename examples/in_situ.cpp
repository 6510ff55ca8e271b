// A code that steps through time and infers its own parameters while data arrive: a walker that drifts and diffuses.
#include <cmath>
#include <cstdio>
#include <vector>

#include "alfi/alfi.hpp"

namespace {

/// One time step, the same for the code that is simulated and for the machine that learns from it.
ALFI_HD float step_of(float drift, float diffusivity, float noise) {
  constexpr float kStep = 0.1f;
  return drift * kStep + std::sqrt(2 * diffusivity * kStep) * noise;
}

struct Walker {
  struct Prepared {
    float drift, diffusivity;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {theta[0], theta[1]}; }
  ALFI_HD alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    x[0] = step_of(p.drift, p.diffusivity, random.normal());
    return alfi::Status::ok;
  }
};

alfi::Machine train(const alfi::Simulator& simulator) {
  alfi::Configuration configuration;
  configuration.simulator.name = simulator.info().name;
  configuration.problem.observed_min = 10;
  configuration.problem.observed_max = 400;
  configuration.train.observations = 64;
  configuration.train.steps = 300;  // brief: wider errors than 400 steps allow, 0.11 and 0.018
  alfi::Trainer trainer(configuration, simulator, 0);
  while (trainer.step() < configuration.train.steps) trainer.advance();
  return trainer.machine();
}

}  // namespace

int main() {
  alfi::SimulatorInfo info;
  info.name = "walker";
  info.parameters = {{"drift", "m/s", "mean velocity", alfi::Prior::normal(0, 1)},
                     {"diffusivity", "m2/s", "of the surroundings", alfi::Prior::lognormal(0, 1)}};
  info.observation.names = {"step"};
  info.observation.units = {"m"};
  const alfi::Simulator simulator = alfi::make_simulator(info, Walker{});
  const alfi::Machine machine = train(simulator);

  // The code's own loop. What it measures is kept; after 20, 200 and 400 steps it asks what that says, in memory that
  // is kept, too.
  alfi::Inferrer inferrer(machine, simulator, 400);
  alfi::Stream world(alfi::step_key(2026, alfi::Purpose::user, 0), {});
  std::vector<float> measured;
  for (int step = 1; step <= 400; ++step) {
    measured.push_back(step_of(0.8f, 0.25f, world.normal()));
    if (step != 20 && step % 200 != 0) continue;
    const alfi::Posterior& now = inferrer.infer({measured.data(), step, 1}).posterior;
    const std::vector<double> mean = now.mean(), sd = now.standard_deviation();
    std::printf("after %3d steps: drift %.2f +- %.2f m/s, diffusivity %.3f +- %.3f m2/s\n", step, mean[0], sd[0],
                mean[1], sd[1]);
  }
}
