#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "alfi/core/parallel.hpp"
#include "support/fma_peak.hpp"

/// multiply_add/threads:N: multiply-adds in registers on N threads at once, in eight pieces as a meta-step has eight
/// shards: what a second thread is worth on this machine at best, and so the measure of what it gains a meta-step.
/// items/s are operations, two for a multiply-add. Checked first: every chain of s <- s / 2 + 1 ends at 2.

namespace {

constexpr alfi::Index kPieces = 8;
constexpr int kRounds = 10;  // of a piece: milliseconds, so that waking a thread costs nothing that shows

void multiply_add(benchmark::State& state, int threads) {
  const double sum = bench::multiply_adds();
  if (!(std::abs(sum - 20) <= 1e-4)) {  // ten chains, floats of size 2
    state.SkipWithError(("ten chains that end at 2 sum to " + std::to_string(sum)).c_str());
    return;
  }
  alfi::ThreadPool pool(threads);
  std::vector<double> sums(kPieces * 8);  // each piece its own cache line
  for (auto _ : state) {
    pool.parallel_for(kPieces, [&sums](alfi::Index piece, int) {
      for (int round = 0; round < kRounds; ++round) sums[static_cast<std::size_t>(piece * 8)] = bench::multiply_adds();
    });
    benchmark::DoNotOptimize(sums.data());
    benchmark::ClobberMemory();
  }
  const double flop = bench::multiply_adds_flop() * kRounds * static_cast<double>(kPieces);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(flop));
}

const int registered = [] {
  for (const int threads : {1, 2}) {
    const std::string name = "multiply_add/threads:" + std::to_string(threads);
    benchmark::RegisterBenchmark(name.c_str(), [threads](benchmark::State& state) { multiply_add(state, threads); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  return 0;
}();

}  // namespace
