#pragma once
#include <algorithm>
#include <cmath>

#include "alfi/core/random.hpp"
#include "alfi/simulators/prior.hpp"

/// How problems are drawn, in training and in evaluation alike.

namespace alfi {
inline namespace v0 {

/// Prior sds: beyond (2e-7 of the prior) a float cannot tell theta from its bound.
inline constexpr double kFurthest = 5.2;

/// A parameter's normal coordinate under its prior. Random: two words.
inline double draw_coordinate(Stream& random) {
  return std::min(std::max(random.normal_double(), -kFurthest), kFurthest);
}

/// Log-uniform on the whole numbers from least to most, by one uniform in (0, 1).
inline Index log_uniform(Index least, Index most, double uniform) {
  const double low = std::log(static_cast<double>(least)), high = std::log(static_cast<double>(most) + 1);
  const Index drawn = static_cast<Index>(std::exp(low + uniform * (high - low)));
  return std::min(std::max(drawn, least), most);
}

}  // namespace v0
}  // namespace alfi
