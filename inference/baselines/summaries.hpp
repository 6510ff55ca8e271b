#pragma once
#include <vector>

#include "alfi/inference/baselines/baseline.hpp"
#include "alfi/inference/normalization.hpp"

/// What approximate Bayesian computation compares of observations, in general terms since it is asked of any simulator.
/// Of a set: its statistics (inference/set_statistics.hpp: each column's intercept, its slopes on the columns before
/// it, the logarithm of the residuals' sd), then of each column the least, the lower quartile, the median, the upper
/// quartile and the greatest. Of a series or vector: its entries, as logarithms where the prior predictive spans
/// decades (inference/normalization.hpp: Shown).

namespace alfi {
inline namespace v0 {

class Summaries {
 public:
  /// From simulations of the prior's draws: x [n*N,D], which of them are valid [n*N].
  /// Throws NumericError where none is.
  Summaries(const SimulatorInfo& info, Index observed, std::vector<float> x, std::vector<std::uint8_t> status);

  Index size() const { return size_; }
  /// Of valid observations [N,D], to out [size()].
  void summarize(MatView<const float> x, double* out) const;

 private:
  Index size_;
  bool is_set_;
  Normalization shown_;  ///< of a series or vector
};

}  // namespace v0
}  // namespace alfi
