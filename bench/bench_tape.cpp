#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/tape.hpp"

/// tape/node: what recording and running back one node costs: a chain of 1000 additions on [1,1], of which the sum
/// itself is next to nothing. Counter us_per_node: microseconds of a node, forward, record and adjoint, with rewind.
/// Checked first: the value and gradient of x + 1000 y are 1 + 1000 y and (1, 1000).

namespace {

namespace ad = alfi::autodiff;
constexpr int kLinks = 1000;

struct Chain {
  double x = 1, y = 0.25, d_x = 0, d_y = 0;
  ad::Tape<double> tape{alfi::Context()};

  double run() {
    tape.rewind();
    d_x = d_y = 0;
    ad::Var<double> sum = tape.leaf({&x, 1, 1}, {&d_x, 1, 1});
    const ad::Var<double> term = tape.leaf({&y, 1, 1}, {&d_y, 1, 1});
    for (int i = 0; i < kLinks; ++i) sum = ad::add(tape, sum, term);
    tape.backward(sum);
    return sum.value(0, 0);
  }
};

void node(benchmark::State& state) {
  Chain chain;
  const double value = chain.run();  // sums of quarters are exact
  if (value != 1 + kLinks * chain.y || chain.d_x != 1 || chain.d_y != kLinks || chain.tape.nodes() != kLinks) {
    state.SkipWithError("the gradient of a sum is wrong");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(chain.run());
    benchmark::ClobberMemory();
  }
  state.counters["us_per_node"] =
      benchmark::Counter(kLinks * 1e-6, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK(node)->Name("tape/node")->Unit(benchmark::kMicrosecond);

}  // namespace
