#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>

#include "alfi/kernels/gpu/chain.hpp"

namespace kernels = alfi::kernels;

namespace {

/// What a half is, by its definition.
double value_of(unsigned half) {
  const int exponent = static_cast<int>(half >> 10 & 31u);
  const double fraction = half & 1023u, sign = half >> 15 == 0 ? 1 : -1;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

}  // namespace

TEST_CASE("half: every number that one holds, and the nearest of two") {
  for (unsigned half = 0; half < 0x7c00u; ++half) {
    for (const unsigned sign : {0u, 0x8000u}) {
      const auto bits = static_cast<kernels::Half>(half | sign);
      const float exact = kernels::of_half(bits);
      REQUIRE(static_cast<double>(exact) == value_of(bits));
      REQUIRE(kernels::to_half(exact) == bits);
      if (half == 0x7bffu) continue;
      // Half-way to the next goes to the even one, a little less or more to the nearer.
      const auto middle = static_cast<float>((value_of(bits) + value_of(bits + 1u)) / 2);
      const auto next = static_cast<kernels::Half>(bits + 1u);
      REQUIRE(kernels::to_half(middle) == (half % 2 == 0 ? bits : next));
      REQUIRE(kernels::to_half(std::nextafter(middle, 0.0f)) == bits);
      REQUIRE(kernels::to_half(middle * (1 + 0x1p-23f)) == next);
    }
  }
}

TEST_CASE("half: what is too large, and what is no number") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(kernels::to_half(65519.99f) == 0x7bff);
  CHECK(kernels::to_half(65520.0f) == 0x7c00);
  CHECK(kernels::to_half(-1e30f) == 0xfc00);
  CHECK(kernels::of_half(kernels::to_half(-infinity)) == -infinity);
  CHECK(std::isnan(kernels::of_half(kernels::to_half(std::numeric_limits<float>::quiet_NaN()))));
  CHECK(kernels::to_half(0x1p-25f) == 0);  // half the least, to even
  CHECK(kernels::to_half(0x1.02p-25f) == 1);
  CHECK(kernels::positive_halves(kernels::half_pair(1e-7f, -1.0f)) == 0xffffu);
  CHECK(kernels::positive_halves(kernels::half_pair(-0.0f, 3.0f)) == 0xffff0000u);
  CHECK(kernels::positive_halves(kernels::half_pair(std::nanf(""), 0.0f)) == 0u);
}

TEST_CASE("half: two of them hold a float but for 2^-23, or 2^-25") {
  std::mt19937 bits(5);
  std::uniform_real_distribution<float> mantissa(1, 2);
  for (int i = 0; i < 20000; ++i) {
    const float x = std::ldexp(mantissa(bits), i % 40 - 25) * (i % 2 == 0 ? 1.0f : -1.0f);
    if (std::fabs(x) > 65000) continue;
    const auto pair = kernels::SplitPair<2>::of(x, -x);
    const double sum = static_cast<double>(kernels::first_of(pair.part[0])) + kernels::first_of(pair.part[1]);
    REQUIRE(std::fabs(sum - x) <= std::fmax(0x1p-23 * std::fabs(x), 0x1p-25));
    REQUIRE(static_cast<double>(kernels::second_of(pair.part[0])) + kernels::second_of(pair.part[1]) == -sum);
    const auto one = kernels::SplitPair<1>::of(x, x);
    REQUIRE(one.part[0] == kernels::half_pair(x, x));
  }
  // Nothing that a half cannot hold becomes a number that it can.
  for (const float x : {1e5f, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    const auto pair = kernels::SplitPair<2>::of(x, 1);
    CHECK_FALSE(std::isfinite(kernels::first_of(pair.part[0])));
    CHECK(kernels::second_of(pair.part[0]) == 1);
  }
}

TEST_CASE("chain: powers of two that bring a bound below 2^15") {
  for (const float bound : {1e-20f, 3e-6f, 0.99f, 1.0f, 1.7f, 2.0f, 12345.0f, 1e20f}) {
    const float scale = kernels::scale_for(bound, 100), scaled = bound * scale;
    CHECK(scaled >= 16384);
    CHECK(scaled < 32768);
    CHECK(kernels::inverse_of_power(scale) * scale == 1);
    CHECK(std::frexp(scale, std::array<int, 1>{}.data()) == 0.5f);
  }
  CHECK(kernels::scale_for(0.0f) == 0x1p40f);
  CHECK(kernels::scale_for(std::numeric_limits<float>::max()) == 0x1p-100f);
  CHECK(kernels::finite_size(-3) == kernels::finite_size(3));
  CHECK(kernels::finite_size(std::nanf("")) == 0u);
  CHECK(kernels::finite_size(-std::numeric_limits<float>::infinity()) == 0u);
}

TEST_CASE("chain: tanh within 4 ulp") {
  double worst = 0, worst_slope = 0;
  for (int i = 0; i < 400000; ++i) {
    const float x = std::ldexp(1.0f + static_cast<float>(i % 1000) / 1000, i / 1000 % 40 - 35);
    for (const float signed_x : {x, -x}) {
      const double exact = std::tanh(static_cast<double>(signed_x));
      const double ulp = std::ldexp(1.0, std::ilogb(exact) - 23);
      worst = std::fmax(worst, std::fabs(kernels::chain_tanh(signed_x) - exact) / ulp);
      const double cosh = std::cosh(static_cast<double>(signed_x)), slope = 1 / (cosh * cosh);
      const double slope_error = std::fabs(kernels::chain_tanh_slope(signed_x) - slope) / slope;
      if (x < 30) worst_slope = std::fmax(worst_slope, slope_error / (8 + 2 * x));
    }
  }
  CHECK(worst <= 4);
  CHECK(worst_slope <= 0x1p-23);
  CHECK(kernels::chain_tanh(0) == 0);
  CHECK(kernels::chain_tanh(200) == 1);
  CHECK(kernels::chain_tanh(-std::numeric_limits<float>::infinity()) == -1);
  CHECK(std::isnan(kernels::chain_tanh(std::nanf(""))));
  CHECK(std::isnan(kernels::chain_relu(std::nanf(""))));
  CHECK(kernels::chain_relu(-1) == 0);
  CHECK(kernels::chain_relu(2) == 2);
}
