#pragma once
#include <cmath>

#include "alfi/core/elementary.hpp"

/// Draws of the angular law of fermion pairs (simulators/angular.hpp): c with a density proportional to
/// max(0, 1 + c^2 + a c) on -limit < c < limit. Templates on the arithmetic (core/elementary.hpp): kernels/cpu/ draws
/// many at once what quantile() draws one by one, bit for bit.

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

  /// Where Newton's method is on its way to the quantile, and the bracket that it stays in.
  template <class A>
  struct Place {
    typename A::Real left, right, c;
  };
  template <class A>
  ALFI_HD Place<A> start(typename A::Real u) const {
    const typename A::Real zero{};
    return {zero + low, zero + high, u * (high - low) + low};
  }

  /// One step; how far it went. The cubic rises on the support, but flatly so near a root of the polynomial.
  template <class A>
  ALFI_HD typename A::Real refine(typename A::Real u, Place<A>& at) const {
    using Real = typename A::Real;
    const Real c = at.c, excess = c * (c * (c * (1.0 / 3) + 0.5 * slope) + 1.0) - (u * norm + below);
    const Real density = c * (c + slope) + 1.0, one = Real{} + 1.0;
    at.right = excess > 0.0 ? c : at.right;
    at.left = excess > 0.0 ? at.left : c;
    const Real newton = c - excess / (density > 0.0 ? density : one);
    const Real next = density > 0.0 ? newton : at.left;
    const Real middle = 0.5 * (at.left + at.right);
    const auto stays = (next > at.left) & (next < at.right);
    at.c = stays ? next : middle;
    return size_of<A>(at.c - c);
  }

  static constexpr int kSteps = 60;
  static constexpr double kClose = 1e-9;  ///< a step below ends the search

  /// c with distribution function u.
  ALFI_HD float quantile(double u) const {
    using A = ScalarArithmetic<double>;
    Place<A> at = start<A>(u);
    for (int i = 0; i < kSteps && !(refine<A>(u, at) < kClose); ++i) {
    }
    return inside(at.c);
  }

  /// As a float strictly inside the support of the law of a.
  ALFI_HD float inside(double c) const {
    float result = static_cast<float>(c);
    if (result < lowest) result = lowest;
    if (result > highest) result = highest;
    return static_cast<float>(sign) * result;
  }
};

}  // namespace v0
}  // namespace alfi
