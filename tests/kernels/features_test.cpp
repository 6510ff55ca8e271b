#include "alfi/kernels/features.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"

using namespace alfi;

namespace {

/// Observations around a centre, some of them without a meaning: what both backends are given.
struct Observed {
  Index sets, n_max, cols;
  std::vector<float> x;
  std::vector<std::uint8_t> status;
  std::vector<std::int32_t> counts;

  Observed(Index sets_, Index n_max_, Index cols_, float centre) : sets(sets_), n_max(n_max_), cols(cols_) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (Index b = 0; b < sets; ++b)
      counts.push_back(static_cast<std::int32_t>(b == 0 ? n_max : (b * 5) % (n_max + 1)));
    for (Index r = 0; r < sets * n_max; ++r) {
      status.push_back(r % 7 == 3);
      const bool counted = r % n_max < counts[static_cast<std::size_t>(r / n_max)];
      for (Index d = 0; d < cols; ++d) {
        const float value = centre + 3 * std::sin(static_cast<float>(r * cols + d));
        x.push_back(counted && status.back() == 0 ? value : nan);
      }
    }
  }
};

}  // namespace

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

TEST_CASE_TEMPLATE("observation features on the GPU are the CPU's, nothing beyond the counts touched", T, float,
                   double) {
  for (const Index n_max : {1, 2, 33}) {
    for (const Index sets : {0, 1, 3, 257}) {
      for (const bool masked : {true, false}) {
        const Observed o(sets, n_max, 3, 0);
        // A difference and a quotient, then asinh to 4 ulp here and to 4 there.
        alfi_test::compare_backends<T>(alfi_test::ulps(10), [&](alfi_test::Run<T>& run) {
          std::vector<float> x = o.x;
          for (float& value : x) value = masked || value == value ? value : 2;
          const MatView<const float> rows{run.template data<float>(x).data, sets * n_max, 3};
          const auto status = run.data(o.status);
          const auto counts = run.data(o.counts);
          const auto location = run.input(sets, 3, -1, 1), scale = run.input(sets, 3, 0.5, 2);
          const auto tamed = run.output(sets * n_max, 3), plain = run.output(sets * n_max, 3);
          const auto out = [&](bool asinh, MatView<T> y) {
            const kernels::FeatureScale<T> how{location, scale, asinh};
            if (masked) return kernels::observation_features<T>(run.context(), rows, how, status, n_max, counts, y);
            kernels::observation_features<T>(run.context(), rows, how, {}, n_max, {}, y);
          };
          out(true, tamed);
          out(false, plain);
        });
      }
    }
  }
}

TEST_CASE_TEMPLATE("location and scale on the GPU are the CPU's, a far mean too", T, float, double) {
  for (const Index n_max : {1, 2, 31, 127, 128, 129, 1000}) {
    for (const float centre : {0.0f, 1e5f}) {
      const Observed o(5, n_max, 2, centre);
      // Each of the two running means of numbers up to m = 3 + centre is wrong by at most n / 2 units of m; the squares
      // by n sqrt(1 + mean^2 / var) units of themselves, that is the sd by about n units of m. A formula from the sum
      // of squares would be wrong by m^2 / sd of them, 1e5 times as much.
      const double m = 3 + static_cast<double>(centre), in_double = 2 * static_cast<double>(n_max) + 8;
      const double units = 1 + in_double * 2.3e-16 / static_cast<double>(std::numeric_limits<T>::epsilon());
      for (const bool masked : {true, false}) {
        alfi_test::compare_backends<T>(alfi_test::ulps(units, m), [&](alfi_test::Run<T>& run) {
          std::vector<float> x = o.x;
          for (float& value : x) value = masked || value == value ? value : centre + 1;
          const MatView<const float> rows{run.template data<float>(x).data, 5 * n_max, 2};
          const auto least = run.template data<double>({0.5, 1e-3});
          const auto status = run.data(o.status);
          const auto counts = run.data(o.counts);
          const auto location = run.output(5, 2), scale = run.output(5, 2);
          if (masked) {
            kernels::location_and_scale<T>(run.context(), rows, status, n_max, counts, least, location, scale);
          } else {
            kernels::location_and_scale<T>(run.context(), rows, {}, n_max, {}, least, location, scale);
          }
        });
      }
    }
  }
}

TEST_CASE_TEMPLATE("noise features on the GPU are the CPU's", T, float, double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const Index p : {1, 3, 16}) {
      // asinh to 3 ulp on either side, products of two of them below 4: 2 (3 + 3) + 2.
      alfi_test::compare_backends<T>(alfi_test::ulps(14), [&](alfi_test::Run<T>& run) {
        kernels::noise_features<T>(run.context(), run.input(rows, p, -3, 3), run.output(rows, p + p * (p + 1) / 2));
      });
    }
  }
}
