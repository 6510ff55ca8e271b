#include "alfi/kernels/features.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"

using namespace alfi;

TEST_CASE("observation features by hand: scaled, tamed, masked, and nothing beyond the counts touched") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  // Two problems of three rows of two columns; the second problem has one row, its others hold garbage.
  const std::vector<float> x{3, 10, nan, 0, 5, -10, 8, 2, nan, nan, nan, nan};
  const std::vector<std::uint8_t> status{0, 1, 0, 0, 0, 0};
  const std::vector<std::int32_t> counts{3, 1};
  const std::vector<double> location{1, 0, 8, 0}, scale{2, 10, 1, 4};
  std::vector<double> out(12, -7);
  const kernels::FeatureScale<double> how{{location.data(), 2, 2}, {scale.data(), 2, 2}, true};
  kernels::observation_features<double>(Context(), {x.data(), 6, 2}, how, {status.data(), 6}, 3, {counts.data(), 2},
                                        {out.data(), 6, 2});
  const double z[] = {1, 1, 0, 0, 2, -1, 0, 0.5};
  for (std::size_t i = 0; i < 8; ++i) CHECK(out[i] == doctest::Approx(std::asinh(z[i])).epsilon(1e-15));
  for (std::size_t i = 8; i < 12; ++i) CHECK(out[i] == -7);
  CHECK_THROWS_AS(
      kernels::observation_features<double>(Context(), {x.data(), 6, 2}, how, {}, 3, {}, {out.data(), 3, 2}),
      ShapeError);
}

TEST_CASE_TEMPLATE("location and scale by hand: one row, none, a far mean", T, float, double) {
  const std::vector<float> x{1e6f, 1e6f + 2, 1e6f + 4, 5, 0, 0, 0, 0, 0};
  const std::vector<std::int32_t> counts{3, 1, 0};
  const std::vector<double> least{0.5};
  std::vector<T> location(3), scale(3);
  kernels::location_and_scale<T>(Context(), {x.data(), 9, 1}, {}, 3, {counts.data(), 3}, {least.data(), 1},
                                 {location.data(), 3, 1}, {scale.data(), 3, 1});
  CHECK(location == std::vector<T>{T(1e6 + 2), T(5), T(0)});
  CHECK(scale == std::vector<T>{T(2), T(0.5), T(0.5)});
}

TEST_CASE("noise features by hand") {
  const std::vector<double> noise{0, std::sinh(2.0)};
  std::vector<double> out(5);
  kernels::noise_features<double>(Context(), {noise.data(), 1, 2}, {out.data(), 1, 5});
  const double wanted[] = {0, 2, -0.5, 0, 3.5};
  for (std::size_t i = 0; i < 5; ++i) CHECK(out[i] == doctest::Approx(wanted[i]).epsilon(1e-15));
}
