#pragma once
#include <string>
#include <vector>

#include "alfi/inference/shard.hpp"

/// Are the observations like what the answer itself predicts? Compared with the simulations of the last proposals: a
/// set column by column, by mean and sd (a set of one by its value); a series or vector entry by entry, as the networks
/// are shown it. A difference past kUnlike predictive sds is worth a warning.

namespace alfi {
inline namespace v0 {

inline constexpr double kUnlike = 6;

/// Observations of one problem and what its last proposals simulated.
struct PredictiveCheck {
  MatView<const float> observed;       ///< [N,D]
  MatView<const float> predicted;      ///< [K*M,D]
  VecView<const std::uint8_t> status;  ///< [K*M] 0 where valid, or empty: all are
  Index proposals = 0;                 ///< K
};

/// Appends a warning for each column that does not fit. Where the answer is one-sided or heavy-tailed the predictive
/// sds are too small: hence the wide bound.
void compare_with_predictive(const PredictiveCheck& check, const std::vector<std::string>& columns,
                             std::vector<std::string>& warnings);

/// The same for one series or vector: observed [1,D], predicted [K,D].
void compare_entries(const PredictiveCheck& check, const ObservationShape& shape, const Normalization& normalization,
                     std::vector<std::string>& warnings);

/// For problem b of a shard that has just simulated.
template <class Real>
void warn_if_unlike(const Shard<Real>& shard, Index b, std::vector<std::string>& warnings) {
  const Index n = shard.counts()[b], size = shard.observed().cols;
  const MatView<const float> all = shard.simulated();
  const Index calls = all.rows / shard.problems();
  PredictiveCheck check;
  check.observed = {shard.observed().data + b * shard.n_max() * size, n, size};
  check.predicted = {all.data + b * calls * size, calls, size};
  if (!shard.simulated_status().empty()) check.status = {shard.simulated_status().data + b * calls, calls};
  check.proposals = shard.thetas();
  const ObservationShape& shape = shard.simulator().info().observation;
  if (shape.is_set) return compare_with_predictive(check, shape.names, warnings);
  compare_entries(check, shape, shard.normalization(), warnings);
}

}  // namespace v0
}  // namespace alfi
