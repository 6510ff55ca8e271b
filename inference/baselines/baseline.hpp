#pragma once
#include <functional>
#include <string>
#include <vector>

#include "alfi/core/parallel.hpp"
#include "alfi/inference/gaussian_state.hpp"
#include "alfi/simulators/simulator.hpp"

/// What the rival methods are asked and what they answer, so that they stand beside a machine on the same terms:
/// the same simulator, observations and number of calls.

namespace alfi {
inline namespace v0 {

/// One problem. Everything referred to must outlive the call.
struct BaselineProblem {
  const Simulator* simulator = nullptr;
  Observations observed;       ///< [N,D]
  Index budget = 100000;       ///< most simulator calls, failed ones too; a simulation of a set of N is N of them
  Index draws = 1000;          ///< of the answer
  std::uint64_t seed = 1;      ///< of this method
  std::uint32_t number = 0;    ///< of the problem: streams of its own
  ThreadPool* pool = nullptr;  ///< for a simulator that answers rows; null: the caller's thread
};

struct BaselineAnswer {
  Points draws;  ///< [draws,P] in normal coordinates
  /// log density of theta [P], in theta's units, where the method has one of its own; empty: it answers draws alone.
  std::function<double(const double* theta)> log_density;
  Index simulator_calls = 0;
  std::vector<std::string> warnings;  ///< what speaks against the answer
};

/// Throws ShapeError where observations do not fit the simulator; NumericError where one is not finite; InputError
/// where draws or budget are out of range. function: who asks, for messages.
void require_problem(const char* function, const BaselineProblem& problem);

/// theta [P] at normal coordinates u [P].
std::vector<double> theta_at(const SimulatorInfo& info, const double* u);

/// log density of theta [P] in theta's units, of what is log_density_of_u at its coordinates; -infinity outside of the
/// prior's support.
double log_density_at(const SimulatorInfo& info, const double* theta,
                      const std::function<double(const double* u)>& log_density_of_u);

}  // namespace v0
}  // namespace alfi
