#pragma once
#include <memory>

#include "alfi/inference/model.hpp"
#include "alfi/inference/ranks.hpp"

/// One meta-step over a meta-batch. On a CPU: shards over ranks and threads, their gradients combined pairwise by
/// index, Adam (threaded_step.cpp). On a GPU: one shard, recorded once and replayed (replayed_step.cpp). Hides that,
/// and the precision of the weights, from Trainer.

namespace alfi {
inline namespace v0 {

struct MetaStepResult {
  double loss = 0;           ///< mean over the meta-batch
  double rmse = 0;           ///< of the last posterior mean, in prior sds, over problems and parameters
  double gradient_norm = 0;  ///< before clipping
  Index calls = 0, failed = 0;
};

class MetaStepper {
 public:
  virtual ~MetaStepper() = default;

  /// Throws NumericError, weights unchanged, where a simulation or the gradient is not finite.
  virtual MetaStepResult advance(Index step) = 0;
  /// Mean loss of the last iteration over the validation problems, with the averaged weights.
  virtual double validation_loss(Index* calls) = 0;
  virtual void keep_best() = 0;
  /// What keep_best() kept, or the present ones where nothing was validated yet.
  virtual void best_weights(Weights& weights, bool validated) const = 0;
  virtual void save(TensorFile& file) const = 0;
  virtual void load(const TensorFile& file, const std::string& path, Index step) = 0;
  /// After the model's normalization was replaced.
  virtual void load_normalization() = 0;
  virtual Index planned_bytes() const = 0;
};

/// model and ranks must outlive the stepper; threads 0: all processors. On a GPU they simulate where the simulator
/// cannot there. Every rank makes the same calls, with the same results. Throws NotAvailableError for several ranks
/// with GPUs.
std::unique_ptr<MetaStepper> make_meta_stepper(const Machine::State& model, int threads, const Context& context,
                                               Ranks& ranks);

/// Each for float and double.
template <class Real>
std::unique_ptr<MetaStepper> make_threaded_stepper(const Machine::State& model, int threads, const Context& context,
                                                   Ranks& ranks);
template <class Real>
std::unique_ptr<MetaStepper> make_replayed_stepper(const Machine::State& model, int threads, const Context& context);

}  // namespace v0
}  // namespace alfi
