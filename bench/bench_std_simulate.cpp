#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/simulators/catalogue.hpp"

/// std_simulate/poisson and /gaussian: the work of simulate/poisson and /gaussian (bench_simulators.cpp), 4000 thetas
/// from the prior and 20 observations of each, as the C++ standard library's distributions do it, one core,
/// std::mt19937.

namespace {

std::mt19937 generator(1);

constexpr std::size_t kRows = 4000, kObservations = 20;

/// Thetas as bench_simulators.cpp draws them.
std::vector<double> thetas(const alfi::Simulator& simulator) {
  std::vector<double> result;
  alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
  for (std::size_t i = 0; i < kRows; ++i) {
    for (const auto& parameter : simulator.info().parameters) {
      result.push_back(parameter.prior.theta(random.normal_double()));
    }
  }
  return result;
}

/// make(theta of one row): its distribution.
template <class Make>
void simulate(benchmark::State& state, const char* name, const Make& make) {
  const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
  const std::vector<double> theta = thetas(simulator);
  const std::size_t parameters = theta.size() / kRows;
  std::vector<float> out(kRows * kObservations);
  for (auto _ : state) {
    float* x = out.data();
    for (std::size_t row = 0; row < kRows; ++row) {
      auto distribution = make(&theta[row * parameters]);
      for (std::size_t i = 0; i < kObservations; ++i) *x++ = static_cast<float>(distribution(generator));
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  for (const float x : out) {
    if (!std::isfinite(x)) return state.SkipWithError("a draw is not finite");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

const bool registered = [] {
  benchmark::RegisterBenchmark("std_simulate/poisson", [](auto& state) {
    simulate(state, "poisson", [](const double* theta) { return std::poisson_distribution<int>(std::exp(theta[0])); });
  });
  benchmark::RegisterBenchmark("std_simulate/gaussian", [](auto& state) {
    simulate(state, "gaussian",
             [](const double* theta) { return std::normal_distribution<double>(theta[0], std::exp(theta[1])); });
  });
  return true;
}();

}  // namespace
