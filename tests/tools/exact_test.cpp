#include "exact.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace alfi;
using namespace alfi::tools;

// Simpson's rule on a smooth peak at least a tenth of the grid's 2000 panels wide errs by less than 1e-9 of its
// width; the checks allow 1e-7 of it.

TEST_CASE("exact: a peak far narrower than the first grid") {
  const double mean = 3.14159, sd = 1e-6;
  const Moments m = moments_of([&](double x) { return -0.5 * (x - mean) / sd * ((x - mean) / sd); }, -100, 100);
  REQUIRE(m.available);
  CHECK(std::fabs(m.mean - mean) < 1e-7 * sd + 4e-15);  // and the rounding of the grid's points
  CHECK(std::fabs(m.standard_deviation - sd) < 1e-6 * sd);
}

TEST_CASE("exact: a flat density, and one cut by its bounds") {
  const Moments flat = moments_of([](double) { return -7.0; }, 1, 3);
  CHECK(std::fabs(flat.mean - 2) < 1e-12);
  CHECK(std::fabs(flat.standard_deviation - 1 / std::sqrt(3.0)) < 1e-9);
  // Exponential of rate 1000 on [0, 1]: mean and sd 1e-3, the rest of it exp(-1000).
  const Moments edge = moments_of([](double x) { return -1000 * x; }, 0, 1);
  CHECK(std::fabs(edge.mean - 1e-3) < 1e-3 * 1e-6);
  CHECK(std::fabs(edge.standard_deviation - 1e-3) < 1e-3 * 1e-6);
}

TEST_CASE("exact: impossible observations have no posterior") {
  CHECK_FALSE(moments_of([](double) { return -std::numeric_limits<double>::infinity(); }, 0, 1).available);
}
