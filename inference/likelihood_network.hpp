#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "alfi/core/view.hpp"

/// A learned likelihood: a network from a simulator's parameters to the density of what it makes, a mixture of full
/// Gaussians, trained on simulations of any parameters by maximum likelihood (neural likelihood estimation). What it
/// learns is what a quadratic regression with noise of one covariance leaves: untrained it is that regression.
/// Source: Papamakarios, Sterratt & Murray 2019, "Sequential neural likelihood", AISTATS; Bishop 1994, "Mixture density
/// networks".

namespace alfi {
inline namespace v0 {

/// How it is trained.
struct LikelihoodPlan {
  Index components = 1;
  Index steps = 2000;  ///< of Adam, with batches of 256 simulations
  std::uint64_t seed = 1;
};

class LikelihoodNetwork {
 public:
  /// places [n,I], what is known of the parameters (any coordinates, several at once), of which the first `quadratic`
  /// columns enter the regression with their squares and products, too; values [n,D], D <= kMostValues, what was
  /// simulated there, in no order; least [D]: no entry's noise is taken smaller. Every tenth simulation is held out:
  /// the weights that explain those best are kept.
  /// Throws NumericError where simulations are too few for the regression, or cannot be regressed.
  /// Random: streams of derived seeds of plan.seed, purpose refine.
  LikelihoodNetwork(MatView<const double> places, Index quadratic, MatView<const double> values,
                    const std::vector<double>& least, const LikelihoodPlan& plan);
  ~LikelihoodNetwork();
  LikelihoodNetwork(LikelihoodNetwork&&) noexcept;
  LikelihoodNetwork& operator=(LikelihoodNetwork&&) noexcept;

  /// log density of values [n,D] at places [n,I], or of one value [1,D] at each of them: [n].
  std::vector<double> log_likelihood(MatView<const double> places, MatView<const double> values) const;

  /// Mean log density of the simulations held out.
  double held_out() const;
  /// The same before training: of the regression.
  double regression_held_out() const;

  static constexpr Index kMostValues = 16;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace v0
}  // namespace alfi
