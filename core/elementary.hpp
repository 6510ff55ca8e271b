#pragma once
#include <cmath>
#include <cstring>

#include "alfi/core/portable.hpp"

/// Logarithm, sine and normal draws of nothing but +, -, *, / and square roots, written once for single numbers and for
/// the vectors of kernels/cpu/: the same bits in both, on every CPU level, where products and sums are not fused.
/// A formula's first template argument A is the arithmetic: Element (float or double), Real and Bits (one of them, or
/// a vector), bits(x) and real(b) that reinterpret, sqrt(x).

namespace alfi {
inline namespace v0 {

template <class T>
struct FloatFormat;
template <>
struct FloatFormat<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23, kBias = 127;
  static constexpr Bits kHalfRoot = 0x3f3504f3;                                // sqrt(1/2)
  static constexpr float kLog2High = 0x1.62ep-1f, kLog2Low = 0x1.0bfbe8p-15f;  // high: products with n are exact
};
template <>
struct FloatFormat<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissa = 52, kBias = 1023;
  static constexpr Bits kHalfRoot = 0x3fe6a09e667f3bcd;
  static constexpr double kLog2High = 0x1.62e42fefap-1, kLog2Low = 0x1.cf79abc9e3b39p-40;
};

/// Of single numbers.
template <class T>
struct ScalarArithmetic {
  using Element = T;
  using Real = T;
  using Bits = typename FloatFormat<T>::Bits;
  ALFI_HD static Bits bits(Real x) {
    Bits b;
    std::memcpy(&b, &x, sizeof(b));
    return b;
  }
  ALFI_HD static Real real(Bits b) {
    Real x;
    std::memcpy(&x, &b, sizeof(x));
    return x;
  }
  ALFI_HD static Real sqrt(Real x) { return std::sqrt(x); }
};

/// c_0 + z (c_1 + z (c_2 + ...)).
template <class A, class... More>
ALFI_HD inline typename A::Real horner(typename A::Real z, double first, More... more) {
  using E = typename A::Element;
  if constexpr (sizeof...(More) == 0) {
    return typename A::Real{} + static_cast<E>(first);
  } else {
    return horner<A>(z, more...) * z + static_cast<E>(first);
  }
}

/// log x for x positive and normal; within 1 ulp. With x = 2^n m, m between sqrt(1/2) and sqrt(2), f = m - 1 and
/// s = f / (2 + f): log m = 2 (s + s^3/3 + s^5/5 + ...) = f - (f^2/2 - s (f^2/2 + r)), r = 2 (z/3 + z^2/5 + ...),
/// z = s^2 <= 0.0295. The first omitted term is 3e-9 in float, 3e-18 in double, of s.
template <class A>
ALFI_HD inline typename A::Real log_of(typename A::Real x) {
  using E = typename A::Element;
  using F = FloatFormat<E>;
  using Real = typename A::Real;
  using Bits = typename A::Bits;
  using Bit = typename F::Bits;
  constexpr Bit kShift = Bit(F::kBias + 1) << F::kMantissa;               // keeps n + kBias + 1 positive
  constexpr Bit kUnits = Bit(F::kBias + F::kMantissa) << F::kMantissa;    // in this binade a unit is the last place
  const Bits e = (A::bits(x) + (kShift - F::kHalfRoot)) >> F::kMantissa;  // n + kBias + 1
  const Real n = A::real(e + kUnits) - (A::real(Bits{} + kUnits) + E(F::kBias + 1));
  const Real f = A::real(A::bits(x) + kShift - (e << F::kMantissa)) - E(1);
  const Real s = f / (f + E(2)), z = s * s, half = f * f * E(0.5);
  Real r;
  if constexpr (sizeof(E) == 4) {
    r = z * horner<A>(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9);
  } else {
    r = z *
        horner<A>(z, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21);
  }
  return n * F::kLog2High - ((half - (s * (half + r) + n * F::kLog2Low)) - f);
}

/// sin(pi s) for |s| <= 1/2; within 4 ulp. Taylor's series: the first omitted term is 7e-10 in float, 1.2e-18 in
/// double, of the sum.
template <class A>
ALFI_HD inline typename A::Real sin_pi(typename A::Real s) {
  if constexpr (sizeof(typename A::Element) == 4) {
    return s * horner<A>(s * s, 3.14159265358979324, -5.16771278004997003, 2.55016403987734545, -0.599264529320792077,
                         0.0821458866111282288, -0.00737043094571435077, 0.000466302805767612567);
  } else {
    return s * horner<A>(s * s, 3.14159265358979324, -5.16771278004997003, 2.55016403987734545, -0.599264529320792077,
                         0.0821458866111282288, -0.00737043094571435077, 0.000466302805767612567,
                         -2.19153534478302158e-05, 7.95205400147551278e-07, -2.29484289972698731e-08,
                         5.39266466260812849e-10);
  }
}

/// |x|
template <class A>
ALFI_HD inline typename A::Real size_of(typename A::Real x) {
  return A::real(A::bits(x) & (~typename FloatFormat<typename A::Element>::Bits{0} >> 1));
}

/// Standard normals by Box and Muller's method, sqrt(-2 log u) cos(2 pi v): the sine of pi (|2v - 1| - 1/2), whose
/// argument is exact. u in (0, 1], v in (0, 1).
template <class A>
ALFI_HD inline typename A::Real normal_of(typename A::Real u, typename A::Real v) {
  using E = typename A::Element;
  const typename A::Real turn = size_of<A>(v * E(2) - E(1)) - E(0.5);
  return A::sqrt(log_of<A>(u) * E(-2)) * sin_pi<A>(turn);
}

}  // namespace v0
}  // namespace alfi
