#include <benchmark/benchmark.h>

#include <cmath>
#include <string>

#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "support/published.hpp"

/// scaling/<what>:<value>: a meta-step of poisson on one thread at the published sizes (support/published.hpp) but one:
/// problems (B), iterations (T), proposals (K), observations (M, of a proposal), observed (N, of a problem). Its cost
/// should be a constant and a multiple of each; scaling.sh draws it. Checked first: the loss is finite, and the
/// simulator was called B (N + T K M) times in a step.

namespace {

using alfi::Index;

struct Size {
  const char* what;
  Index published;
  void (*set)(alfi::Configuration&, Index);
};

const Size kSizes[] = {
    {"problems", 32, [](alfi::Configuration& c, Index value) { c.train.problems = value; }},
    {"iterations", 5, [](alfi::Configuration& c, Index value) { c.train.iterations = value; }},
    {"proposals", 20, [](alfi::Configuration& c, Index value) { c.train.thetas = value; }},
    {"observations", 20, [](alfi::Configuration& c, Index value) { c.train.observations = value; }},
    {"observed", 500,
     [](alfi::Configuration& c, Index value) { c.problem.observed_min = c.problem.observed_max = value; }},
};

void meta_step(benchmark::State& state, const Size& size, Index value) {
  alfi::Configuration c = bench::published("poisson", "float");
  c.train.problems = 32;
  c.train.iterations = 5;
  size.set(c, value);
  alfi::Trainer trainer(c, alfi::make_builtin_simulator("poisson"), 1);
  const Index before = trainer.simulator_calls();
  const double loss = trainer.advance().loss;
  const Index calls = trainer.simulator_calls() - before;
  const Index wanted =
      c.train.problems * (c.problem.observed_max + c.train.iterations * c.train.thetas * c.train.observations);
  if (!std::isfinite(loss) || calls != wanted) {
    state.SkipWithError(("loss " + std::to_string(loss) + ", simulator calls " + std::to_string(calls) + ", expected " +
                         std::to_string(wanted))
                            .c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(trainer.advance().loss);
  state.counters["planned_MB"] = static_cast<double>(trainer.planned_bytes()) * 1e-6;
}

const bool registered = [] {
  for (const Size& size : kSizes) {
    for (const Index quarters : {1, 2, 4, 8, 16}) {
      const Index value = size.published * quarters / 4;
      const std::string name = std::string("scaling/") + size.what + ":" + std::to_string(value);
      benchmark::RegisterBenchmark(name.c_str(),
                                   [&size, value](benchmark::State& state) { meta_step(state, size, value); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  return true;
}();

}  // namespace
