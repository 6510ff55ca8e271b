#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"

/// simulate/<simulator>: observations a second on one core, theta drawn from the prior, 4000 proposals of 20
/// observations each (one meta-step of 32 problems makes 640 of them). The answer is checked before it is timed: all
/// samples valid, all numbers finite.

namespace {

constexpr alfi::Index kProblems = 200, kProposals = 20, kObservations = 20;

struct Calls {
  alfi::Simulator simulator;
  std::vector<float> theta, out;
  std::vector<std::uint8_t> status;
  alfi::SimulateRequest request;

  explicit Calls(const std::string& name) : simulator(alfi::make_builtin_simulator(name)) {
    const alfi::Index rows = kProblems * kProposals;
    alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
    for (alfi::Index i = 0; i < rows; ++i) {
      for (const auto& parameter : simulator.info().parameters) {
        theta.push_back(static_cast<float>(parameter.prior.theta(random.normal_double())));
      }
    }
    out.resize(static_cast<std::size_t>(rows * kObservations * simulator.size()));
    status.resize(static_cast<std::size_t>(rows * kObservations));
    request.problems = kProblems, request.proposals = kProposals, request.observations = kObservations;
    request.theta = {theta.data(), rows, simulator.parameters()};
    request.out = {out.data(), rows * kObservations, simulator.size()};
    request.status = {status.data(), rows * kObservations};
  }

  void simulate(std::uint64_t step) {
    request.key = alfi::step_key(1, alfi::Purpose::simulated, step);
    simulator.simulate(alfi::Context(), request);
  }

  void check() {
    simulate(0);
    for (const std::uint8_t s : status) {
      if (s != 0) throw alfi::NumericError("bench_simulators: a sample failed");
    }
    for (const float x : out) {
      if (!std::isfinite(x)) throw alfi::NumericError("bench_simulators: a sample is not finite");
    }
  }
};

void simulate(benchmark::State& state, const std::string& name) {
  Calls calls(name);
  calls.check();
  std::uint64_t step = 0;
  for (auto _ : state) {
    calls.simulate(++step);
    benchmark::DoNotOptimize(calls.out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kProblems * kProposals * kObservations);
}

const bool kRegistered = [] {
  for (const std::string& name : alfi::builtin_simulators()) {
    benchmark::RegisterBenchmark(("simulate/" + name).c_str(), simulate, name);
  }
  return true;
}();

}  // namespace
