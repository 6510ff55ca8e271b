#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/program.hpp"

/// program/small_calls/W: calls a second of W workers that do nothing but read two parameters and print one number, by
/// scanf, printf and fflush: what the protocol allows. As many calls at once as an iteration of a small training makes.
/// program/overhead_1ms/W: of calls that keep a processor busy for 1 ms each, in per cent of these: how much longer
/// than calls * 1 ms / W it takes. Meaningful where there are W processors. program/runs/W: processes a second, one a
/// call (sh -c "echo .."). The answers are checked before they are timed.

namespace {

using alfi::Index;

struct Calls {
  std::vector<double> theta, out;
  std::vector<std::uint64_t> seeds;
  std::vector<std::uint8_t> status;

  explicit Calls(Index rows) {
    for (Index i = 0; i < rows; ++i) {
      theta.push_back(1 / (static_cast<double>(i) + 3));
      theta.push_back(-static_cast<double>(i) / 7);
      seeds.push_back(0x9e3779b97f4a7c15ull * static_cast<std::uint64_t>(i + 1));
    }
    out.resize(seeds.size());
    status.resize(seeds.size());
  }
  void simulate(const alfi::ProgramSimulator& simulator) {
    const auto rows = static_cast<Index>(seeds.size());
    simulator.simulate({{theta.data(), rows, 2}, {seeds.data(), rows}, {out.data(), rows, 1}, {status.data(), rows}});
  }
  void check(const alfi::ProgramSimulator& simulator) {
    simulate(simulator);
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      if (status[i] != 0 || out[i] != theta[2 * i]) throw alfi::NumericError("bench_programs: a wrong answer");
    }
  }
};

alfi::ProgramSimulator make(std::vector<std::string> command, Index workers) {
  alfi::SimulatorInfo info;
  info.parameters = {{"a", "", "", alfi::Prior::normal(0, 1)}, {"b", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  alfi::ProgramOptions options;
  options.mode = command[0] == ALFI_BENCH_WORKER ? alfi::ProgramMode::worker : alfi::ProgramMode::run;
  options.command = std::move(command);
  options.workers = static_cast<int>(workers);
  return alfi::ProgramSimulator(info, options);
}

void time_calls(benchmark::State& state, const std::vector<std::string>& command, Index rows) {
  const alfi::ProgramSimulator simulator = make(command, state.range(0));
  Calls calls(rows);
  calls.check(simulator);
  for (auto _ : state) calls.simulate(simulator);
  state.SetItemsProcessed(state.iterations() * rows);
}

void small_calls(benchmark::State& state) { time_calls(state, {ALFI_BENCH_WORKER, "0"}, 20000); }
void runs(benchmark::State& state) { time_calls(state, {"sh", "-c", "echo {a} # {b}"}, 200); }

void overhead(benchmark::State& state) {
  constexpr Index kRows = 1000;
  const auto begin = std::chrono::steady_clock::now();
  time_calls(state, {ALFI_BENCH_WORKER, "1000"}, kRows);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double calls = static_cast<double>((state.iterations() + 1) * kRows);
  state.counters["overhead_percent"] = 100 * (seconds * static_cast<double>(state.range(0)) / (calls * 1e-3) - 1);
}

BENCHMARK(small_calls)->Name("program/small_calls")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(overhead)->Name("program/overhead_1ms")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(runs)->Name("program/runs")->Arg(2)->UseRealTime();

}  // namespace
