#include "report/scale.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace alfi::report;

namespace {

std::vector<std::string> texts(const Ticks& ticks) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks.ticks) all.push_back(tick.text);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("ticks are round numbers inside of the range, written with the digits they need") {
  CHECK(texts(linear_ticks({0, 1}, 5)) == Texts{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(texts(linear_ticks({-2.9, 2.9}, 3)) == Texts{"−2", "0", "2"});
  CHECK(texts(linear_ticks({1.342, 1.367}, 3)) == Texts{"1.35", "1.36"});
  CHECK(texts(linear_ticks({0, 5}, 12, true)) == Texts{"0", "1", "2", "3", "4", "5"});
  CHECK(texts(linear_ticks({0, 2000}, 5)) == Texts{"0", "500", "1000", "1500", "2000"});
  CHECK(texts(linear_ticks({0.016, 0.099}, 4)) == Texts{"0.02", "0.04", "0.06", "0.08"});  // not 0.05 alone
  CHECK(texts(linear_ticks({-3.4, 0.8}, 4)) == Texts{"−3", "−2", "−1", "0"});
  CHECK(linear_ticks({3, 3}, 5).ticks.empty());
  CHECK(linear_ticks({0, std::numeric_limits<double>::infinity()}, 5).ticks.empty());
}

TEST_CASE("numbers far from one leave a power of ten to the axis title") {
  const Ticks small = linear_ticks({0, 3.1e-5}, 4);
  CHECK(small.exponent == -5);
  CHECK(texts(small) == Texts{"0", "1", "2", "3"});
  CHECK(small.ticks[3].value == doctest::Approx(3e-5));
  CHECK(axis_title("rate", "1/s", small.exponent) == "rate [10⁻⁵ 1/s]");
  CHECK(linear_ticks({0, 2.5e7}, 5).exponent == 7);
  CHECK(axis_title("calls", "", 7) == "calls [10⁷]");
  CHECK(axis_title("calls", "") == "calls");
}

TEST_CASE("logarithmic ticks: decades, or what lies between them") {
  CHECK(texts(logarithmic_ticks({0.5, 2000}, 5)) == Texts{"1", "10", "100", "1000"});
  CHECK(texts(logarithmic_ticks({1.5, 30}, 5)) == Texts{"2", "5", "10", "20"});
  CHECK(texts(logarithmic_ticks({1e-6, 1e-4}, 5)) == Texts{"10⁻⁶", "10⁻⁵", "10⁻⁴"});
  CHECK(logarithmic_ticks({1e-20, 1e20}, 5).ticks.size() <= 6);
  CHECK(logarithmic_ticks({0, 1}, 5).ticks.empty());
}

TEST_CASE("an extent leaves out what is not finite and never has no width") {
  Extent extent;
  CHECK(extent.empty());
  CHECK(extent.range(0).high == 1);
  extent.add(std::nan(""));
  extent.add(2);
  CHECK(extent.range(0).low < 2);
  CHECK(extent.range(0).high > 2);
  extent.add(4);
  CHECK(extent.range(0.5).low == 1);
  CHECK(extent.range(0.5).high == 5);
}

TEST_CASE("numbers as people write them") {
  CHECK(shown(-0.25, 3) == "−0.25");
  CHECK(shown(7.004e-7, 3) == "7·10⁻⁷");
  CHECK(shown(1.5e12, 3) == "1.5·10¹²");
}
