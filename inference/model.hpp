#pragma once
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/inference/architecture.hpp"
#include "alfi/inference/bank.hpp"
#include "alfi/inference/machine.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/inference/shard.hpp"

/// What a trained machine is made of, and how it is kept in a tensor file. Shared by Machine and Trainer.

namespace alfi {
inline namespace v0 {

inline constexpr const char* kFormatVersion = "1";

/// Weights of either precision; the other vector is empty.
struct Weights {
  std::vector<float> single;
  std::vector<double> twice;
};
template <class Real>
std::vector<Real>& weights_of(Weights& w);
template <class Real>
const std::vector<Real>& weights_of(const Weights& w) {
  return weights_of<Real>(const_cast<Weights&>(w));
}

struct Machine::State {
  Configuration configuration;
  Simulator simulator;
  Architecture architecture;
  Normalization normalization;
  Weights weights;
  Index training_calls = 0;
  std::shared_ptr<const Bank> bank;  ///< of a training that runs from one
  std::string cpu_level;             ///< of the processor code that trained it, or "sm_90" and the like of a GPU's

  bool in_double() const { return configuration.train.precision == "double"; }
  /// The context with the products that train.precision asks for.
  Context with_products(const Context& context) const {
    return context.with_products(configuration.train.precision == "tf32" ? ProductPrecision::tf32
                                                                         : ProductPrecision::full);
  }
  Coordinates coordinates() const {
    return configuration.network.coordinates == "legacy" ? Coordinates::legacy : Coordinates::normal;
  }
  /// A run with so many problems in a shard and observations of a problem.
  ShardSetting setting(Index problems, Index observed, const Plan& plan) const;
  Plan training_plan() const;

  /// What ends a training, or a step of it: all name the simulator.
  NumericError gradient_error() const;
  /// Each throws NumericError unless its name is true: of calls in a step; by train.nan_policy and train.max_failed.
  void require_none_failed(Index failed, Index calls) const;
  void require_few_failed(Index failed, Index calls) const;
  void require_finite_loss(double loss) const;
};

/// Adds "weights.NAME" tensors for every slot.
template <class Real>
void put_weights(TensorFile& file, const Architecture& architecture, const std::string& prefix, const Real* weights);
template <class Real>
void get_weights(const TensorFile& file, const std::string& path, const Architecture& architecture,
                 const std::string& prefix, Real* weights);

void put_normalization(TensorFile& file, const Normalization& normalization);
Normalization get_normalization(const TensorFile& file, const std::string& path, const ObservationShape& shape);

/// "key = value" lines of every key, sorted; and back. Throws InputError "PATH: ...".
std::string configuration_text(const Configuration& configuration);
Configuration configuration_from_text(const std::string& text, const std::string& path);

/// A line for each parameter.
std::string priors_text(const Simulator& simulator);

/// Throws InputError "PATH: metadata ..." unless the key exists.
const std::string& metadata(const TensorFile& file, const std::string& path, const std::string& key);

}  // namespace v0
}  // namespace alfi
