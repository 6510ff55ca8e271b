#include "alfi/inference/uniformity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"

using namespace alfi;

namespace {

std::vector<double> uniforms(Index count, std::uint32_t set, double power = 1) {
  std::vector<double> values;
  Stream random(step_key(9, Purpose::user, 1), {set, 0, 0, 0});
  for (Index i = 0; i < count; ++i) values.push_back(std::pow(random.uniform_double(), power));
  return values;
}

bool inside(const UniformityTest& test, const UniformityTest::Band& band, const std::vector<double>& values) {
  const std::vector<double> shares = test.shares(values);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] < band.low[i] || shares[i] > band.high[i]) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("uniformity: two numbers by hand") {
  // One point, 1/2: 0, 1 or 2 numbers below it with probabilities 1/4, 1/2, 1/4.
  const UniformityTest test(2);
  CHECK(test.points() == std::vector<double>{0.5});
  CHECK(test.shares({0.2, 0.9}) == std::vector<double>{0.5});
  CHECK(test.p_value({0.2, 0.9}) == doctest::Approx(1));  // nothing is more usual
  CHECK(test.p_value({0.2, 0.3}) == doctest::Approx(0.5));
  CHECK(test.band(0.49).low == std::vector<double>{0.5});
  CHECK(test.band(0.9).low == std::vector<double>{0});
  CHECK(test.band(0.9).high == std::vector<double>{1});
}

TEST_CASE("uniformity: bands hold as many sets as they say, p values are uniform or larger, and agree with bands") {
  const Index numbers = 250, sets = 2000;
  const UniformityTest test(numbers);
  const UniformityTest::Band band = test.band(0.9), wide = test.band(0.999);
  Index held = 0, below = 0;
  for (Index s = 0; s < sets; ++s) {
    const std::vector<double> values = uniforms(numbers, static_cast<std::uint32_t>(s));
    const bool in = inside(test, band, values);
    const double p = test.p_value(values);
    held += in ? 1 : 0;
    below += p < 0.1 ? 1 : 0;
    CHECK(in == (p > 1 - 0.9 - 1e-9 || in));  // outside: p below 0.1
    if (!in) CHECK(p < 0.1 + 1e-9);
    if (inside(test, wide, values)) continue;
    CHECK(p < 0.001 + 1e-9);
  }
  // 6 sds of a share of 2000: 0.04; counts are whole numbers, so that bands hold a little more.
  CHECK(std::abs(static_cast<double>(held) / static_cast<double>(sets) - 0.9) < 0.045);
  CHECK(static_cast<double>(below) / static_cast<double>(sets) < 0.14);
}

TEST_CASE("uniformity: numbers that lean are found out; what is no number is refused") {
  const UniformityTest test(1000);
  CHECK(test.p_value(uniforms(1000, 1, 1.3)) < 1e-6);
  CHECK(test.p_value(uniforms(1000, 1)) > 0.001);
  CHECK_THROWS_AS(UniformityTest(0), InputError);
  CHECK_THROWS_AS(test.p_value({0.5}), ShapeError);
  CHECK_THROWS_AS(test.p_value(std::vector<double>(1000, std::nan(""))), NumericError);
  CHECK_THROWS_WITH_AS(test.band(1), "UniformityTest: probability: got 1, expected a number between 0 and 1",
                       InputError);
}
