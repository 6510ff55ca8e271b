#include <algorithm>
#include <cmath>
#include <functional>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/meta_step.hpp"
#include "alfi/inference/training_weights.hpp"
#include "alfi/kernels/elementwise.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// Shards over the threads of a CPU.
template <class Real>
class ThreadedStepper : public MetaStepper {
 public:
  ThreadedStepper(const Machine::State& model, int threads)
      : model_(model),
        t_(model.configuration.train),
        together_(model.simulator.answers_rows() && !model.bank),
        weights_(model, context_),
        pool_(threads) {
    const Index count = shards_of(t_.problems);
    for (Index i = 0; i < count; ++i) gradients_.emplace_back(context_, weights_.count());
    losses_.resize(static_cast<std::size_t>(count));
    for (Index i = 0; i < (together_ ? count : pool_.size()); ++i) {
      shards_.push_back(std::make_unique<Shard<Real>>(
          model_.setting(t_.shard, model.configuration.problem.observed_max, model_.training_plan())));
    }
  }

  MetaStepResult advance(Index step) override {
    const Index shards = static_cast<Index>(gradients_.size());
    const Calls before = calls();
    Round round;
    round.draws.seed = t_.seed;
    round.draws.step = static_cast<std::uint64_t>(step);
    round.draws.training = true;
    round.problems = t_.problems;
    round.start = [&](Index i, Shard<Real>& shard) {
      Buffer<Real>& gradient = gradients_[static_cast<std::size_t>(i)];
      gradient.fill_zero();
      shard.start(weights_.weights(), gradient.data());
    };
    round.finish = [&](Index i, Shard<Real>& shard) {
      shard.backward();
      losses_[static_cast<std::size_t>(i)] = shard.loss();
    };
    run(round);
    for (Index stride = 1; stride < shards; stride *= 2) {  // pairwise by index: the same sum on any threads
      for (Index i = 0; i + stride < shards; i += 2 * stride) {
        kernels::add_scaled<Real>(context_, Real(1), gradients_[static_cast<std::size_t>(i + stride)].view(),
                                  gradients_[static_cast<std::size_t>(i)].view());
      }
    }
    MetaStepResult result = summed();
    result.calls = calls().made - before.made;
    result.failed = calls().failed - before.failed;
    if (!model_.bank) model_.require_few_failed(result.failed, result.calls);
    weights_.update(gradients_[0].view());
    kernels::StepState state = weights_.read_state();
    result.gradient_norm = state.gradient_norm;
    if (state.first_bad_step < 0) return result;
    state.first_bad_step = -1;
    weights_.write_state(state);
    throw model_.gradient_error();
  }

  double validation_loss(Index* made) override {
    const Index problems = t_.validation_problems;
    const Calls before = calls();
    std::vector<double> losses(static_cast<std::size_t>(shards_of(problems)));
    Round round;
    round.draws.seed = derived_seed(t_.seed, Purpose::validation);
    round.problems = problems;
    round.start = [&](Index, Shard<Real>& shard) { shard.start(weights_.judged().data(), nullptr); };
    round.finish = [&](Index i, Shard<Real>& shard) { losses[static_cast<std::size_t>(i)] = shard.last_loss(); };
    run(round);
    *made = calls().made - before.made;
    double sum = 0;
    for (const double loss : losses) sum += loss;
    return sum / static_cast<double>(problems);
  }

  void keep_best() override { weights_.keep_best(); }
  void best_weights(Weights& weights, bool validated) const override { weights_.best(weights, validated); }
  void save(TensorFile& file) const override { weights_.save(file); }
  void load(const TensorFile& file, const std::string& path, Index step) override { weights_.load(file, path, step); }

  void load_normalization() override {
    for (const auto& shard : shards_) shard->load_normalization();
  }

  Index planned_bytes() const override {
    const Index real = static_cast<Index>(sizeof(Real)), rows = 256;
    // A tape's pieces leave the ends of chunks unused: up to half of what is large, most of a chunk in each of its
    // three arenas. A thread's kernels work on tiles of some hundred rows.
    const Index chunks = 3 * static_cast<Index>(Arena::default_chunk(Context())), tiles = 8 * rows * widest() * real;
    const Index tape = shards_[0]->planned_tape_bytes() * 2 + chunks;
    const Index shard = static_cast<Index>(shards_[0]->bytes()) + tape + tiles;
    return static_cast<Index>(shards_.size()) * shard +
           (5 + static_cast<Index>(gradients_.size())) * weights_.count() * real;
  }

 private:
  /// Of an encoder's layers.
  Index widest() const {
    const NetworkConfiguration& n = model_.configuration.network;
    return std::max(*std::max_element(n.encoder.begin(), n.encoder.end()),
                    *std::max_element(n.aggregator.begin(), n.aggregator.end()));
  }

  /// Problems that go through the machine, in shards.
  struct Round {
    ShardDraws draws;
    Index problems = 0;
    std::function<void(Index i, Shard<Real>&shard)> start, finish;  ///< of shard i
  };
  struct Calls {
    Index made = 0, failed = 0;
  };

  Index shards_of(Index problems) const { return (problems + t_.shard - 1) / t_.shard; }

  Calls calls() const {
    Calls sum;
    for (const auto& shard : shards_) {
      sum.made += shard->simulator_calls();
      sum.failed += shard->failed_calls();
    }
    return sum;
  }

  /// Shards one by one on each thread, or, where the simulator answers rows, as many as there are side by side. The
  /// same bits either way.
  void run(const Round& round) {
    const Index shards = shards_of(round.problems);
    if (!together_) {
      pool_.parallel_for(shards,
                         [&](Index i, int worker) { carry(round, i, *shards_[static_cast<std::size_t>(worker)]); });
      return;
    }
    const Index most = static_cast<Index>(shards_.size());
    for (Index first = 0; first < shards; first += most) carry_together(round, first, std::min(most, shards - first));
  }

  void draw_truth(const Round& round, Index i, Shard<Real>& shard) const {
    ShardDraws draws = round.draws;
    draws.first_problem = i * t_.shard;
    shard.draw_truth(draws, std::min(t_.shard, round.problems - draws.first_problem), 0);
  }

  void carry(const Round& round, Index i, Shard<Real>& shard) const {
    draw_truth(round, i, shard);
    shard.observe();
    shard.load_observed();
    round.start(i, shard);
    for (Index t = 0; t < t_.iterations; ++t) {
      shard.propose(t);
      shard.simulate(t);
      shard.update(t);
    }
    round.finish(i, shard);
  }

  /// Shards first to first + count - 1: what they simulate in an iteration is one call.
  void carry_together(const Round& round, Index first, Index count) {
    const auto each = [&](const std::function<void(Index, Shard<Real>&)>& work) {
      pool_.parallel_for(count, [&](Index j, int) { work(first + j, *shards_[static_cast<std::size_t>(j)]); });
    };
    const auto simulate = [&](const std::function<SimulateRequest(Shard<Real>&)>& request) {
      std::vector<SimulateRequest> requests;
      for (Index j = 0; j < count; ++j) requests.push_back(request(*shards_[static_cast<std::size_t>(j)]));
      model_.simulator.simulate_together(requests, &pool_);
    };
    each([&](Index i, Shard<Real>& shard) { draw_truth(round, i, shard); });
    simulate([](Shard<Real>& shard) { return shard.observation_request(); });
    each([&](Index i, Shard<Real>& shard) {
      shard.load_observed();
      round.start(i, shard);
    });
    for (Index t = 0; t < t_.iterations; ++t) {
      each([&](Index, Shard<Real>& shard) { shard.propose(t); });
      simulate([&](Shard<Real>& shard) { return shard.simulation_request(t); });
      each([&](Index, Shard<Real>& shard) { shard.update(t); });
    }
    each(round.finish);
  }

  MetaStepResult summed() const {
    MetaStepResult result;
    double squares = 0;
    for (const ShardLoss& shard : losses_) {
      result.loss += shard.loss;
      squares += shard.square_error;
    }
    result.rmse = std::sqrt(squares / static_cast<double>(t_.problems * model_.architecture.parameters));
    model_.require_finite_loss(result.loss);
    return result;
  }

  const Machine::State& model_;
  const TrainConfiguration& t_;
  const bool together_;
  Context context_;
  TrainingWeights<Real> weights_;
  ThreadPool pool_;
  std::vector<Buffer<Real>> gradients_;  ///< of each shard
  std::vector<ShardLoss> losses_;
  std::vector<std::unique_ptr<Shard<Real>>> shards_;  ///< one for each worker, or of a whole step
};

}  // namespace

template <class Real>
std::unique_ptr<MetaStepper> make_threaded_stepper(const Machine::State& model, int threads) {
  return std::make_unique<ThreadedStepper<Real>>(model, threads);
}
template std::unique_ptr<MetaStepper> make_threaded_stepper<float>(const Machine::State&, int);
template std::unique_ptr<MetaStepper> make_threaded_stepper<double>(const Machine::State&, int);

}  // namespace v0
}  // namespace alfi
