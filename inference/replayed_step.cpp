#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "alfi/core/error.hpp"
#include "alfi/core/replay.hpp"
#include "alfi/inference/meta_step.hpp"
#include "alfi/inference/rows/steps.hpp"
#include "alfi/inference/training_weights.hpp"
#include "alfi/kernels/gpu/launch.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kValidated = 256;  // problems carried together where nothing is learned

/// A whole meta-step as one piece of recorded work; where the simulator has no code for GPUs the work is cut there.
class Pieces {
 public:
  Pieces(Replay& replay, bool cut) : replay_(replay), cut_(cut) { replay_.begin(); }

  void add(std::function<void()> work) { pending_.push_back(std::move(work)); }
  void add_simulation(std::function<void()> work) {
    if (!cut_) return add(std::move(work));
    run();
    work();
  }
  void run() {
    replay_.run([&] {
      for (const auto& work : pending_) work();
    });
    pending_.clear();
  }

 private:
  Replay& replay_;
  bool cut_;
  std::vector<std::function<void()>> pending_;
};

template <class Real>
class ReplayedStepper : public MetaStepper {
 public:
  ReplayedStepper(const Machine::State& model, int threads, const Context& context)
      : model_(model),
        t_(model.configuration.train),
        context_(model.with_products(context)),
        weights_(model, context_),
        gradient_(context_, weights_.count()),
        pool_(threads),
        replay_(context_),
        shard_(setting(t_.problems, true)),
        validated_(setting(std::min(kValidated, t_.validation_problems), false)) {}

  MetaStepResult advance(Index) override {
    if (!known_) known_ = weights_.read_state();
    const kernels::StepState before = *known_;
    known_.reset();
    enqueue_step();
    kernels::StepState state = weights_.read_state();  // waits for the step
    MetaStepResult result;
    result.loss = state.loss;
    const double count = static_cast<double>(t_.problems * model_.architecture.parameters);
    result.rmse = std::sqrt(state.square_error / count);
    result.gradient_norm = state.gradient_norm;
    result.calls = state.calls - before.calls;
    result.failed = state.failed - before.failed;
    if (state.stop == 0 && state.first_bad_step < 0) {
      known_ = state;
      return result;
    }
    const bool gradient = state.first_bad_step >= 0;
    state.stop = 0;
    state.first_bad_step = -1;
    weights_.write_state(state);
    if (gradient) throw model_.gradient_error();
    model_.require_none_failed(result.failed, result.calls);
    model_.require_few_failed(result.failed, result.calls);
    model_.require_finite_loss(result.loss);
    return result;
  }

  double validation_loss(Index* calls) override {
    const Index before = validated_.simulator_calls(), problems = t_.validation_problems;
    double sum = 0;
    for (Index first = 0; first < problems; first += kValidated) {
      ShardDraws draws;
      draws.seed = derived_seed(t_.seed, Purpose::validation);
      draws.first_problem = first;
      validated_.draw_problems(draws, std::min(kValidated, problems - first));
      validated_.start(weights_.judged().data(), nullptr);
      for (Index t = 0; t < t_.iterations; ++t) {
        validated_.propose(t);
        validated_.simulate(t);
        validated_.update(t);
      }
      sum += validated_.last_loss();
    }
    *calls = validated_.simulator_calls() - before;
    return sum / static_cast<double>(problems);
  }

  void keep_best() override { weights_.keep_best(); }
  void best_weights(Weights& weights, bool validated) const override { weights_.best(weights, validated); }
  void save(TensorFile& file) const override { weights_.save(file); }
  void load(const TensorFile& file, const std::string& path, Index step) override {
    known_.reset();
    kernels::StepState state = weights_.read_state();
    weights_.load(file, path, step);
    const kernels::StepState loaded = weights_.read_state();
    state.step = loaded.step;  // calls and failures go on with the shard's own count
    state.gradient_norm = loaded.gradient_norm;
    weights_.write_state(state);
  }

  void load_normalization() override {
    shard_.load_normalization();
    validated_.load_normalization();
  }

  Index planned_bytes() const override {
    // A tape's two arenas on the device end in chunks that are not full.
    const Index chunks = 2 * 2 * static_cast<Index>(Arena::default_chunk(context_));
    return static_cast<Index>(shard_.bytes() + validated_.bytes()) + shard_.planned_tape_bytes() + chunks +
           validated_.planned_tape_bytes() / std::max(Index{1}, t_.iterations) +
           6 * weights_.count() * static_cast<Index>(sizeof(Real));
  }

 private:
  ShardSetting setting(Index problems, bool learns) {
    ShardSetting s = model_.setting(problems, model_.configuration.problem.observed_max, model_.training_plan());
    s.context = context_;
    s.pool = &pool_;
    s.unattended = learns;
    return s;
  }

  void enqueue_step() {
    ShardDraws draws;
    draws.seed = t_.seed;
    draws.step_place = &weights_.state()->step;
    draws.training = true;
    Pieces pieces(replay_, shard_.simulates_on_host());
    pieces.add([=] { shard_.draw_truth(draws, t_.problems, 0); });
    pieces.add_simulation([this] { shard_.observe(); });
    pieces.add([this] {
      shard_.load_observed();
      gradient_.fill_zero();
      shard_.start(weights_.weights(), gradient_.data());
    });
    for (Index t = 0; t < t_.iterations; ++t) {
      pieces.add([this, t] { shard_.propose(t); });
      pieces.add_simulation([this, t] { shard_.simulate(t); });
      pieces.add([this, t] { shard_.update(t); });
    }
    pieces.add([this] {
      shard_.backward();
      const bool none_may_fail = t_.nan_policy == "error";
      kernels::for_each(
          context_, 1,
          JudgeStep{shard_.tally(), shard_.results(), none_may_fail ? 0.0 : t_.max_failed, weights_.state()});
      weights_.update(gradient_.view());
    });
    pieces.run();
  }

  const Machine::State& model_;
  const TrainConfiguration& t_;
  Context context_;
  TrainingWeights<Real> weights_;
  std::optional<kernels::StepState> known_;  ///< the state as the last step left it, where nothing else came since
  Buffer<Real> gradient_;
  ThreadPool pool_;
  Replay replay_;
  Shard<Real> shard_, validated_;
};

}  // namespace

template <class Real>
std::unique_ptr<MetaStepper> make_replayed_stepper(const Machine::State& model, int threads, const Context& context) {
  return std::make_unique<ReplayedStepper<Real>>(model, threads, context);
}
template std::unique_ptr<MetaStepper> make_replayed_stepper<float>(const Machine::State&, int, const Context&);
template std::unique_ptr<MetaStepper> make_replayed_stepper<double>(const Machine::State&, int, const Context&);

}  // namespace v0
}  // namespace alfi
