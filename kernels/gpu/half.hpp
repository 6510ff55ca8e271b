#pragma once
#include "alfi/core/elementary.hpp"

/// Numbers of half precision, in pairs: what tensor cores multiply fastest. 11 significant bits from 2^-14 to 65504,
/// and multiples of 2^-24 below. Conversions from float go to the nearest, ties to even.

namespace alfi {
inline namespace v0 {
namespace kernels {

using Half = std::uint16_t;      ///< its bits
using HalfPair = std::uint32_t;  ///< the first in the lower bits

#if !defined(__CUDA_ARCH__)
/// On the processor.
inline Half to_half(float x) {
  using A = ScalarArithmetic<float>;
  const std::uint32_t bits = A::bits(x), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) return 0x7fffu;                             // not a number
  if (size >= 0x477ff000u) return static_cast<Half>(sign | 0x7c00u);  // 65520 and more
  // Below 2^-14: the places of a sum with 1/2 are the multiples of 2^-24.
  if (size < 0x38800000u) return static_cast<Half>(sign | (A::bits(A::real(size) + 0.5f) - 0x3f000000u));
  return static_cast<Half>(sign | ((size + 0xfffu + (size >> 13 & 1u) - 0x38000000u) >> 13));
}
inline float of_half(Half half) {
  using A = ScalarArithmetic<float>;
  const std::uint32_t sign = (half & 0x8000u) << 16, size = half & 0x7fffu;
  if (size >= 0x7c00u) return A::real(sign | 0x7f800000u | (size > 0x7c00u ? 0x400000u : 0u));
  if (size < 0x400u) return A::real(sign | A::bits(static_cast<float>(size) * 0x1p-24f));
  return A::real(sign | ((size << 13) + 0x38000000u));
}
#endif

ALFI_HD inline HalfPair half_pair(float first, float second) {
#if defined(__CUDA_ARCH__)
  HalfPair pair;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
#else
  return to_half(first) | static_cast<HalfPair>(to_half(second)) << 16;
#endif
}
ALFI_HD inline float first_of(HalfPair pair) {
#if defined(__CUDA_ARCH__)
  float x;
  asm("{.reg .f16 low, high; mov.b32 {low, high}, %1; cvt.f32.f16 %0, low;}" : "=f"(x) : "r"(pair));
  return x;
#else
  return of_half(static_cast<Half>(pair & 0xffffu));
#endif
}
ALFI_HD inline float second_of(HalfPair pair) {
#if defined(__CUDA_ARCH__)
  float x;
  asm("{.reg .f16 low, high; mov.b32 {low, high}, %1; cvt.f32.f16 %0, high;}" : "=f"(x) : "r"(pair));
  return x;
#else
  return of_half(static_cast<Half>(pair >> 16));
#endif
}

/// Ones in the bits of each number that is greater than 0.
ALFI_HD inline HalfPair positive_halves(HalfPair pair) {
#if defined(__CUDA_ARCH__)
  HalfPair mask;
  asm("set.gt.u32.f16x2 %0, %1, %2;" : "=r"(mask) : "r"(pair), "r"(0u));
  return mask;
#else
  const auto positive = [](HalfPair half) { return half > 0u && half <= 0x7c00u; };
  return (positive(pair & 0xffffu) ? 0xffffu : 0u) | (positive(pair >> 16) ? 0xffff0000u : 0u);
#endif
}

/// A pair of floats as kParts pairs of halves that add up to it: one, the nearest; or two, x = part 0 + part 1 but for
/// 2^-23 of x (or 2^-25, if that is more). Where x is not finite or exceeds 65504, a part is not finite either.
template <int kParts>
struct SplitPair {
  HalfPair part[kParts];

  ALFI_HD static SplitPair of(float first, float second) {
    SplitPair s;
    s.part[0] = half_pair(first, second);
    if constexpr (kParts == 2) {
      s.part[1] = half_pair(rest(first, first_of(s.part[0])), rest(second, second_of(s.part[0])));
    }
    return s;
  }

 private:
  ALFI_HD static float rest(float x, float high) {
#if defined(__CUDA_ARCH__)
    return x - high;
#else
    using A = ScalarArithmetic<float>;
    constexpr std::uint32_t kEndless = 0x7f800000u, kNaN = 0x7fc00000u;
    return (A::bits(high) & kEndless) == kEndless ? A::real(kNaN) : x - high;  // without an exception
#endif
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
