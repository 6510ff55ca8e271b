#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/kernels/stream_batch.hpp"
#include "alfi/simulators/catalogue.hpp"

/// simulate/<simulator>: samples a second on one core, theta drawn from the prior, 4000 proposals of 20 observations
/// each (one meta-step of 32 problems makes 640 of them), or of one series. The answer is checked before it is timed:
/// all numbers finite, at most one sample in a hundred failed; of jump processes any number may be too long. draws/...:
/// what is behind them, on one core: words of Philox, normals and Poisson counts of many streams at once, beside one
/// stream at a time and beside the standard library's distributions (constructed once, std::mt19937_64). Counts are
/// those of the simulator "poisson", preparing each theta included, with 20 or 500 observations a proposal.

namespace {

constexpr alfi::Index kProblems = 200, kProposals = 20;

struct Calls {
  alfi::Simulator simulator;
  std::vector<float> theta, out;
  std::vector<std::uint8_t> status;
  alfi::SimulateRequest request;

  explicit Calls(const std::string& name, alfi::Index observations = 20)
      : simulator(alfi::make_builtin_simulator(name)) {
    const alfi::Index rows = kProblems * kProposals;
    alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
    for (alfi::Index i = 0; i < rows; ++i) {
      for (const auto& parameter : simulator.info().parameters) {
        theta.push_back(static_cast<float>(parameter.prior.theta(random.normal_double())));
      }
    }
    out.resize(static_cast<std::size_t>(rows * observations * simulator.size()));
    status.resize(static_cast<std::size_t>(rows * observations));
    request.problems = kProblems, request.proposals = kProposals, request.observations = observations;
    request.theta = {theta.data(), rows, simulator.parameters()};
    request.out = {out.data(), rows * observations, simulator.size()};
    request.status = {status.data(), rows * observations};
  }

  void simulate(std::uint64_t step) {
    request.key = alfi::step_key(1, alfi::Purpose::simulated, step);
    simulator.simulate(alfi::Context(), request);
  }

  void check() {
    simulate(0);
    std::size_t failed = 0;
    for (const std::uint8_t s : status) failed += s == static_cast<std::uint8_t>(alfi::Status::failed);
    if (100 * failed > status.size()) throw alfi::NumericError("bench_simulators: more than one sample in 100 failed");
    for (const float x : out) {
      if (!std::isfinite(x)) throw alfi::NumericError("bench_simulators: a sample is not finite");
    }
  }
};

void time_calls(benchmark::State& state, Calls& calls) {
  calls.check();
  std::uint64_t step = 0;
  for (auto _ : state) {
    calls.simulate(++step);
    benchmark::DoNotOptimize(calls.out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<alfi::Index>(calls.status.size()));
}

void simulate(benchmark::State& state, const std::string& name) {
  const bool sets = alfi::make_builtin_simulator(name).info().observation.is_set;
  Calls calls(name, sets ? 20 : 1);
  time_calls(state, calls);
}

constexpr std::uint32_t kBatches = 500;
constexpr alfi::Index kBatch = alfi::StreamBatch::kSize;

/// draw(key, batch, result) for kBatches batches of kBatch streams, each of which gives `each` draws.
template <class T, class Draw>
void draw_batches(benchmark::State& state, alfi::Index each, const Draw& draw) {
  std::uint64_t step = 0;
  T result[kBatch];
  for (auto _ : state) {
    const alfi::Key key = alfi::step_key(1, alfi::Purpose::user, ++step);
    for (std::uint32_t batch = 0; batch < kBatches; ++batch) {
      draw(key, alfi::SampleName{batch, 0, 0, 0}, result);
      benchmark::DoNotOptimize(result);
    }
  }
  state.SetItemsProcessed(state.iterations() * kBatches * kBatch * each);
}

/// A block of four words of each stream.
void words_batch(benchmark::State& state) {
  draw_batches<std::uint32_t>(state, 4, [](alfi::Key key, alfi::SampleName name, std::uint32_t* w) {
    alfi::StreamBatch random(key, name, kBatch);
    for (int i = 0; i < 4; ++i) random.words(w);
  });
}
void words_stream(benchmark::State& state) {
  draw_batches<std::uint32_t>(state, 4, [](alfi::Key key, alfi::SampleName name, std::uint32_t* w) {
    for (alfi::Index i = 0; i < kBatch; ++i, ++name.observation) {
      alfi::Stream random(key, name);
      w[i] = random.word() ^ random.word() ^ random.word() ^ random.word();
    }
  });
}

/// Range: normals of each stream.
void normals_batch(benchmark::State& state) {
  const alfi::Index each = state.range(0);
  draw_batches<float>(state, each, [&](alfi::Key key, alfi::SampleName name, float* z) {
    alfi::StreamBatch random(key, name, kBatch);
    for (alfi::Index i = 0; i < each; ++i) random.normal(z);
  });
}
void normals_stream(benchmark::State& state) {
  const alfi::Index each = state.range(0);
  draw_batches<float>(state, each, [&](alfi::Key key, alfi::SampleName name, float* z) {
    for (alfi::Index m = 0; m < kBatch; ++m, ++name.observation) {
      alfi::Stream random(key, name);
      for (alfi::Index i = 0; i < each; ++i) z[m] = random.normal();
    }
  });
}

template <class Distribution>
void standard(benchmark::State& state, Distribution distribution) {
  std::mt19937_64 bits(1);
  std::vector<typename Distribution::result_type> out(kBatches * kBatch);
  for (auto _ : state) {
    for (auto& x : out) x = distribution(bits);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatches * kBatch);
}

void counts_simulator(benchmark::State& state, double rate) {
  Calls calls("poisson", state.range(0));
  for (float& theta : calls.theta) theta = static_cast<float>(std::log(rate));
  time_calls(state, calls);
}

const bool kRegistered = [] {
  for (const std::string& name : alfi::builtin_simulators()) {
    benchmark::RegisterBenchmark(("simulate/" + name).c_str(), simulate, name);
  }
  benchmark::RegisterBenchmark("draws/words/batch", words_batch);
  benchmark::RegisterBenchmark("draws/words/stream", words_stream);
  benchmark::RegisterBenchmark("draws/normal/batch", normals_batch)->Arg(1)->Arg(2);
  benchmark::RegisterBenchmark("draws/normal/stream", normals_stream)->Arg(1)->Arg(2);
  benchmark::RegisterBenchmark("draws/normal/std", standard<std::normal_distribution<float>>,
                               std::normal_distribution<float>());
  for (const double rate : {0.1, 3.0, 8.0, 12.0, 30.0, 1000.0}) {
    char number[16];
    std::snprintf(number, sizeof(number), "%g", rate);
    const std::string name = std::string("draws/poisson_") + number;
    benchmark::RegisterBenchmark((name + "/simulator").c_str(), counts_simulator, rate)->Arg(20)->Arg(500);
    benchmark::RegisterBenchmark((name + "/std").c_str(), standard<std::poisson_distribution<int>>,
                                 std::poisson_distribution<int>(rate));
  }
  return true;
}();

}  // namespace
