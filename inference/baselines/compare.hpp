#pragma once
#include <functional>
#include <string>
#include <vector>

#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/machine.hpp"

/// A machine beside its rivals, on the same problems, by the same simulator, each with the same number of simulator
/// calls: those that learn before they are asked spend them in training, the others on every problem anew. Problems are
/// drawn from the prior by streams that no training and no stopping meets.

namespace alfi {
inline namespace v0 {

/// The names of the methods:
///   machine      the machine itself
///   npe          neural posterior estimation: the machine with train.iterations = 0, trained by the budget
///   rejection    inference/baselines/rejection_abc.hpp
///   smc          inference/baselines/smc_abc.hpp
///   likelihood   inference/baselines/maximum_likelihood.hpp, where the likelihood is known
///   exact        inference/baselines/reference_posterior.hpp, likewise
const std::vector<std::string>& comparable_methods();

struct CompareOptions {
  Index budget = 100000;  ///< simulator calls of a method: for its training and one answer, or for each problem
  Index problems = 20;    ///< drawn from the prior
  Index observed = 0;     ///< real observations of each; 0: the fewest of the configuration's range
  Observations given;     ///< in place of those problems, the one whose truth nobody knows
  std::vector<std::string> methods;  ///< of comparable_methods(); empty: all that can be had
  Index draws = 1000;                ///< of each answer, by which all are judged
  Index c2st_draws = 500;            ///< of these, those that a classifier is to tell from the exact ones; 0: none
  std::uint64_t seed = 1;
  int threads = 1;
  Context context;  ///< where machines infer; training from a budget is done on a CPU
  /// What is being done, and how much of it; answer false to stop (throws Error "stopped").
  std::function<bool(const std::string& method, Index done, Index of)> progress;
};

/// One method's answer to one problem, judged.
struct JudgedAnswer {
  std::vector<double> mean, standard_deviation;  ///< [P] of theta, by its draws
  std::vector<double> places;                    ///< [P] where the truth lies among the draws, from 0 to 1
  double negative_log_density = 0;               ///< of the truth, by the method's own density,
  double negative_log_density_by_draws = 0;      ///< and by a mixture of Gaussians fitted to its draws (fit_mixture())
  double c2st = 0;  ///< accuracy of a classifier of its draws and the exact posterior's (inference/c2st.hpp)
  Index simulator_calls = 0;
  double seconds = 0;
  std::vector<std::string> warnings;
};

struct MethodScore {
  std::string name;
  bool has_density = false;  ///< of its own; without, what is its own below is by draws
  Index training_calls = 0;
  double training_seconds = 0;                                        ///< 0 of a machine that was given
  double calls_per_problem = 0, seconds_per_problem = 0;              ///< means
  MeanWithError negative_log_density, negative_log_density_by_draws;  ///< of the truth, in theta's units
  MeanWithError gap;                        ///< of the former to the exact posterior's, paired; where that is there
  MeanWithError c2st;                       ///< likewise
  double rmse = 0;                          ///< of the mean, in prior sds, over problems and parameters
  double coverage_50 = 0, coverage_90 = 0;  ///< of central intervals, over problems and parameters
  Index warned = 0;                         ///< problems with a warning
  std::vector<JudgedAnswer> answers;        ///< of each problem
};

struct Comparison {
  Index problems = 0, observed = 0, budget = 0;
  bool truth_known = true;  ///< else no density of it, error or coverage
  bool has_exact = false, has_c2st = false;
  std::vector<std::string> parameters;
  std::vector<std::vector<double>> truths;  ///< [problems][P]
  std::vector<MethodScore> methods;
};

/// machine: null: one is trained by the configuration and the budget. The configuration says how npe is trained, too.
/// Throws InputError for options that cannot be used, a budget that is too small for a method, or a method that is
/// asked for and cannot be had; NumericError where simulations fail that may not.
/// Random: problems are streams of a world of their own within derived_seed(seed, evaluate); trainings are
/// train.seed's; each method has its own seed. The same on any threads.
Comparison compare(const Configuration& configuration, const Machine* machine, const Simulator& simulator,
                   const CompareOptions& options);

}  // namespace v0
}  // namespace alfi
