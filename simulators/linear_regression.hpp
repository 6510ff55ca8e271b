#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"

/// Linear regression with angles: u ~ U(-1, 1)^p, y = tan(angle) . u + offset + Normal(0, 0.1), angle_i ~ U(0, pi/2)
/// (so that the slopes are half-Cauchy), offset ~ U(-1, 1). An observation is (u_1 .. u_p, 1, y).

namespace alfi {
inline namespace v0 {

/// Random: p + 2 words an observation: u_1 .. u_p, then one normal.
/// Fails where theta is not finite, an angle is larger than 1e5 in size (the argument of the tangent would be
/// inaccurate), or |offset| > 1e30. An angle that rounding put beyond pi/2 counts as the last float below.
struct LinearRegressionSimulator {
  static constexpr int kMaxSlopes = 16;
  static constexpr double kNoise = 0.1;
  static constexpr double kRightAngle = 1.5707963267948966;

  int slopes = 3;

  struct Prepared {
    bool valid;
    double slope[kMaxSlopes];
    double offset;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{};
    p.offset = static_cast<double>(theta[slopes]);
    p.valid = is_within(p.offset, 1e30);
    for (int i = 0; i < slopes; ++i) {
      double angle = static_cast<double>(theta[i]);
      if (!is_within(angle, 1e5)) p.valid = false;
      if (!p.valid) return p;
      if (angle > kRightAngle && angle < kRightAngle + 1e-7) angle = 1.57079625129699707;
      p.slope[i] = std::tan(angle);
    }
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    double y = p.offset;
    for (int i = 0; i < slopes; ++i) {
      x[i] = 2 * random.uniform() - 1;
      y += p.slope[i] * static_cast<double>(x[i]);
    }
    x[slopes] = 1;
    x[slopes + 1] = static_cast<float>(y + kNoise * random.normal_double());
    return Status::ok;
  }

  void many(const Prepared& p, StreamBatch& random, MatView<float> x, std::uint8_t* status) const {
    if (!p.valid) return fail_all(random, status);
    float u[StreamBatch::kSize];
    double y[StreamBatch::kSize], noise[StreamBatch::kSize];
    for (Index m = 0; m < x.rows; ++m) y[m] = p.offset;
    for (int i = 0; i < slopes; ++i) {
      random.uniform(u);
      for (Index m = 0; m < x.rows; ++m) {
        x(m, i) = 2 * u[m] - 1;
        y[m] += p.slope[i] * static_cast<double>(x(m, i));
      }
    }
    random.normal_double(noise);
    for (Index m = 0; m < x.rows; ++m) {
      x(m, slopes) = 1;
      x(m, slopes + 1) = static_cast<float>(y[m] + kNoise * noise[m]);
    }
  }
};

/// slopes from 1 to kMaxSlopes. Throws InputError.
Simulator make_linear_regression(int slopes = 3);

}  // namespace v0
}  // namespace alfi
