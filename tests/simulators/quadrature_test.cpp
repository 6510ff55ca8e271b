#include "alfi/simulators/quadrature.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "alfi/core/special.hpp"

using alfi::argmax;
using alfi::log_integral;
using alfi::log_normal_interval;

namespace {
const double kInfinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("quadrature: integrals with known answers") {
  // The promised relative error is 1e-9.
  CHECK(std::abs(log_integral([](double) { return 0.0; }, {2, 5}) - std::log(3.0)) < 1e-9);
  CHECK(std::abs(log_integral([](double x) { return -x; }, {0, 1}) - std::log(1 - std::exp(-1.0))) < 1e-9);
  for (const double width : {1.0, 1e-2, 1e-4, 1e-6}) {
    CAPTURE(width);
    const auto peak = [&](double x) { return 1000 - 0.5 * (x - 0.3) * (x - 0.3) / (width * width); };
    const double mass = log_normal_interval(-0.3 / width, 0.7 / width);
    const double wanted = 1000 + 0.5 * alfi::kLogTwoPi + std::log(width) + mass;
    CHECK(std::abs(log_integral(peak, {0, 1}) - wanted) < 1e-9);
    // The mean of the peak, as a weight.
    if (width < 1e-3)
      CHECK(std::abs(log_integral(peak, {0, 1}, [](double x) { return x; }) - wanted - std::log(0.3)) < 1e-9);
  }
}

TEST_CASE("quadrature: a peak that leans on an end, a kink in the weight, a wall inside") {
  const auto steep = [](double x) { return -1e5 * x; };
  CHECK(std::abs(log_integral(steep, {0, 1}) - std::log(1e-5)) < 1e-9);
  const auto kink = [](double x) { return std::abs(x - 0.25); };
  const double wanted = std::log(0.5 * (0.25 * 0.25 + 0.75 * 0.75));
  CHECK(std::abs(log_integral([](double) { return 0.0; }, {0, 1}, kink, {0.25}) - wanted) < 1e-9);
  const auto power = [](double x) { return x > 0 ? 3 * std::log(x) : -kInfinity; };
  CHECK(std::abs(log_integral(power, {0, 1}) - std::log(0.25)) < 1e-9);
  CHECK(log_integral(power, {1, 1}) == -kInfinity);
}

TEST_CASE("quadrature: argmax finds inner maxima and ends") {
  CHECK(std::abs(argmax([](double x) { return -(x - 0.3) * (x - 0.3); }, {-1, 2}) - 0.3) < 1e-8);
  CHECK(argmax([](double x) { return x; }, {-1, 2}) == 2);
  CHECK(argmax([](double x) { return -x; }, {-1, 2}) == -1);
}

TEST_CASE("quadrature: the normal's mass of an interval, in both tails") {
  CHECK(std::abs(log_normal_interval(-1, 1) - std::log(0.6826894921370859)) < 1e-14);
  CHECK(std::abs(log_normal_interval(0, 1) - std::log(0.34134474606854293)) < 1e-14);
  CHECK(std::abs(log_normal_interval(-2, -1) - log_normal_interval(1, 2)) < 1e-15);
  // Beyond x the mass is phi(x)/x (1 - 1/x^2 + ...), here to 3/x^4 = 3e-8; relative to a log of 5000.
  const double wanted = -0.5 * alfi::kLogTwoPi - 5000 - std::log(100.0) + std::log1p(-1e-4);
  CHECK(std::abs(log_normal_interval(100, 200) - wanted) < 5e-8);
  CHECK(log_normal_interval(1, 1) == -kInfinity);
}
