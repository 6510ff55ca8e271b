#pragma once
#include <optional>
#include <vector>

#include "alfi/inference/baselines/baseline.hpp"
#include "alfi/inference/baselines/summaries.hpp"

/// Simulations seen by how far their summaries are from the observed ones: what the methods of approximate Bayesian
/// computation share. Every summary is measured in its median absolute deviation over the first simulations; one that
/// never varies does not count.

namespace alfi {
inline namespace v0 {

/// n simulations.
struct ComparedSimulations {
  Points differences;             ///< [n,S] summaries less the observed ones, in those units; 0 where a call failed
  std::vector<double> distances;  ///< [n] Euclidean; infinite where a call failed

  /// The other's after these.
  void append(const ComparedSimulations& other);
};

class AbcSimulations {
 public:
  /// The problem must outlive this.
  explicit AbcSimulations(const BaselineProblem& problem) : p_(problem) {}

  /// What the budget still pays.
  Index left() const { return (p_.budget - calls_) / p_.observed.rows; }
  Index calls() const { return calls_; }

  /// At coordinates at [n,P], n <= left(); the first ones asked for are the prior's, by which summaries are chosen and
  /// measured. Throws NumericError where none of those is valid. Random: streams of step_key(seed, simulated, calls
  /// made before) by the problem's number.
  ComparedSimulations simulate(const Points& at);

 private:
  struct Part;
  void make(const Points& at, Part& part);
  void learn(const Part& part);

  const BaselineProblem& p_;
  Index calls_ = 0;
  std::optional<Summaries> summaries_;
  std::vector<double> observed_, per_unit_;  ///< [S]
};

/// Draws of the prior in normal coordinates [count,P]. Random: Stream(step_key(seed, prior, 0), {number, 0, 0, draw}).
Points prior_draws(const BaselineProblem& problem, Index count);

}  // namespace v0
}  // namespace alfi
