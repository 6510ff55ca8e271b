#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "alfi/kernels/adam.hpp"
#include "alfi/kernels/elementwise.hpp"
#include "support/copy_peak.hpp"

/// Work that moves more than it computes, one core, beside its roof: a plain copy of as many bytes, measured in the
/// same run. copy/bytes:N: that roof itself, where N bytes fit the first and second cache, and memory. adam/count:N:
/// one update of N weights. relu/count:N: the forward map. Counters: GB/s of what must be read and written once, and
/// its share of the roof. Each answer is checked first.

namespace {

using alfi::Index;

void report(benchmark::State& state, double bytes) {
  const double peak = bench::copy_peak(static_cast<std::size_t>(bytes));
  const double done = static_cast<double>(state.iterations()) * bytes * 1e-9;
  state.counters["GB/s"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
  state.counters["peak_GB/s"] = peak;
  state.counters["share"] = benchmark::Counter(done / peak, benchmark::Counter::kIsRate);
}

void copy(benchmark::State& state, std::size_t bytes) {
  bench::Copy copy(bytes);
  for (auto _ : state) copy.run();
  if (!copy.right()) state.SkipWithError("the copy is wrong");
  report(state, static_cast<double>(bytes));
}

struct Weights {
  explicit Weights(std::size_t n) : gradient(n, 0.5f), weights(n, 1.0f), first(n), second(n) {
    scratch.resize(static_cast<std::size_t>(alfi::kernels::adam_scratch_size(context)));
    options.learning_rate = alfi::kernels::LearningRate::constant(0.125);
  }
  void step() {
    const Index n = static_cast<Index>(weights.size());
    alfi::kernels::adam<float>(context, {gradient.data(), n}, {weights.data(), n}, {first.data(), n},
                               {second.data(), n}, &at, options, {scratch.data(), static_cast<Index>(scratch.size())});
  }

  alfi::Context context;
  std::vector<float> gradient, weights, first, second;
  std::vector<double> scratch;
  alfi::kernels::StepState at;
  alfi::kernels::AdamOptions options;
};

void adam(benchmark::State& state, std::size_t count) {
  Weights w(count);
  w.step();
  if (!(std::abs(w.weights.back() - 0.875f) <= 1e-6f)) {  // the first step is the rate, whatever the gradient's size
    state.SkipWithError("the first step of Adam is wrong");
    return;
  }
  for (auto _ : state) {
    w.step();
    benchmark::ClobberMemory();
  }
  report(state, 28.0 * static_cast<double>(count));  // the gradient read; weights and two moments read and written
}

void relu(benchmark::State& state, std::size_t count) {
  std::vector<float> x(count, -1.0f), y(count);
  x.back() = 2.0f;
  const alfi::Context context;
  const Index n = static_cast<Index>(count);
  const auto run = [&] {
    alfi::kernels::map(context, alfi::kernels::Relu<float>{}, alfi::VecView<const float>{x.data(), n},
                       alfi::VecView<float>{y.data(), n});
  };
  run();
  if (y.front() != 0.0f || y.back() != 2.0f) {
    state.SkipWithError("relu is wrong");
    return;
  }
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  report(state, 8.0 * static_cast<double>(count));
}

const bool registered = [] {
  for (const std::size_t bytes : {std::size_t{1} << 14, std::size_t{1} << 18, std::size_t{1} << 28}) {
    benchmark::RegisterBenchmark(("copy/bytes:" + std::to_string(bytes)).c_str(), copy, bytes);
  }
  benchmark::RegisterBenchmark("adam/count:20000", adam, std::size_t{20000});
  benchmark::RegisterBenchmark("relu/count:30000", relu, std::size_t{30000});
  return true;
}();

}  // namespace
