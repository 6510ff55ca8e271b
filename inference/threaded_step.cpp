#include "alfi/inference/meta_step.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/core/text.hpp"
#include "alfi/kernels/adam.hpp"
#include "alfi/kernels/elementwise.hpp"

namespace alfi {
inline namespace v0 {
namespace {

template <class Real>
class Stepper : public MetaStepper {
 public:
  Stepper(const Machine::State& model, int threads)
      : model_(model), t_(model.configuration.train), count_(model.architecture.weights), pool_(threads) {
    const auto buffer = [&] { return Buffer<Real>(context_, count_); };
    weights_ = buffer();
    first_ = buffer();
    second_ = buffer();
    average_ = buffer();
    best_ = buffer();
    std::vector<double> initial(static_cast<std::size_t>(count_));
    initialize_weights(model.architecture, t_.seed, initial.data());
    for (Index i = 0; i < count_; ++i) {
      weights_.data()[i] = static_cast<Real>(initial[static_cast<std::size_t>(i)]);
    }
    copy(weights_, average_);
    copy(weights_, best_);
    const Index shards = (t_.problems + t_.shard - 1) / t_.shard;
    for (Index i = 0; i < shards; ++i) gradients_.push_back(buffer());
    losses_.resize(static_cast<std::size_t>(shards));
    for (int worker = 0; worker < pool_.size(); ++worker) {
      shards_.push_back(std::make_unique<Shard<Real>>(
          model_.setting(t_.shard, model.configuration.problem.observed_max, model.training_plan())));
    }
  }

  MetaStepResult advance(Index step, double learning_rate) override {
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
    require_few_failed(result);
    kernels::AdamOptions options;
    options.learning_rate = learning_rate;
    options.clip_norm = t_.clip_norm;
    options.weight_decay = t_.weight_decay;
    kernels::adam<Real>(context_, gradients_[0].view(), weights_.view(), first_.view(), second_.view(), adam_, options);
    result.gradient_norm = adam_.gradient_norm;
    if (adam_.first_bad_step >= 0) {
      adam_.first_bad_step = -1;
      throw NumericError("simulator " + model_.simulator.info().name +
                         ": the gradient is not finite; the weights are those of the step before");
    }
    average(step);
    return result;
  }

  double validation_loss(Index* calls) override {
    const Index problems = t_.validation_problems, shards = (problems + t_.shard - 1) / t_.shard;
    const Tally before = tally();
    std::vector<double> losses(static_cast<std::size_t>(shards));
    const Buffer<Real>& weights = t_.average > 0 ? average_ : weights_;
    pool_.parallel_for(shards, [&](Index i, int worker) {
      Shard<Real>& shard = *shards_[static_cast<std::size_t>(worker)];
      ShardDraws draws;
      draws.seed = derived_seed(t_.seed, Purpose::validation);
      draws.first_problem = i * t_.shard;
      shard.draw_problems(draws, std::min(t_.shard, problems - i * t_.shard));
      shard.start(weights.data(), nullptr);
      iterate(shard);
      losses[static_cast<std::size_t>(i)] = shard.last_loss();
    });
    *calls = tally().calls - before.calls;
    double sum = 0;
    for (const double loss : losses) sum += loss;
    return sum / static_cast<double>(problems);
  }

  void keep_best() override { copy(t_.average > 0 ? average_ : weights_, best_); }

  void best_weights(Weights& weights, bool validated) const override {
    const Buffer<Real>& kept = validated ? best_ : (t_.average > 0 ? average_ : weights_);
    weights_of<Real>(weights).assign(kept.data(), kept.data() + count_);
  }

  void save(TensorFile& file) const override {
    for (const auto& [name, buffer] : parts()) put_weights(file, model_.architecture, name, buffer->data());
    const double numbers[2] = {static_cast<double>(adam_.step), adam_.gradient_norm};
    file.tensors["adam"] = make_tensor<double>({2}, numbers);
  }

  void load(const TensorFile& file, const std::string& path, Index step) override {
    double numbers[2];
    copy_tensor<double>(file, path, "adam", {2}, numbers);
    if (numbers[0] != static_cast<double>(step)) {
      throw InputError(path + ": adam holds step " + number_text(numbers[0]) + ", expected " + std::to_string(step));
    }
    std::vector<std::vector<Real>> read;
    for (const auto& [name, buffer] : parts()) {
      read.emplace_back(static_cast<std::size_t>(count_));
      get_weights(file, path, model_.architecture, name, read.back().data());
    }
    std::size_t next = 0;  // everything was sound: now replace what exists
    for (const auto& [name, buffer] : parts()) std::copy(read[next].begin(), read[next].end(), buffer->data()), ++next;
    adam_.step = static_cast<std::int64_t>(numbers[0]);
    adam_.gradient_norm = numbers[1];
  }

  Index planned_bytes() const override {
    const Architecture& a = model_.architecture;
    const Plan plan = model_.training_plan();
    const Index real = static_cast<Index>(sizeof(Real));
    Index simulated = 0;
    for (Index t = 0; t < t_.iterations; ++t) simulated += t_.shard * t_.thetas * observations_at(plan, t);
    Index widths = 0;
    for (const Index w : model_.configuration.network.encoder) widths += w;
    const Index observed = t_.shard * model_.configuration.problem.observed_max;
    const Index tape = (simulated + observed) * (widths + a.size) * real;
    return static_cast<Index>(shards_.size()) * (tape + static_cast<Index>(shards_[0]->bytes())) +
           (5 + static_cast<Index>(gradients_.size())) * count_ * real;
  }

 private:
  struct Tally {
    Index calls = 0, failed = 0;
  };
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
    shard.start(weights_.data(), gradient.data());
    iterate(shard);
    losses_[static_cast<std::size_t>(i)] = shard.backward();
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
    if (!std::isfinite(result.loss)) {
      throw NumericError("simulator " + model_.simulator.info().name + ": the loss is not finite");
    }
    return result;
  }

  void require_few_failed(const MetaStepResult& r) const {
    if (static_cast<double>(r.failed) <= t_.max_failed * static_cast<double>(r.calls)) return;
    throw NumericError("simulator " + model_.simulator.info().name + ": " + std::to_string(r.failed) + " of " +
                       std::to_string(r.calls) + " calls failed, more than train.max_failed allows");
  }

  /// Running average of the weights; its memory is short at first, so that the start is forgotten.
  void average(Index step) {
    const double seen = static_cast<double>(step + 1);
    const Real keep = static_cast<Real>(std::min(t_.average, seen / (seen + 10)));
    for (Index i = 0; i < count_; ++i) {
      average_.data()[i] = keep * average_.data()[i] + (Real(1) - keep) * weights_.data()[i];
    }
  }

  void copy(const Buffer<Real>& from, Buffer<Real>& to) const {
    std::copy(from.data(), from.data() + count_, to.data());
  }

  std::vector<std::pair<std::string, const Buffer<Real>*>> parts() const {
    return {{"weights.", &weights_},
            {"first.", &first_},
            {"second.", &second_},
            {"average.", &average_},
            {"best.", &best_}};
  }

  const Machine::State& model_;
  const TrainConfiguration& t_;
  Context context_;
  Index count_;
  ThreadPool pool_;
  Buffer<Real> weights_, first_, second_, average_, best_;
  std::vector<Buffer<Real>> gradients_;  ///< of each shard
  std::vector<ShardLoss> losses_;
  std::vector<std::unique_ptr<Shard<Real>>> shards_;  ///< one for each worker
  kernels::StepState adam_;
};

}  // namespace

std::unique_ptr<MetaStepper> make_meta_stepper(const Machine::State& model, int threads) {
  if (model.in_double()) return std::make_unique<Stepper<double>>(model, threads);
  return std::make_unique<Stepper<float>>(model, threads);
}

}  // namespace v0
}  // namespace alfi
