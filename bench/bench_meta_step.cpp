#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>

#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "support/published.hpp"

/// meta_step/<simulator>/threads:N: one whole meta-step (priors, simulations, encoders, cell, loss, adjoint, Adam) at
/// the published sizes (support/published.hpp). Checked first: the float step's loss against the same step in double.

namespace {

void meta_step(benchmark::State& state, const std::string& name, int threads) {
  const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
  alfi::Trainer trainer(bench::published(name, "float"), simulator, threads);
  alfi::Trainer check(bench::published(name, "double"), simulator, 1);
  const double loss = trainer.advance().loss, wanted = check.advance().loss;
  // 1e5 rounded additions behind the loss, errors of both signs: far below 1e-3 of its size.
  if (!(std::abs(loss - wanted) <= 1e-3 * (1 + std::abs(wanted)))) {
    state.SkipWithError(
        ("loss " + std::to_string(loss) + " in float, " + std::to_string(wanted) + " in double").c_str());
    return;
  }
  double calls = 0;
  for (auto _ : state) {
    const alfi::StepReport report = trainer.advance();
    benchmark::DoNotOptimize(report.loss);
    calls = static_cast<double>(report.simulator_calls);
  }
  state.counters["simulator_calls/s"] =
      benchmark::Counter(32 * (500 + 5 * 400), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["calls_in_all"] = calls;
}

const int registered = [] {
  for (const char* simulator : {"poisson", "gaussian", "weinberg", "linear_regression"}) {
    for (const int threads : {1, 2}) {
      const std::string name = std::string("meta_step/") + simulator + "/threads:" + std::to_string(threads);
      benchmark::RegisterBenchmark(
          name.c_str(), [simulator, threads](benchmark::State& state) { meta_step(state, simulator, threads); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  return 0;
}();

}  // namespace
