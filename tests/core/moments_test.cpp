#include "alfi/core/moments.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

TEST_CASE("moments by hand: none, one, a few, far from zero") {
  alfi::RunningMoments m;
  CHECK(m.mean() == 0);
  CHECK(m.sd() == 0);
  m.add(1e9 + 1);
  CHECK(m.mean() == 1e9 + 1);
  CHECK(m.standard_error() == 0);
  m.add(1e9 + 2);
  m.add(1e9 + 6);
  CHECK(m.count() == 3);
  CHECK(m.mean() == 1e9 + 3);
  CHECK(std::abs(m.sd() - std::sqrt(7.0)) <= 1e-6);  // (4 + 1 + 9) / 2; the spacing of doubles near 1e9 is 1e-7
  CHECK(std::abs(m.standard_error() - std::sqrt(7.0 / 3)) <= 1e-6);
}

TEST_CASE("joined moments are those of all numbers, by hand: none, one side, both") {
  alfi::RunningMoments none, left, right;
  left.join(none);
  CHECK(left.count() == 0);
  for (const double x : {1e9 + 1, 1e9 + 2}) left.add(x);
  left.join(none);
  CHECK(left.count() == 2);
  none.join(left);
  CHECK(none.mean() == 1e9 + 1.5);
  CHECK(none.sd() == left.sd());
  right.add(1e9 + 6);
  left.join(right);
  CHECK(left.count() == 3);
  CHECK(left.mean() == 1e9 + 3);
  CHECK(std::abs(left.sd() - std::sqrt(7.0)) <= 1e-6);
}
