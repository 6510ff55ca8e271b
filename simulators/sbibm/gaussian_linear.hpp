#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// The mean of a normal of known variance, in ten dimensions: x_i ~ Normal(theta_i, variance 0.1), independently.
/// gaussian_linear: theta_i ~ Normal(0, variance 0.1). gaussian_linear_uniform: theta_i ~ U(-1, 1).

namespace alfi {
inline namespace v0 {
namespace sbibm {

/// Random: two words an entry (one normal in double).
/// Fails where theta is not finite or |theta_i| > 1e30.
struct GaussianLinear {
  static constexpr int kSize = 10;
  static constexpr double kVariance = 0.1;  ///< of the noise, and of gaussian_linear's prior

  struct Prepared {
    bool valid;
    double mean[kSize];
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{};
    p.valid = all_within(theta, kSize, 1e30);
    for (int i = 0; i < kSize; ++i) p.mean[i] = static_cast<double>(theta[i]);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    const double sd = std::sqrt(kVariance);
    for (int i = 0; i < kSize; ++i) x[i] = static_cast<float>(p.mean[i] + sd * random.normal_double());
    return Status::ok;
  }
};

Simulator make_gaussian_linear();
Simulator make_gaussian_linear_uniform();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
