#pragma once
#include <cmath>

#include "alfi/simulators/simulator.hpp"

/// The angular law of fermion pairs, shared by weinberg and muon_asymmetry: the cosine c of an angle has density
///     max(0, 1 + c^2 + a c) / norm(a)    on -limit < c < limit.
/// For |a| > 2 the polynomial is negative between -limit and its root r (mirrored for a < 0), and the density is 0
/// there.

namespace alfi {
inline namespace v0 {

/// A prepared law; draws by inversion of its distribution function, a cubic in c.
struct AngularLaw {
  double slope;           ///< |a|
  double sign;            ///< of a: the law of -c is that of -a
  double low, high;       ///< the support for |a|
  double below, norm;     ///< integral of the polynomial up to low, and over the support
  float lowest, highest;  ///< the outermost floats strictly inside the support

  /// Integral of 1 + c^2 + slope c, from 0.
  ALFI_HD static double integral(double slope, double c) { return c * (1 + c * (0.5 * slope + c / 3)); }

  /// Lower end of the support for slope >= 0.
  ALFI_HD static double lower_end(double slope, double limit) {
    if (slope <= 2) return -limit;
    const double root = -2 / (slope + std::sqrt((slope - 2) * (slope + 2)));  // (-slope + sqrt(slope^2 - 4)) / 2
    return root > -limit ? root : -limit;
  }

  /// |a| <= 1e3, 0 < limit <= 1.
  ALFI_HD static AngularLaw of(double a, double limit) {
    AngularLaw law{};
    law.sign = a < 0 ? -1 : 1;
    law.slope = std::fabs(a);
    law.low = lower_end(law.slope, limit);
    law.high = limit;
    law.below = integral(law.slope, law.low);
    law.norm = integral(law.slope, limit) - law.below;
    law.lowest = std::nextafter(static_cast<float>(law.low), 2.0f);
    while (!(static_cast<double>(law.lowest) > law.low) || !(law.polynomial(static_cast<double>(law.lowest)) > 0)) {
      law.lowest = std::nextafter(law.lowest, 2.0f);
    }
    law.highest = static_cast<float>(limit);
    if (static_cast<double>(law.highest) >= limit) law.highest = std::nextafter(law.highest, -2.0f);
    return law;
  }

  ALFI_HD double polynomial(double c) const { return 1 + c * (c + slope); }

  /// c with distribution function u. Newton's method, kept inside a shrinking bracket: the cubic rises on the support,
  /// but flatly so near a root of the polynomial.
  ALFI_HD float quantile(double u) const {
    const double target = below + u * norm;
    double left = low, right = high, c = low + u * (high - low);
    for (int i = 0; i < 60; ++i) {
      const double excess = integral(slope, c) - target, density = polynomial(c);
      (excess > 0 ? right : left) = c;
      double next = density > 0 ? c - excess / density : left;
      if (!(next > left && next < right)) next = 0.5 * (left + right);
      const double step = std::fabs(next - c);
      c = next;
      if (step < 1e-9) break;
    }
    float result = static_cast<float>(c);
    if (result < lowest) result = lowest;
    if (result > highest) result = highest;
    return static_cast<float>(sign) * result;
  }
};

/// Integral of the density's numerator: norm(a).
double angular_norm(double a, double limit);

/// Sum of log(1 + c^2 + a c) over observations [N,1]; -infinity where one of them is impossible for this a.
double angular_log_sum(double a, Observations observations);

/// Whether all |c| < limit (<= where closed).
bool angular_within(Observations observations, double limit, bool closed);

/// The values of a for which every observation has a positive density, cut to [-largest, largest].
struct AngularRange {
  double low, high;
};
AngularRange angular_range(Observations observations, double largest);

}  // namespace v0
}  // namespace alfi
