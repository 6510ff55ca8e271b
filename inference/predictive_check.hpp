#pragma once
#include <string>
#include <vector>

#include "alfi/inference/machine.hpp"

/// Could these observations have come from the simulator at all? The answer's own predictive, draws of the answer
/// simulated again, beside what was observed, statistic by statistic: of a set mean, sd, least and largest of each
/// column, of a series or vector its entries. An answer to observations that no theta explains lies where the
/// simulator comes closest, and says nothing of them.
/// Source: Gelman, Meng & Stern 1996 (posterior predictive p values; conservative: extreme ones mean misfit).

namespace alfi {
inline namespace v0 {

struct PredictiveOptions {
  Index replicates = 1000;
  InferOptions infer;
};

struct PredictiveStatistic {
  std::string name;
  double observed = 0, low = 0, median = 0, high = 0;  ///< low, high: the middle 95 % of the replicates
  double p_value = 1;                                  ///< two-sided
};

struct PredictiveReport {
  std::vector<PredictiveStatistic> statistics;
  /// Of all together: how many replicates are as far from the others as what was observed, in Mahalanobis distance of
  /// the statistics' normal scores. Small: misspecification.
  double p_value = 1;
  Index simulator_calls = 0;  ///< the inference's and the replicates'
  Inference inference;
};

/// Throws as Machine::infer(); NumericError where fewer than half of the replicates can be simulated.
/// Random: draws and simulations by step_key(derived_seed(seed, check), check, 1).
PredictiveReport check_predictive(const Machine& machine, const Simulator& simulator, Observations observed,
                                  const PredictiveOptions& options);

}  // namespace v0
}  // namespace alfi
