#pragma once
#include <functional>
#include <memory>
#include <string>

#include "alfi/inference/bank.hpp"
#include "alfi/inference/machine.hpp"
#include "alfi/inference/ranks.hpp"

/// Meta-training: step by step, resumable, the same bits whatever the threads and ranks.

namespace alfi {
inline namespace v0 {

/// What one meta-step reports.
struct StepReport {
  Index step = 0;             ///< 1-based: after this many steps
  Index simulator_calls = 0;  ///< so far, all counted (standardization and validation too)
  double loss = 0;            ///< of this step's problems, weighted over iterations
  double rmse = 0;            ///< of the last iteration's posterior mean, in prior sds, over the parameters
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping
  Index failed = 0;          ///< simulator calls that failed in this step
};

/// The simulations that a training with train.budget runs from: draws of the prior, of a set as many observations each
/// as a problem may have or a proposal is given, for as many calls as the budget pays. All that the training ever
/// calls. Throws InputError where that is too few to train from. Random: as extend_bank(), with train.seed.
std::shared_ptr<const Bank> make_budget_bank(const Configuration& configuration, const Simulator& simulator,
                                             int threads);

class Trainer {
 public:
  /// Throws InputError for a configuration that cannot be used (validate()) or that names another simulator. threads 0:
  /// all processors. context: where the meta-steps run; on a GPU the threads simulate what the simulator cannot
  /// simulate there. ranks: who trains together (null: this process alone); each makes a Trainer like this one, calls
  /// the same functions of it in the same order, and gets the same answers and exceptions. They must outlive it. On
  /// GPUs, each rank its own, shards go through one by one: train.shard should be as large as fits. Throws InputError
  /// where the ranks' configurations or the levels of their processors' code, or their GPUs', differ. bank: what
  /// make_budget_bank() made before (null: it is made now, where there is a budget, unless there are several ranks:
  /// NotAvailableError).
  Trainer(const Configuration& configuration, const Simulator& simulator, int threads,
          const Context& context = Context(), Ranks* ranks = nullptr, std::shared_ptr<const Bank> bank = nullptr);
  ~Trainer();

  const Configuration& configuration() const;
  Index step() const;           ///< steps made
  Index planned_bytes() const;  ///< memory that training will hold, for the announcement
  Index weight_count() const;
  Index simulator_calls() const;  ///< so far: standardization, steps and validations

  /// One meta-step. Throws NumericError "step 12: simulator poisson: ..." where a simulation or the gradient is not
  /// finite (nan_policy error) or too many calls fail; the weights are then those before the step.
  StepReport advance();

  /// Loss of the validation problems with the present (averaged) weights; keeps them as the model where they are the
  /// best so far. Called by the tool every checkpoint_every steps and at the end.
  double validate_and_keep_best();
  double best_validation() const;

  /// The best model so far (the present one before any validation).
  Machine machine() const;

  /// Everything needed to go on as if never stopped, bit for bit.
  TensorFile checkpoint() const;
  /// Throws InputError naming the key where the checkpoint was made with another configuration; train.steps alone may
  /// be another, with train.schedule = "constant" and no less than the checkpoint's step.
  void resume(const TensorFile& checkpoint, const std::string& path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace alfi
