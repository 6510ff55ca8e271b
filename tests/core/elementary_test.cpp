#include "alfi/core/elementary.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace alfi;

namespace {

/// |got - wanted| in units of wanted's last place.
template <class T>
double ulps(T got, long double wanted) {
  if (wanted == 0) return got == T(0) ? 0 : 1e9;
  const long double ulp = std::ldexp(1.0L, std::ilogb(wanted) - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::abs(static_cast<long double>(got) - wanted) / ulp);
}

constexpr long double kPi = 3.14159265358979323846L;

}  // namespace

TEST_CASE_TEMPLATE("elementary: the logarithm is within 1 ulp", T, float, double) {
  using A = ScalarArithmetic<T>;
  std::mt19937_64 bits(3);
  std::uniform_real_distribution<double> exponent(-120, 120), near_one(0.6, 1.6);
  double largest = 0;
  for (int i = 0; i < 500000; ++i) {
    const T x = static_cast<T>(i % 2 == 0 ? std::exp2(exponent(bits)) : near_one(bits));
    largest = std::fmax(largest, ulps<T>(log_of<A>(x), std::log(static_cast<long double>(x))));
  }
  CHECK(largest <= 1);
  for (const T x : {T(1), T(0.5), T(2), T(0x1p-33), T(1) - std::numeric_limits<T>::epsilon() / 2,
                    std::numeric_limits<T>::min(), std::numeric_limits<T>::max()}) {
    CAPTURE(x);
    CHECK(ulps<T>(log_of<A>(x), std::log(static_cast<long double>(x))) <= 1);
  }
}

TEST_CASE_TEMPLATE("elementary: the sine of pi s is within 4 ulp", T, float, double) {
  using A = ScalarArithmetic<T>;
  std::mt19937_64 bits(4);
  std::uniform_real_distribution<double> anywhere(-0.5, 0.5), exponent(-60, -1);
  double largest = 0;
  for (int i = 0; i < 500000; ++i) {
    const T s = static_cast<T>(i % 2 == 0 ? anywhere(bits) : std::exp2(exponent(bits)));
    largest = std::fmax(largest, ulps<T>(sin_pi<A>(s), std::sin(kPi * static_cast<long double>(s))));
  }
  CHECK(largest <= 4);
  CHECK(sin_pi<A>(T(0)) == T(0));
  CHECK(sin_pi<A>(T(0.5)) == doctest::Approx(1).epsilon(1e-6));
  CHECK(sin_pi<A>(T(-0.25)) == -sin_pi<A>(T(0.25)));
}

TEST_CASE_TEMPLATE("elementary: a normal is Box and Muller's", T, float, double) {
  using A = ScalarArithmetic<T>;
  std::mt19937_64 bits(5);
  std::uniform_real_distribution<double> uniform(0x1p-24, 1);
  // The logarithm's 1 halved by the root, the root's rounding, the sine's 4, the product's rounding: below 6.
  double largest = 0;
  for (int i = 0; i < 200000; ++i) {
    const T u = static_cast<T>(uniform(bits)), v = static_cast<T>(std::round(uniform(bits) * 0x1p22) * 0x1p-23);
    if (v == T(0.25)) continue;
    const long double turn = std::abs(2 * static_cast<long double>(v) - 1) - 0.5L;
    const long double wanted = std::sqrt(-2 * std::log(static_cast<long double>(u))) * std::sin(kPi * turn);
    largest = std::fmax(largest, ulps<T>(normal_of<A>(u, v), wanted));
  }
  CHECK(largest <= 6);
  CHECK(normal_of<A>(T(1), T(0.3)) == T(0));
}
