#include <cmath>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.cuh"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/lotka_volterra.hpp"
#include "benchmark.hpp"

/// ode/lotka_volterra/rk4/float: a million trajectories of 21 years, 4200 steps of step_rk4 each, a thread for each.
/// Checked against the same steps in double on the CPU. The floor is their additions and multiplications, as
/// multiply-adds where one follows the other.
/// ode/lotka_volterra/simulate: a quarter of a million calls of the simulator at draws of its prior, adaptive steps in
/// double, noise included. Checked against the CPU's calls.

namespace bench {

using Rates = alfi::LotkaVolterraRates<float>;

struct Rk4Trajectories {
  static constexpr const char* kName = "rk4_trajectories";
  static constexpr Index kSteps = 4200;
  static constexpr float kLength = 0.005f;
  float* states;  ///< [trajectories,2]

  /// Cycles of all sizes around (33, 20); the same for the CPU in double.
  template <class Real>
  ALFI_HD static void solve(Index i, Real* y) {
    y[0] = Real(10) + static_cast<Real>(i % 1024) / 64;
    y[1] = Real(5) + static_cast<Real>(i / 1024 % 1024) / 128;
    const alfi::LotkaVolterraRates<Real> rates{Real(0.5), Real(0.025), Real(0.8), Real(0.025)};
    alfi::step_rk4<2>(rates, Real(0), static_cast<Real>(kLength), kSteps, y);
  }
  __device__ void operator()(Index i) const {
    float y[2];
    solve(i, y);
    states[2 * i] = y[0];
    states[2 * i + 1] = y[1];
  }
};

namespace {

constexpr Index kTrajectories = Index{1} << 20, kChecked = 4096;
constexpr double kMultiplyAdds = 4 * 4 + 3 * 2 + 2 * 4;  // of a step: right-hand sides, stages, their sum

Measured rk4(const Session& session) {
  alfi::Buffer<float> states(session.gpu, 2 * kTrajectories);
  const auto run = [&] {
    alfi::kernels::cuda::for_each(*session.gpu.device(), kTrajectories, Rk4Trajectories{states.data()});
  };
  run();
  std::vector<float> got(static_cast<std::size_t>(2 * kTrajectories));
  states.copy_out(got.data());
  Measured m;
  m.answer.allowed = 1e-3;  // a float's rounding in 4200 steps
  for (Index n = 0; n < kChecked; ++n) {
    const Index i = n * (kTrajectories / kChecked);
    double y[2];
    Rk4Trajectories::solve(i, y);
    for (Index c = 0; c < 2; ++c) {
      const double error = std::fabs(static_cast<double>(got[static_cast<std::size_t>(2 * i + c)]) / y[c] - 1);
      if (!(error <= m.answer.error)) m.answer.error = error;
    }
  }
  m.timing = time_on_device(session.gpu, session.seconds, run);
  m.items = static_cast<double>(kTrajectories * Rk4Trajectories::kSteps);
  m.item = "step";
  m.least.flop = 2 * kMultiplyAdds * m.items;
  m.least.rate = session.roofs.multiply_adds;
  return m;
}

struct Calls {
  Calls(const alfi::Context& context, const alfi::Simulator& simulator, Index problems)
      : theta(context, problems * kParameters), out(context, problems * kNumbers), status(context, problems) {
    alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
    std::vector<float> drawn;
    for (Index n = 0; n < problems; ++n) {
      for (std::size_t p = 0; p < kParameters; ++p) {
        drawn.push_back(static_cast<float>(simulator.info().parameters[p].prior.theta(random.normal_double())));
      }
    }
    theta.copy_in(drawn.data());
    request.problems = problems;
    request.proposals = request.observations = 1;
    request.theta = theta.matrix(problems, kParameters);
    request.out = out.matrix(problems, kNumbers);
    request.status = status.view();
    request.key = alfi::step_key(1, alfi::Purpose::user, 0);
  }
  static constexpr Index kParameters = 8, kNumbers = alfi::LotkaVolterraSimulator::kSize;
  alfi::Buffer<float> theta, out;
  alfi::Buffer<std::uint8_t> status;
  alfi::SimulateRequest request;
};

Measured simulate(const Session& session) {
  constexpr Index kCalls = Index{1} << 18;
  const alfi::Simulator simulator = alfi::make_builtin_simulator("lotka_volterra");
  const alfi::Context cpu;
  Calls there(session.gpu, simulator, kCalls), here(cpu, simulator, kChecked);
  const auto run = [&] { simulator.simulate(session.gpu, there.request); };
  run();
  simulator.simulate(cpu, here.request);
  const std::size_t checked = static_cast<std::size_t>(kChecked * Calls::kNumbers);
  std::vector<float> got(checked), wanted(checked);
  std::vector<std::uint8_t> failed(kChecked);
  there.out.copy_out(got.data(), static_cast<Index>(checked));
  here.out.copy_out(wanted.data());
  here.status.copy_out(failed.data());
  Measured m;
  m.answer.allowed = 1e-3;  // the solver's tolerance, in phase
  for (std::size_t i = 0; i < checked; ++i) {
    if (failed[i / Calls::kNumbers] != 0) continue;
    const double error = std::fabs(static_cast<double>(got[i]) / static_cast<double>(wanted[i]) - 1);
    if (!(error <= m.answer.error)) m.answer.error = error;
  }
  m.timing = time_on_device(session.gpu, session.seconds, run);
  m.items = static_cast<double>(kCalls);
  m.item = "call";
  m.least.bytes = static_cast<double>(kCalls * (Calls::kNumbers + Calls::kParameters)) * sizeof(float);
  return m;
}

}  // namespace

void add_populations(std::vector<Benchmark>& all) {
  all.push_back({"ode/lotka_volterra/rk4/float", rk4});
  all.push_back({"ode/lotka_volterra/simulate", simulate});
}

}  // namespace bench
