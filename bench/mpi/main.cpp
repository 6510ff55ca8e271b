#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>
#include <thread>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/shard_gradients.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/mpi/communicator.hpp"

/// mpirun -n RANKS alfi_bench_mpi [rows]: what many ranks cost, one line each; rows alone with the word, the rest
/// without. docs/scaling.md says what follows from it.
///   rows      batches of 2048 calls of a simulator that sleeps, 10 ms on average, lognormal with spread 1; then with
///   one
///             call in a hundred of 1 s; then with one in a hundred a hundred times longer than drawn. The
///             ideal time is the sum of all sleeps over the ranks; greedy is what taking the calls in their order would
///             need if nothing but them took time: no order is better where nobody knows their lengths before
///   step      meta-steps of a training with the first of these simulators: seconds a step beside those of the sleeps
///   over
///             the ranks, and the share of its time that a rank is in the simulator, least and most
///   claim     calls that keep a processor busy for 0.3 ms, taken one by one: what a call costs beside that, where
///   every
///             rank has a processor
///   gradient  8 gradients of 50 000 numbers summed to one on every rank; gather: 64 bytes from each rank to each

namespace {

using namespace alfi;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Of one call in a hundred.
enum class Sleeps { lognormal, some_100_means, some_100_times };

/// Seconds of a call, by its seed.
double sleep_of(std::uint64_t seed, Sleeps kind) {
  Stream random(step_key(seed, Purpose::user, 0), SampleName{});
  const double mean = 0.01, spread = 1;
  const double x = mean * std::exp(spread * random.normal() - 0.5 * spread * spread);
  if (kind == Sleeps::lognormal || random.uniform() >= 0.01f) return x;
  return kind == Sleeps::some_100_means ? 100 * mean : 100 * x;
}

class Sleeper : public RowSimulator {
 public:
  explicit Sleeper(Sleeps kind) : kind_(kind) {}
  void simulate(const RowsRequest& r) const override {
    for (Index i = 0; i < r.theta.rows; ++i) {
      const double seconds = sleep_of(r.seeds[i], kind_);
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      r.out(i, 0) = r.theta(i, 0) + seconds;
    }
  }

 private:
  Sleeps kind_;
};

class Busy : public RowSimulator {
 public:
  void simulate(const RowsRequest& r) const override {
    for (Index i = 0; i < r.theta.rows; ++i) {
      const Clock::time_point start = Clock::now();
      while (seconds_since(start) < 3e-4) {
      }
      r.out(i, 0) = r.theta(i, 0);
    }
  }
};

/// A rank's rows of a batch.
struct Rows {
  Rows(Index calls, const Ranks& ranks, std::uint64_t first_seed) {
    const Block own = block_of(calls, ranks.rank(), ranks.size());
    for (Index i = 0; i < own.count; ++i) {
      theta.push_back(static_cast<double>(own.first + i));
      seeds.push_back(first_seed + static_cast<std::uint64_t>(own.first + i));
    }
    out.resize(theta.size());
    status.resize(theta.size());
  }
  RowsRequest request() {
    const auto count = static_cast<Index>(theta.size());
    return {{theta.data(), count, 1}, {seeds.data(), count}, {out.data(), count, 1}, {status.data(), count}};
  }
  std::vector<double> theta, out;
  std::vector<std::uint64_t> seeds;
  std::vector<std::uint8_t> status;
};

/// Makes a batch, alone or with others; seconds.
double make(const RowSimulator& simulator, Rows& rows, Ranks& ranks) {
  ranks.gather("all are here");
  const Clock::time_point start = Clock::now();
  if (ranks.exchange() == nullptr) {
    simulator.simulate(rows.request());
  } else {
    ranks.exchange()->simulate(simulator, rows.request(), nullptr);
  }
  return seconds_since(start);
}

/// Until all calls are made by so many ranks, each of which takes the next when it is free.
double greedy_seconds(const std::vector<double>& sleeps, int ranks) {
  std::vector<double> free_at(static_cast<std::size_t>(ranks), 0.0);
  for (const double sleep : sleeps) *std::min_element(free_at.begin(), free_at.end()) += sleep;
  return *std::max_element(free_at.begin(), free_at.end());
}

void measure_rows(Ranks& ranks, Sleeps kind, std::uint64_t batches) {
  constexpr Index kCalls = 2048;
  const char* name = kind == Sleeps::lognormal        ? "lognormal"
                     : kind == Sleeps::some_100_means ? "1 in 100 sleeps 1 s"
                                                      : "1 in 100 a hundred times longer";
  double sum = 0, ideal_sum = 0, greedy_sum = 0, least = 1;
  for (std::uint64_t batch = 1; batch <= batches; ++batch) {
    const std::uint64_t first = batch * 100000;
    Rows rows(kCalls, ranks, first);
    const double seconds = make(Sleeper(kind), rows, ranks);
    std::vector<double> sleeps;
    for (std::uint64_t i = 0; i < kCalls; ++i) sleeps.push_back(sleep_of(first + i, kind));
    const double ideal = std::accumulate(sleeps.begin(), sleeps.end(), 0.0) / ranks.size();
    sum += seconds;
    ideal_sum += ideal;
    greedy_sum += greedy_seconds(sleeps, ranks.size());
    least = std::min(least, ideal / seconds);
  }
  if (ranks.rank() > 0) return;
  std::printf("rows, %s, %d batches: %.3f s each, ideal %.3f s: %.1f %% (least %.1f %%); greedy: %.1f %%\n", name,
              static_cast<int>(batches), sum / static_cast<double>(batches), ideal_sum / static_cast<double>(batches),
              100 * ideal_sum / sum, 100 * least, 100 * ideal_sum / greedy_sum);
}

void measure_steps(mpi::Communicator& ranks) {
  constexpr Index kSteps = 3;
  SimulatorInfo info;
  info.name = "sleeper";
  info.parameters = {{"mean", "", "", Prior::normal(0, 3)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  Configuration c;
  c.simulator.name = info.name;
  c.problem.observed_min = c.problem.observed_max = 16;
  c.train.problems = 8;
  c.train.shard = 1;
  c.train.thetas = 8;
  c.train.observations = 4;
  c.train.iterations = 2;
  c.train.standardize = 20;
  Trainer trainer(c, make_row_simulator(info, std::make_shared<const Sleeper>(Sleeps::lognormal)), 1, Context(),
                  &ranks);
  const Index before = trainer.simulator_calls();
  const Clock::time_point start = Clock::now();
  for (Index i = 0; i < kSteps; ++i) trainer.advance();
  const double seconds = seconds_since(start) / kSteps;
  const std::vector<mpi::RankWork> work = ranks.work();
  if (ranks.rank() > 0) return;
  const auto calls = static_cast<int>((trainer.simulator_calls() - before) / kSteps);
  std::printf("step: %.3f s, %d calls of 10 ms over the ranks %.3f s", seconds, calls, 0.01 * calls / ranks.size());
  const auto less = [](const mpi::RankWork& a, const mpi::RankWork& b) { return a.share() < b.share(); };
  if (!work.empty()) {
    const auto ends = std::minmax_element(work.begin(), work.end(), less);
    std::printf("; busy %.1f to %.1f %%", 100 * ends.first->share(), 100 * ends.second->share());
  }
  std::printf("\n");
}

void measure_claims(mpi::Communicator& ranks) {
  constexpr Index kCalls = 8000;
  Rows rows(kCalls, ranks, 0);
  const double seconds = make(Busy(), rows, ranks);
  double busy = 0;
  for (const mpi::RankWork& work : ranks.work()) busy += work.busy;
  if (ranks.rank() == 0) std::printf("claim: %.2f us a call\n", 1e6 * (seconds * ranks.size() - busy) / kCalls);
}

double median_seconds(Ranks& ranks, const std::function<void()>& work) {
  std::vector<double> times;
  for (int i = 0; i < 201; ++i) {
    ranks.gather("all are here");
    const Clock::time_point start = Clock::now();
    work();
    times.push_back(seconds_since(start));
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  return times[100];
}

void measure_gradient(Ranks& ranks) {
  constexpr Index kShards = 8, kWeights = 50000;
  ShardGradients<float> gradients(Context(), kWeights, kShards, ranks);
  const Block own = block_of(kShards, ranks.rank(), ranks.size());
  for (Index i = own.first; i < own.first + own.count; ++i) {
    std::fill_n(gradients.of_shard(i).data(), kWeights, 0.0f);  // summed again and again
  }
  const double sum = median_seconds(ranks, [&] { gradients.sum(); });
  const double gather = median_seconds(ranks, [&] { ranks.gather(std::string(64, 'x')); });
  if (ranks.rank() > 0) return;
  std::printf("gradient: %.1f us for %d shards of %d weights\n", 1e6 * sum, static_cast<int>(kShards),
              static_cast<int>(kWeights));
  std::printf("gather: %.1f us\n", 1e6 * gather);
}

}  // namespace

int main(int argc, char** argv) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &level);
  {
    mpi::Communicator ranks(MPI_COMM_WORLD);
    if (ranks.rank() == 0) std::printf("%d ranks\n", ranks.size());
    if (argc > 1) {
      measure_rows(ranks, Sleeps::lognormal, 6);
      measure_rows(ranks, Sleeps::some_100_means, 6);
      measure_rows(ranks, Sleeps::some_100_times, 6);
    } else {
      measure_gradient(ranks);
      if (ranks.size() > 1) measure_claims(ranks);
      measure_steps(ranks);
    }
  }
  MPI_Finalize();
}
