#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// The common mean of two normals, one broad, one narrow: theta_i ~ U(-10, 10), i = 1, 2,
///     x ~ 1/2 Normal(theta, I) + 1/2 Normal(theta, 0.1^2 I),
/// both entries of a draw from the same of the two.

namespace alfi {
inline namespace v0 {
namespace sbibm {

/// Random: five words: which component 1, each entry 2.
/// Fails where theta is not finite or |theta_i| > 1e30.
struct GaussianMixture {
  static constexpr double kBroad = 1, kNarrow = 0.1;  ///< sds

  struct Prepared {
    bool valid;
    double mean[2];
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    return {all_within(theta, 2, 1e30), {static_cast<double>(theta[0]), static_cast<double>(theta[1])}};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    const double sd = random.uniform_double() < 0.5 ? kBroad : kNarrow;
    for (int i = 0; i < 2; ++i) x[i] = static_cast<float>(p.mean[i] + sd * random.normal_double());
    return Status::ok;
  }
};

Simulator make_gaussian_mixture();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
