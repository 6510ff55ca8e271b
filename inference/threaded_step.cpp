#include <algorithm>
#include <cmath>

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
      : model_(model), t_(model.configuration.train), weights_(model, context_), pool_(threads) {
    const Index shards = (t_.problems + t_.shard - 1) / t_.shard;
    for (Index i = 0; i < shards; ++i) gradients_.emplace_back(context_, weights_.count());
    losses_.resize(static_cast<std::size_t>(shards));
    for (int worker = 0; worker < pool_.size(); ++worker) {
      shards_.push_back(std::make_unique<Shard<Real>>(
          model_.setting(t_.shard, model.configuration.problem.observed_max, model.training_plan())));
    }
  }

  MetaStepResult advance(Index step) override {
    const Index shards = static_cast<Index>(gradients_.size());
    const Tally before = tally();
    pool_.parallel_for(shards,
                       [&](Index i, int worker) { run_shard(step, i, *shards_[static_cast<std::size_t>(worker)]); });
    for (Index stride = 1; stride < shards; stride *= 2) {  // pairwise by index: the same sum on any threads
      for (Index i = 0; i + stride < shards; i += 2 * stride) {
        kernels::add_scaled<Real>(context_, Real(1), gradients_[static_cast<std::size_t>(i + stride)].view(),
                                  gradients_[static_cast<std::size_t>(i)].view());
      }
    }
    MetaStepResult result = summed();
    result.calls = tally().calls - before.calls;
    result.failed = tally().failed - before.failed;
    model_.require_few_failed(result.failed, result.calls);
    weights_.update(gradients_[0].view());
    kernels::StepState state = weights_.read_state();
    result.gradient_norm = state.gradient_norm;
    if (state.first_bad_step < 0) return result;
    state.first_bad_step = -1;
    weights_.write_state(state);
    throw model_.gradient_error();
  }

  double validation_loss(Index* calls) override {
    const Index problems = t_.validation_problems, shards = (problems + t_.shard - 1) / t_.shard;
    const Tally before = tally();
    std::vector<double> losses(static_cast<std::size_t>(shards));
    pool_.parallel_for(shards, [&](Index i, int worker) {
      Shard<Real>& shard = *shards_[static_cast<std::size_t>(worker)];
      ShardDraws draws;
      draws.seed = derived_seed(t_.seed, Purpose::validation);
      draws.first_problem = i * t_.shard;
      shard.draw_problems(draws, std::min(t_.shard, problems - i * t_.shard));
      shard.start(weights_.judged().data(), nullptr);
      iterate(shard);
      losses[static_cast<std::size_t>(i)] = shard.last_loss();
    });
    *calls = tally().calls - before.calls;
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

  Tally tally() const {
    Tally sum;
    for (const auto& shard : shards_) {
      sum.calls += shard->simulator_calls();
      sum.failed += shard->failed_calls();
    }
    return sum;
  }

  void run_shard(Index step, Index i, Shard<Real>& shard) {
    Buffer<Real>& gradient = gradients_[static_cast<std::size_t>(i)];
    gradient.fill_zero();
    ShardDraws draws;
    draws.seed = t_.seed;
    draws.step = static_cast<std::uint64_t>(step);
    draws.first_problem = i * t_.shard;
    draws.training = true;
    shard.draw_problems(draws, std::min(t_.shard, t_.problems - draws.first_problem));
    shard.start(weights_.weights(), gradient.data());
    iterate(shard);
    shard.backward();
    losses_[static_cast<std::size_t>(i)] = shard.loss();
  }

  void iterate(Shard<Real>& shard) const {
    for (Index t = 0; t < t_.iterations; ++t) {
      shard.propose(t);
      shard.simulate(t);
      shard.update(t);
    }
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
  Context context_;
  TrainingWeights<Real> weights_;
  ThreadPool pool_;
  std::vector<Buffer<Real>> gradients_;  ///< of each shard
  std::vector<ShardLoss> losses_;
  std::vector<std::unique_ptr<Shard<Real>>> shards_;  ///< one for each worker
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
