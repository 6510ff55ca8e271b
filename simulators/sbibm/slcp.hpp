#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// A simple likelihood, a complex posterior: theta_i ~ U(-3, 3), i = 1 .. 5, and four independent points
///     (x, y) ~ Normal((theta_1, theta_2), S),  S = [[s1^2 + e, rho s1 s2], [rho s1 s2, s2^2 + e]],
/// s1 = theta_3^2, s2 = theta_4^2, rho = tanh theta_5, e = 1e-6; one observation is x, y of the first, of the second,
/// and so on. The posterior has four modes, alike, for the signs of theta_3 and theta_4.
/// Source also: Papamakarios, Sterratt, Murray 2019, "Sequential neural likelihood".

namespace alfi {
inline namespace v0 {
namespace sbibm {

/// The law of a point: its mean, and C with C C' = S.
struct SlcpLaw {
  double mean[2];
  double first, cross, second;  ///< C = [[first, 0], [cross, second]]

  /// |theta_i| <= 1e8.
  template <class T>
  ALFI_HD static SlcpLaw of(const T* theta) {
    constexpr double kLeast = 1e-6;
    const double a = static_cast<double>(theta[2]), b = static_cast<double>(theta[3]);
    const double s1 = a * a, s2 = b * b, rho = std::tanh(static_cast<double>(theta[4]));
    SlcpLaw law{};
    for (int i = 0; i < 2; ++i) law.mean[i] = static_cast<double>(theta[i]);
    const double variance = s1 * s1 + kLeast;
    law.first = std::sqrt(variance);
    law.cross = rho * s1 * s2 / law.first;
    // s2^2 + e - cross^2, without its cancellation where |rho| is nearly 1.
    law.second = std::sqrt(kLeast + s2 * s2 * (s1 * s1 * ((1 - rho) * (1 + rho)) + kLeast) / variance);
    return law;
  }
};

/// Random: sixteen words: each entry of each point two.
/// Fails where theta is not finite or |theta_i| > 1e8.
struct Slcp {
  static constexpr int kParameters = 5, kPoints = 4, kSize = 2 * kPoints;
  static constexpr double kLargest = 1e8;

  struct Prepared {
    bool valid;
    SlcpLaw law;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    if (!all_within(theta, kParameters, kLargest)) return {};
    return {true, SlcpLaw::of(theta)};
  }

  /// The next point.
  ALFI_HD static void draw(const SlcpLaw& law, Stream& random, float* point) {
    const double first = random.normal_double(), second = random.normal_double();
    point[0] = static_cast<float>(law.mean[0] + law.first * first);
    point[1] = static_cast<float>(law.mean[1] + law.cross * first + law.second * second);
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    for (int i = 0; i < kPoints; ++i) draw(p.law, random, x + 2 * i);
    return Status::ok;
  }
};

/// The parameters of both tasks.
std::vector<Parameter> slcp_parameters();

/// log p of the Slcp::kSize entries x (0 of none); -infinity where theta is not within Slcp::kLargest.
double slcp_log_density(const double* theta, const std::vector<double>& x);

Simulator make_slcp();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
