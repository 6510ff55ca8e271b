#pragma once
#include <cstdint>
#include <vector>

#include "alfi/core/view.hpp"
#include "alfi/inference/column_scale.hpp"
#include "alfi/inference/small_network.hpp"

/// How likely a simulated whole number is to be the observed one, learned from simulations: below, equal or above, by
/// their places. No density is near enough to a count of a few: it would be smooth across it.

namespace alfi {
inline namespace v0 {

class CountNetwork {
 public:
  /// places [n,I]; beyond [n]: what was simulated there less what was observed. Random: streams of derived keys of
  /// seed, as SmallNetwork says.
  CountNetwork(MatView<const double> places, const std::vector<double>& beyond, Index steps, std::uint64_t seed);

  /// Log probability of the observed number at places [n,I]: [n].
  std::vector<double> log_probability(MatView<const double> places) const;

 private:
  ColumnScale scale_;
  SmallNetwork network_;
};

}  // namespace v0
}  // namespace alfi
