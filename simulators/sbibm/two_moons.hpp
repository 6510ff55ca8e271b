#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// A crescent, moved and folded: theta_1, theta_2 ~ U(-1, 1), angle a ~ U(-pi/2, pi/2), radius r ~ Normal(0.1, 0.01),
///     x = (r cos a + 0.25 - |theta_1 + theta_2| / sqrt 2,  r sin a + (theta_2 - theta_1) / sqrt 2).
/// The posterior has two crescents, mirrored at theta_1 + theta_2 = 0.
/// Exact answers. With u = x_1 - 0.25 + |theta_1 + theta_2| / sqrt 2, v = x_2 - (theta_2 - theta_1) / sqrt 2 and
/// rho = sqrt(u^2 + v^2): p(x | theta) = Normal(rho; 0.1, 0.01) / (pi rho) where u > 0, else 0. (The benchmark's own
/// likelihood lacks 1 / (pi rho).) A negative radius, 10 sds away, is neglected.

namespace alfi {
inline namespace v0 {
namespace sbibm {

/// Random: three words: the angle 1, the radius 2.
/// Fails where theta is not finite or |theta_i| > 1e30.
struct TwoMoons {
  static constexpr double kRadius = 0.1, kRadiusSd = 0.01, kOffset = 0.25;
  static constexpr double kPi = 3.14159265358979324, kHalfRoot = 0.707106781186547524;

  struct Prepared {
    bool valid;
    double fold, shift;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    const double first = static_cast<double>(theta[0]), second = static_cast<double>(theta[1]);
    if (!all_within(theta, 2, 1e30)) return {false, 0, 0};
    return {true, std::fabs(first + second) * kHalfRoot, (second - first) * kHalfRoot};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    const double angle = kPi * (random.uniform_double() - 0.5);
    const double radius = kRadius + kRadiusSd * random.normal_double();
    x[0] = static_cast<float>(radius * std::cos(angle) + kOffset - p.fold);
    x[1] = static_cast<float>(radius * std::sin(angle) + p.shift);
    return Status::ok;
  }
};

Simulator make_two_moons();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
