#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "alfi/inference/machine.hpp"

/// How good a machine is, on problems drawn from the prior with the truth known.

namespace alfi {
inline namespace v0 {

/// One problem of an evaluation and its answer; all of it lives as long as the call that is told of it.
struct EvaluatedProblem {
  Index number = 0;
  std::vector<double> theta;  ///< the truth, [P]
  Observations observations;
  const Inference* inference = nullptr;
};

struct EvaluateOptions {
  Index problems = 500;
  Index observed = 0;                        ///< real observations of each; 0: log-uniform in the trained range
  InferOptions infer;                        ///< seed: problems are streams of derived_seed(seed, Purpose::evaluate)
  std::function<bool(Index done)> progress;  ///< problems done; answer false to stop (throws Error "stopped")
  std::function<void(const EvaluatedProblem&)> each;  ///< called for each problem in turn, by the caller's thread
};

struct MeanWithError {
  double mean = 0;
  double standard_error = 0;
  /// Whether the error is what rounding leaves of none, as of a constant.
  bool is_constant() const { return standard_error <= 1e-12 * std::max(1.0, std::abs(mean)); }
};

struct Evaluation {
  Index problems = 0, observed = 0, iterations = 0;
  bool refined = false;  ///< what is by iteration has a last entry that is the refinement's
  Index learned = 0;     ///< answers that are refined by a learned likelihood
  Index left_out = 0;    ///< answers whose refinement was left out
  std::vector<std::string> parameters;
  std::vector<std::vector<double>> rmse_by_iteration;            ///< [T+1 (+1)][P], posterior mean, theta's units
  std::vector<MeanWithError> negative_log_density_by_iteration;  ///< [T+1 (+1)]
  MeanWithError negative_log_density;                            ///< of the true theta, in theta's units
  std::vector<double> coverage_50, coverage_90;                  ///< [P] of central intervals
  bool exact_available = false;
  MeanWithError exact_negative_log_density, gap;  ///< the gap paired, problem by problem
  double gap_median = 0;
  bool maximum_likelihood_available = false;
  std::vector<double> maximum_likelihood_rmse;  ///< [P]
  Index simulator_calls_per_problem = 0;
  std::vector<std::string> warnings;  ///< outside the trained range
};

Evaluation evaluate(const Machine& machine, const Simulator& simulator, const EvaluateOptions& options);

}  // namespace v0
}  // namespace alfi
