#pragma once
#include <functional>
#include <vector>

#include "alfi/inference/baselines/baseline.hpp"

/// Where a function of normal coordinates is largest, and how it falls from there.

namespace alfi {
inline namespace v0 {

constexpr double kImpossibleLog = -1e300;  ///< stands for -infinity where there is arithmetic to come

using LogOfCoordinates = std::function<double(const double* u)>;

/// log p(observed | theta(u)), kImpossibleLog where that is -infinity; it refers to the problem.
LogOfCoordinates log_likelihood_of(const BaselineProblem& problem);

struct Peak {
  double log = kImpossibleLog;
  std::vector<double> u;  ///< [P]
};

/// Nelder and Mead's simplex from the best of draws of the prior, and again from the best of what those found, smaller.
/// Throws NumericError, naming function, where every draw is impossible. Random: as prior_draws().
/// Source: Nelder & Mead 1965, "A simplex method for function minimization", Computer Journal 7.
Peak find_peak(const char* function, const LogOfCoordinates& log, const BaselineProblem& problem);

/// Less the second derivatives there, [P,P]: differences over steps that lose some tenths of a nat.
std::vector<double> information_at(const LogOfCoordinates& log, const Peak& peak);

/// C of the covariance C C' = (information + added I)^-1. False where that is not positive.
bool inverse_information(const std::vector<double>& information, double added, std::vector<double>& cholesky);

}  // namespace v0
}  // namespace alfi
