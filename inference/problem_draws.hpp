#pragma once
#include <cmath>

#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/simulators/simulator.hpp"

/// How problems are drawn, in training and in evaluation alike.

namespace alfi {
inline namespace v0 {

/// Prior sds: beyond (2e-7 of the prior) a float cannot tell theta from its bound.
inline constexpr double kFurthest = 5.2;

/// How often a failed simulation is made in all where train.nan_policy is "resample".
inline constexpr std::uint32_t kAttempts = 8;

/// A parameter's normal coordinate under its prior. Random: two words.
ALFI_HD inline double draw_coordinate(Stream& random) {
  return lesser(greater(random.normal_double(), -kFurthest), kFurthest);
}

/// theta [P] of a simulator from its prior, as the simulator gets it. Random: two words for each parameter.
inline void draw_theta(const SimulatorInfo& info, Stream& random, float* theta) {
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    theta[p] = static_cast<float>(info.parameters[p].prior.theta(draw_coordinate(random)));
  }
}

/// Log-uniform on the whole numbers from least to most, by one uniform in (0, 1).
ALFI_HD inline Index log_uniform(Index least, Index most, double uniform) {
  const double low = std::log(static_cast<double>(least)), high = std::log(static_cast<double>(most) + 1);
  const Index drawn = static_cast<Index>(std::exp(low + uniform * (high - low)));
  return drawn < least ? least : drawn > most ? most : drawn;
}

}  // namespace v0
}  // namespace alfi
