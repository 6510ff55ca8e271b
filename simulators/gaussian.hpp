#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"

/// The normal distribution: x ~ Normal(mean, sd), mean ~ U(-10, 10), log sd ~ U(-2, 1.5).

namespace alfi {
inline namespace v0 {

/// Random: two words an observation (one normal in double).
/// Fails where theta is not finite, |mean| > 1e30 or |log sd| > 60.
struct GaussianSimulator {
  static constexpr int kNumbers = 1;

  struct Prepared {
    bool valid;
    double mean, sd;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    const double mean = static_cast<double>(theta[0]), log_sd = static_cast<double>(theta[1]);
    const bool valid = is_within(mean, 1e30) && is_within(log_sd, 60);
    return {valid, mean, valid ? std::exp(log_sd) : 0.0};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    *x = static_cast<float>(p.mean + p.sd * random.normal_double());
    return Status::ok;
  }

  void many(const Prepared& p, StreamBatch& random, MatView<float> x, std::uint8_t* status) const {
    if (!p.valid) return fail_all(random, status);
    double z[StreamBatch::kSize];
    random.normal_double(z);
    for (Index i = 0; i < x.rows; ++i) x(i, 0) = static_cast<float>(p.mean + p.sd * z[i]);
  }
};

Simulator make_gaussian();

}  // namespace v0
}  // namespace alfi
