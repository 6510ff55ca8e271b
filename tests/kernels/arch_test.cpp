// The vector code's own promises: accuracy of its nonlinearities, and the choice of a level.
#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "alfi/kernels/cpu/table.hpp"

using alfi::Index;
namespace cpu = alfi::cpu;

namespace {

/// Arguments of every size, of both signs, and the ends.
template <class T>
std::vector<T> arguments(double largest) {
  std::mt19937_64 bits(11);
  std::uniform_real_distribution<double> exponent(-40, std::log2(largest));
  std::vector<T> x = {T(0), T(-0.0), std::numeric_limits<T>::min(), std::numeric_limits<T>::max(),
                      std::numeric_limits<T>::lowest()};
  for (int i = 0; i < 200001; ++i) {
    const double magnitude = std::exp2(exponent(bits));
    x.push_back(static_cast<T>(bits() % 2 == 0 ? magnitude : -magnitude));
  }
  return x;
}

/// The largest error in ulp of the wanted value.
template <class T>
double largest_ulp(const std::vector<T>& x, const std::vector<T>& y, long double (*wanted)(long double)) {
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double exact = wanted(x[i]);
    if (exact == 0 && y[i] == T(0)) continue;
    // In long double: the ulp of a small number of T may be a denormal, which the host may flush.
    const long double ulp = std::ldexp(1.0L, std::ilogb(exact) - std::numeric_limits<T>::digits + 1);
    const double error = static_cast<double>(std::abs(y[i] - exact) / ulp);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

}  // namespace

TEST_CASE_TEMPLATE("arch: tanh is within 3 ulp", T, float, double) {
  const std::vector<T> x = arguments<T>(50);
  std::vector<T> y = x;
  cpu::table<T>().tanh(y.data(), static_cast<Index>(y.size()));
  const double error = largest_ulp<T>(x, y, [](long double v) { return std::tanh(v); });
  CHECK(error <= 3);
  CHECK(std::signbit(y[1]));
}

TEST_CASE_TEMPLATE("arch: sigmoid is within 3 ulp", T, float, double) {
  // Beyond this range sigmoid(x) is held at the smallest normal number's neighbourhood: exp must not overflow.
  const double range = sizeof(T) == 4 ? 87 : 708;
  std::vector<T> x = arguments<T>(range);
  x.erase(x.begin() + 3, x.begin() + 5);
  std::vector<T> y = x;
  cpu::table<T>().sigmoid(y.data(), static_cast<Index>(y.size()));
  const double error = largest_ulp<T>(x, y, [](long double v) { return 1 / (1 + std::exp(-v)); });
  CHECK(error <= 3);
}

TEST_CASE_TEMPLATE("arch: nonlinearities at the ends raise nothing, and an element's result has no place", T, float,
                   double) {
  const T huge = std::numeric_limits<T>::max();
  std::vector<T> ends = {huge, -huge, T(0), std::numeric_limits<T>::denorm_min(), T(1), T(-1), T(1e-30)};
  std::feclearexcept(FE_ALL_EXCEPT);
  std::vector<T> tanh = ends, sigmoid = ends;
  cpu::table<T>().tanh(tanh.data(), static_cast<Index>(ends.size()));
  cpu::table<T>().sigmoid(sigmoid.data(), static_cast<Index>(ends.size()));
  CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) == 0);
  CHECK(tanh[0] == T(1));
  CHECK(tanh[1] == T(-1));
  CHECK(sigmoid[0] == T(1));
  CHECK(sigmoid[1] >= T(0));
  CHECK(sigmoid[1] < T(1e-30));
  CHECK(sigmoid[2] == T(0.5));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    std::vector<T> many(37, ends[i]);
    cpu::table<T>().tanh(many.data(), 37);
    for (const T value : many) CHECK(value == tanh[i]);
  }
}

TEST_CASE("arch: the level is one of those that exist") {
  const std::string level = alfi::kernels::cpu_level();
  const std::vector<std::string> known = {"x86-64", "x86-64-v3", "x86-64-v4", "native", "portable"};
  CHECK(std::find(known.begin(), known.end(), level) != known.end());
}

TEST_CASE_TEMPLATE("arch: asinh is within 4 ulp, odd, and finite for any number", T, float, double) {
  std::vector<T> x = arguments<T>(1e15), y = x, negative = x;
  for (T& value : negative) value = -value;
  cpu::table<T>().asinh(y.data(), static_cast<Index>(y.size()));
  cpu::table<T>().asinh(negative.data(), static_cast<Index>(negative.size()));
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(negative[i] == -y[i]);
  CHECK(std::signbit(y[1]));
  for (const std::size_t end : {3, 4}) {  // the largest numbers: held, finite
    CHECK(std::isfinite(y[end]));
    x[end] = y[end] = T(0);
  }
  CHECK(largest_ulp<T>(x, y, [](long double v) { return std::asinh(v); }) <= 4);
}
