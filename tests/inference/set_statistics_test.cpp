#include "alfi/inference/set_statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace alfi;

TEST_CASE("set statistics: by hand") {
  // x = 0, 1, 2, 3 and y = 1 + 2 x with residuals +1, -1, -1, +1, which are orthogonal to 1 and x.
  const std::vector<float> x{0, 2, 1, 2, 2, 4, 3, 8};
  CHECK(set_statistics_size(2) == 5);
  std::vector<double> out(5);
  set_statistics({x.data(), 4, 2}, {0, 0}, out.data());
  CHECK(out[0] == doctest::Approx(1.5));
  CHECK(out[1] == doctest::Approx(0.5 * std::log(1.25)));
  CHECK(out[2] == doctest::Approx(1));
  CHECK(out[3] == doctest::Approx(2));
  CHECK(out[4] == doctest::Approx(0).epsilon(1e-12));
  set_statistics({x.data(), 4, 2}, {0, std::sqrt(3)}, out.data());
  CHECK(out[4] == doctest::Approx(0.5 * std::log(4)));
}

TEST_CASE("set statistics: three columns, the middle one constant; one observation") {
  std::vector<float> x;
  for (int i = 0; i < 10; ++i) {
    const float u = static_cast<float>((i * 7) % 10), v = static_cast<float>((i * i) % 5);
    x.insert(x.end(), {u, 3, v, 4 - 2 * u + 0.5f * v});
  }
  std::vector<double> out(static_cast<std::size_t>(set_statistics_size(4)));
  set_statistics({x.data(), 10, 4}, {0.1, 0.1, 0.1, 0.1}, out.data());
  // u: mean, log sd; 3: intercept 3, slope 0, log floor; v: three and its log sd; then 4, -2, 0, 0.5, log floor.
  CHECK(out[2] == doctest::Approx(3));
  CHECK(out[3] == doctest::Approx(0));
  CHECK(out[4] == doctest::Approx(std::log(0.1)));
  CHECK(out[9] == doctest::Approx(4));
  CHECK(out[10] == doctest::Approx(-2));
  CHECK(out[11] == doctest::Approx(0));
  CHECK(out[12] == doctest::Approx(0.5));
  CHECK(out[13] == doctest::Approx(std::log(0.1)));
  set_statistics({x.data(), 1, 4}, {0.1, 0.1, 0.1, 0.1}, out.data());
  for (const double value : out) CHECK(std::isfinite(value));
}
