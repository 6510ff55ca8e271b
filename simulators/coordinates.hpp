#pragma once
#include <cmath>
#include <cstdint>

#include "alfi/core/portable.hpp"
#include "alfi/simulators/prior.hpp"

/// What a machine sees in theta's place, and the way back; the maps also run on the device.

namespace alfi {
inline namespace v0 {

/// How theta is seen by a machine.
enum class Coordinates : std::uint8_t {
  normal,  ///< u = Phi^-1(F(theta)), in which the prior is N(0, I)
  legacy,  ///< (theta - prior mean) / prior sd, as published; unbounded
};

/// theta of one parameter at coordinate v, and back; log |d theta / d v|.
ALFI_HD inline double to_theta(Coordinates coordinates, const Prior& prior, double v) {
  return coordinates == Coordinates::normal ? prior.theta(v) : prior.mean() + prior.standard_deviation() * v;
}

ALFI_HD inline double to_coordinate(Coordinates coordinates, const Prior& prior, double theta) {
  return coordinates == Coordinates::normal ? prior.coordinate(theta)
                                            : (theta - prior.mean()) / prior.standard_deviation();
}

/// A parameter's prior with what machines ask of it again and again, for kernels.
struct PreparedPrior {
  Prior prior;
  double mean = 0, sd = 1, lower = 0, upper = 0;

  explicit PreparedPrior(const Prior& p)
      : prior(p), mean(p.mean()), sd(p.standard_deviation()), lower(p.lower()), upper(p.upper()) {}
  PreparedPrior() = default;
};

inline double log_jacobian(Coordinates coordinates, const Prior& prior, double v) {
  return coordinates == Coordinates::normal ? prior.log_jacobian(v) : std::log(prior.standard_deviation());
}

}  // namespace v0
}  // namespace alfi
