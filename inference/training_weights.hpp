#pragma once
#include <string>
#include <utility>
#include <vector>

#include "alfi/inference/model.hpp"
#include "alfi/kernels/adam.hpp"

/// The weights of a training with their moments, running average and best so far, in a context's memory, and the state
/// that their updates advance.

namespace alfi {
inline namespace v0 {

inline constexpr Index kWarmUp = 50;  ///< steps until the full learning rate

/// The rate of every step of a training.
kernels::LearningRate learning_rate_of(const TrainConfiguration& train);

template <class Real>
class TrainingWeights {
 public:
  /// The model's initial weights. model must outlive this.
  TrainingWeights(const Machine::State& model, const Context& context);

  Index count() const { return count_; }
  const Real* weights() const { return weights_.data(); }
  /// Those that validate and infer: averaged, where the configuration averages.
  const Buffer<Real>& judged() const { return averages() ? average_ : weights_; }
  kernels::StepState* state() { return state_.data(); }

  /// One step of Adam, then the running average. Nothing waits; read_state() does.
  void update(VecView<const Real> gradient);
  kernels::StepState read_state() const;
  void write_state(const kernels::StepState& state) { state_.copy_in(&state); }

  void keep_best() { context_.copy(best_.data(), judged().data(), static_cast<std::size_t>(count_) * sizeof(Real)); }
  /// What keep_best() kept, or the present ones where nothing was validated yet.
  void best(Weights& weights, bool validated) const;
  void save(TensorFile& file) const;
  void load(const TensorFile& file, const std::string& path, Index step);

 private:
  bool averages() const { return train_.average > 0; }
  std::vector<std::pair<std::string, const Buffer<Real>*>> parts() const;

  const Architecture& architecture_;
  const TrainConfiguration& train_;
  Context context_;
  Index count_;
  Buffer<Real> weights_, first_, second_, average_, best_;
  Buffer<kernels::StepState> state_;
  Buffer<double> scratch_;
};

}  // namespace v0
}  // namespace alfi
