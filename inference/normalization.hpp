#pragma once
#include <vector>

#include "alfi/simulators/simulator.hpp"

/// What the prior predictive looks like, so that the networks see numbers of order one. Kept in the model file.

namespace alfi {
inline namespace v0 {

struct Normalization {
  std::vector<double> mean, sd;        ///< [D] of single observations: global features
  std::vector<double> least_scale;     ///< [D] no problem's own scale is taken smaller
  std::vector<double> median, spread;  ///< [2D] of a problem's (location, log scale): absolute features
};

/// From `problems` draws of the prior with `observed` observations each (so many simulator calls).
/// Quantiles where tails may have no moments. Random: streams of step_key(seed, standardize, 0 and 1).
/// Throws NumericError where no draw gave a valid observation.
Normalization standardize(const Simulator& simulator, std::uint64_t seed, Index problems, Index observed);

}  // namespace v0
}  // namespace alfi
