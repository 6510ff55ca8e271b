#pragma once
#include <cmath>
#include <string>
#include <vector>

#include "alfi/inference/shard.hpp"

/// Are the observations like what the answer itself predicts? Compared column by column, by mean and log sd, with the
/// simulations of the last proposals; a difference past kUnlike predictive sds is worth a warning.

namespace alfi {
inline namespace v0 {

inline constexpr double kUnlike = 6;

struct MeanAndSd {
  double mean = 0, sd = 0;
};

/// Of values x[0], x[stride], ... (count of them, at least 1).
inline MeanAndSd mean_and_sd(const float* x, Index count, Index stride) {
  double mean = 0, squares = 0;
  for (Index i = 0; i < count; ++i) {
    const double value = static_cast<double>(x[i * stride]), step = value - mean;
    mean += step / static_cast<double>(i + 1);
    squares += step * (value - mean);
  }
  return {mean, count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0};
}

/// predicted [K*M,D] of one problem, observed [N,D]; appends a warning for each column that does not fit. Where the
/// answer is one-sided or heavy-tailed the sds below are too small: hence the wide bound.
void compare_with_predictive(MatView<const float> observed, MatView<const float> predicted, Index proposals,
                             const std::vector<std::string>& columns, std::vector<std::string>& warnings);

/// For problem b of a shard that has just simulated.
template <class Real>
void warn_if_unlike(const Shard<Real>& shard, Index b, std::vector<std::string>& warnings) {
  const Index n = shard.counts()[b], size = shard.observed().cols;
  const MatView<const float> all = shard.simulated();
  const Index calls = all.rows / shard.problems();
  compare_with_predictive({shard.observed().data + b * shard.n_max() * size, n, size},
                          {all.data + b * calls * size, calls, size}, shard.thetas(),
                          shard.simulator().info().observation.names, warnings);
}

}  // namespace v0
}  // namespace alfi
