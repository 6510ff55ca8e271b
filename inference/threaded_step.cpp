#include <algorithm>
#include <cmath>
#include <functional>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/meta_step.hpp"
#include "alfi/inference/shard_gradients.hpp"
#include "alfi/inference/training_weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// Shards over ranks: a rank carries its block of them, on its threads, or one after the other on its GPU.
template <class Real>
class ThreadedStepper : public MetaStepper {
 public:
  ThreadedStepper(const Machine::State& model, int threads, const Context& context, Ranks& ranks)
      : model_(model),
        t_(model.configuration.train),
        context_(model.with_products(context)),
        on_gpu_(context.backend() != Backend::cpu),
        together_(!on_gpu_ && model.simulator.answers_rows() && !model.bank),
        ranks_(ranks),
        weights_(model, context_),
        pool_(threads),
        gradients_(context_, weights_.count(), shards_of(t_.problems), ranks) {
    ShardSetting setting = model_.setting(t_.shard, model.configuration.problem.observed_max, model_.training_plan());
    setting.context = context_;
    if (on_gpu_) setting.pool = &pool_;
    const Index count = on_gpu_ ? 1 : together_ ? most_of(shards_of(t_.problems)) : pool_.size();
    for (Index i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard<Real>>(setting));
  }

  MetaStepResult advance(Index step) override {
    losses_.resize(static_cast<std::size_t>(block(t_.problems).count));
    Round round;
    round.draws.seed = t_.seed;
    round.draws.step = static_cast<std::uint64_t>(step);
    round.draws.training = true;
    round.problems = t_.problems;
    round.start = [this](Index i, Shard<Real>& shard) {
      Buffer<Real>& gradient = gradients_.of_shard(i);
      gradient.fill_zero();
      shard.start(weights_.weights(), gradient.data());
    };
    round.finish = [this](Index i, Shard<Real>& shard) {
      shard.backward();
      losses_[static_cast<std::size_t>(i - block(t_.problems).first)] = shard.loss();
    };
    Calls calls;
    MetaStepResult result = summed(run(round, losses_, calls));
    result.calls = calls.made;
    result.failed = calls.failed;
    if (!model_.bank) model_.require_few_failed(result.failed, result.calls);
    weights_.update(gradients_.sum());
    kernels::StepState state = weights_.read_state();
    result.gradient_norm = state.gradient_norm;
    if (state.first_bad_step < 0) return result;
    state.first_bad_step = -1;
    weights_.write_state(state);
    throw model_.gradient_error();
  }

  double validation_loss(Index* made) override {
    const Index problems = t_.validation_problems;
    std::vector<double> losses(static_cast<std::size_t>(block(problems).count));
    Round round;
    round.draws.seed = derived_seed(t_.seed, Purpose::validation);
    round.problems = problems;
    round.start = [&](Index, Shard<Real>& shard) { shard.start(weights_.judged().data(), nullptr); };
    const Index first = block(problems).first;
    round.finish = [&](Index i, Shard<Real>& shard) {
      losses[static_cast<std::size_t>(i - first)] = shard.last_loss();
    };
    Calls calls;
    double sum = 0;
    for (const double loss : run(round, losses, calls)) sum += loss;
    *made = calls.made;
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
    return static_cast<Index>(shards_.size()) * shard + (5 + gradients_.held()) * weights_.count() * real;
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
  /// This rank's shards, and the most that a rank has.
  Block block(Index problems) const { return block_of(shards_of(problems), ranks_.rank(), ranks_.size()); }
  Index most_of(Index shards) const { return (shards + ranks_.size() - 1) / ranks_.size(); }

  /// Of this rank, since the start.
  Calls calls() const {
    Calls sum;
    for (const auto& shard : shards_) {
      sum.made += shard->simulator_calls();
      sum.failed += shard->failed_calls();
    }
    return sum;
  }

  /// Carries this rank's shards, which leave a result each in `own`; answers those of all ranks' shards, in their
  /// order, and how many calls all made. One rank allocates nothing.
  template <class T>
  const std::vector<T>& run(const Round& round, std::vector<T>& own, Calls& made) {
    const Calls before = calls();
    const auto carried = [&] {
      carry_block(round);
      const Calls now = calls();
      made = {now.made - before.made, now.failed - before.failed};
    };
    if (ranks_.size() == 1) {
      carried();
      return own;
    }
    own = gather_values<T>(ranks_, [&] {
      carried();
      return own;
    });
    Calls all;
    for (const Calls& there : gather_values<Calls>(ranks_, [&] { return std::vector<Calls>{made}; })) {
      all.made += there.made;
      all.failed += there.failed;
    }
    made = all;
    return own;
  }

  /// Shards one by one on each thread, or, where the simulator answers rows, as many as there are side by side. The
  /// same bits either way.
  void carry_block(const Round& round) {
    const Block own = block(round.problems);
    if (on_gpu_) {
      for (Index i = 0; i < own.count; ++i) carry(round, own.first + i, *shards_[0]);
      return;
    }
    if (!together_) {
      pool_.parallel_for(own.count, [&](Index i, int worker) {
        carry(round, block(round.problems).first + i, *shards_[static_cast<std::size_t>(worker)]);
      });
      return;
    }
    const Index side_by_side = static_cast<Index>(shards_.size()), most = most_of(shards_of(round.problems));
    for (Index done = 0; done < most; done += side_by_side) {  // as often on every rank: they simulate together
      carry_together(round, own.first + done, std::clamp<Index>(own.count - done, 0, side_by_side));
    }
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
      agree(ranks_, [&] {
        pool_.parallel_for(count, [&](Index j, int) { work(first + j, *shards_[static_cast<std::size_t>(j)]); });
      });
    };
    const auto simulate = [&](const std::function<SimulateRequest(Shard<Real>&)>& request) {
      std::vector<SimulateRequest> requests;
      for (Index j = 0; j < count; ++j) requests.push_back(request(*shards_[static_cast<std::size_t>(j)]));
      model_.simulator.simulate_together(requests, &pool_, ranks_.exchange());
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

  MetaStepResult summed(const std::vector<ShardLoss>& losses) const {
    MetaStepResult result;
    double squares = 0;
    for (const ShardLoss& shard : losses) {
      result.loss += shard.loss;
      squares += shard.square_error;
    }
    result.rmse = std::sqrt(squares / static_cast<double>(t_.problems * model_.architecture.parameters));
    model_.require_finite_loss(result.loss);
    return result;
  }

  const Machine::State& model_;
  const TrainConfiguration& t_;
  Context context_;
  const bool on_gpu_, together_;
  Ranks& ranks_;
  TrainingWeights<Real> weights_;
  ThreadPool pool_;
  ShardGradients<Real> gradients_;
  std::vector<ShardLoss> losses_;                     ///< of this rank's shards, then of all
  std::vector<std::unique_ptr<Shard<Real>>> shards_;  ///< one for each worker, or all that this rank has in a step
};

}  // namespace

template <class Real>
std::unique_ptr<MetaStepper> make_threaded_stepper(const Machine::State& model, int threads, const Context& context,
                                                   Ranks& ranks) {
  return std::make_unique<ThreadedStepper<Real>>(model, threads, context, ranks);
}
template std::unique_ptr<MetaStepper> make_threaded_stepper<float>(const Machine::State&, int, const Context&, Ranks&);
template std::unique_ptr<MetaStepper> make_threaded_stepper<double>(const Machine::State&, int, const Context&, Ranks&);

}  // namespace v0
}  // namespace alfi
