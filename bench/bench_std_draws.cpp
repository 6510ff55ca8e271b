#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/simulators/catalogue.hpp"

/// What the C++ standard library draws on one core, to hold ours against. std_draws/poisson/rate:R and
/// std_draws/normal: one distribution, 4096 draws a call. std_simulate/poisson and /gaussian: the work of
/// simulate/poisson and /gaussian (bench_simulators.cpp): 4000 thetas from the prior, 20 observations each. Generator:
/// std::mt19937. Checked first: the mean, to 6 standard errors (2e-9 false alarms).

namespace {

std::mt19937 generator(1);

template <class Distribution>
void draw(benchmark::State& state, Distribution distribution, double mean, double sd) {
  std::vector<float> out(4096);
  const auto run = [&] {
    for (float& x : out) x = static_cast<float>(distribution(generator));
  };
  run();
  double sum = 0;
  for (const float x : out) sum += static_cast<double>(x);
  const double n = static_cast<double>(out.size());
  if (!(std::abs(sum / n - mean) <= 6 * sd / std::sqrt(n))) {
    state.SkipWithError(("the mean is " + std::to_string(sum / n)).c_str());
    return;
  }
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

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
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

const bool registered = [] {
  for (const int rate : {1, 8, 50, 500}) {
    benchmark::RegisterBenchmark(("std_draws/poisson/rate:" + std::to_string(rate)).c_str(), [rate](auto& state) {
      draw(state, std::poisson_distribution<int>(rate), rate, std::sqrt(rate));
    });
  }
  benchmark::RegisterBenchmark("std_draws/normal",
                               [](auto& state) { draw(state, std::normal_distribution<float>(), 0, 1); });
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
