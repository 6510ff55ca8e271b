#include "alfi/kernels/set_moments.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"

using namespace alfi;

namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

/// Sets seen as they are: location 0, scale 1.
struct Plain {
  Index sets, n_max, cols;
  std::vector<float> x;
  std::vector<std::int32_t> counts;
  std::vector<std::uint8_t> status;
  std::vector<double> zero, one;

  Plain(Index sets_, Index n_max_, Index cols_, std::vector<float> x_)
      : sets(sets_),
        n_max(n_max_),
        cols(cols_),
        x(std::move(x_)),
        zero(static_cast<std::size_t>(sets * cols), 0.0),
        one(zero.size(), 1.0) {}

  kernels::MomentSets<double> view(Index problems) const {
    kernels::MomentSets<double> all;
    all.x = {x.data(), sets * n_max, cols};
    all.sets = sets;
    all.n_max = n_max;
    all.counts = {counts.data(), static_cast<Index>(counts.size())};
    all.status = {status.data(), static_cast<Index>(status.size())};
    all.location = {zero.data(), problems, cols};
    all.scale = {one.data(), problems, cols};
    return all;
  }
};

struct Described {
  std::vector<double> reference, told;
};

Described describe(const Plain& p, Index first = 0) {
  const Index moments = kernels::set_moments_size(p.cols), told = p.cols * (p.cols + 1) / 2;
  Described d{std::vector<double>(static_cast<std::size_t>(p.sets * 2 * moments)),
              std::vector<double>(static_cast<std::size_t>(p.sets * (first + told)), -7.0)};
  std::vector<double> scratch(static_cast<std::size_t>(kernels::set_moments_scratch(p.sets, p.n_max, p.cols)));
  const std::vector<double> typical(static_cast<std::size_t>(p.cols), 0.0);
  kernels::describe_moments<double>(
      Context(), p.view(p.sets), {typical.data(), p.cols}, {scratch.data(), static_cast<Index>(scratch.size())},
      {d.reference.data(), p.sets, 2 * moments}, {d.told.data(), p.sets, first + told}, first);
  return d;
}

std::vector<double> compare(const Plain& p, const std::vector<double>& reference, Index problems) {
  const Index moments = kernels::set_moments_size(p.cols);
  std::vector<double> out(static_cast<std::size_t>(p.sets * moments));
  std::vector<double> scratch(static_cast<std::size_t>(kernels::set_moments_scratch(p.sets, p.n_max, p.cols)));
  kernels::compare_moments<double>(Context(), p.view(problems), {reference.data(), problems, 2 * moments},
                                   {scratch.data(), static_cast<Index>(scratch.size())}, {out.data(), p.sets, moments});
  return out;
}

void check_all(const std::vector<double>& got, const std::vector<double>& wanted, double within = 1e-10) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - wanted[i]) <= within);
  }
}

}  // namespace

TEST_CASE("moments by hand: two columns, their regression and its standard errors") {
  // The first column 1, 3, 5, 7: mean 4, variance 5. The second is 10 + 2 (x - 4) + (1, -1, -1, 1), whose last part has
  // mean 0, variance 1 and no slope.
  const Plain p(1, 4, 2, {1, 5, 3, 7, 5, 11, 7, 17});
  const Described d = describe(p, 1);
  const double se = std::sqrt(1.0 / 4), slope_se = std::sqrt(1 / (4 * 5.0));
  check_all(d.reference, {4, 0.5 * std::log(5.0), 2, 2, 0,  //
                          std::sqrt(5.0 / 4), std::sqrt(1 / 8.0), se, slope_se, std::sqrt(1 / 8.0)});
  check_all(d.told, {-7, std::log(5.0) / 16, std::asinh(2), 0});
}

TEST_CASE("moments by hand: a simulated set differs in standard errors of the real one, its problem's") {
  const Plain real(2, 2, 1, {1, 3, 10, 30});  // means 2 and 20, variances 1 and 100
  const std::vector<double> reference = describe(real).reference;
  // Three sets a problem: the real one itself; one moved; one three times as wide. The second problem the same tenfold.
  const Plain made(6, 2, 1, {1, 3, 4, 6, -1, 5, 10, 30, 40, 60, -10, 50});
  const double moved = std::asinh(3 / (3 * std::sqrt(0.5))), wide = std::asinh(std::log(3.0) / (3 * 0.5));
  check_all(compare(made, reference, 2), {0, 0, moved, 0, 0, wide, 0, 0, moved, 0, 0, wide});
}

TEST_CASE("moments: a steep slope does not hide the noise around it") {
  // y = 1e4 x + noise of 0.1: all that is known of the noise stands in the sixth digit of y, and so in the twelfth of
  // its square. Rows of a design of two levels, so that the exact moments are known.
  std::vector<float> x;
  for (int i = 0; i < 64; ++i) {
    const float u = i % 2 == 0 ? 1.0f : -1.0f, noise = i % 4 < 2 ? 0.125f : -0.125f;
    x.insert(x.end(), {u, 8192 * u + noise});
  }
  const std::vector<double> reference = describe(Plain(1, 64, 2, x)).reference;
  CHECK(std::abs(reference[3] - 8192) <= 1e-9);
  CHECK(std::abs(reference[4] - std::log(0.125)) <= 1e-4);
}

TEST_CASE("moments: three columns have the slopes and standard errors of least squares") {
  std::vector<float> x;
  for (int i = 0; i < 50; ++i) {
    const float a = std::sin(static_cast<float>(i)), b = std::cos(3 * static_cast<float>(i)) + a / 2;
    x.insert(x.end(), {a, b, 3 * a - 2 * b + std::sin(7 * static_cast<float>(i * i))});
  }
  // The normal equations of the third column on the first two, written out.
  double n = 50, m[3] = {}, s[3][3] = {};
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 3; ++j) m[j] += static_cast<double>(x[3 * i + j]) / n;
  }
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) {
        s[j][k] += (static_cast<double>(x[3 * i + j]) - m[j]) * (static_cast<double>(x[3 * i + k]) - m[k]) / n;
      }
    }
  }
  const double det = s[0][0] * s[1][1] - s[0][1] * s[0][1];
  const double slope_a = (s[1][1] * s[2][0] - s[0][1] * s[2][1]) / det;
  const double slope_b = (s[0][0] * s[2][1] - s[0][1] * s[2][0]) / det;
  const double left = s[2][2] - slope_a * s[2][0] - slope_b * s[2][1];
  const std::vector<double> reference = describe(Plain(1, 50, 3, x)).reference;
  check_all({reference.begin() + 5, reference.begin() + 9},
            {m[2] - slope_a * m[0] - slope_b * m[1], slope_a, slope_b, 0.5 * std::log(left)}, 1e-9);
  check_all({reference.begin() + 15, reference.begin() + 17},
            {std::sqrt(left * s[1][1] / det / n), std::sqrt(left * s[0][0] / det / n)}, 1e-9);
}

TEST_CASE("moments: what does not exist or has failed is not looked at, and no row at all is nothing") {
  Plain p(3, 4, 1, {1, kNan, 3, kNan, kNan, kNan, kNan, kNan, 5, kNan, kNan, kNan});
  p.counts = {3, 0, 2};
  p.status = {0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0};
  const Described d = describe(p);
  check_all({d.reference.begin(), d.reference.begin() + 4}, {2, 0, std::sqrt(0.5), 0.5}, 1e-9);
  check_all({d.reference.begin() + 4, d.reference.begin() + 6}, {0, 0});
  CHECK(d.told[1] == 0);
  CHECK(d.reference[8] == 5);  // of one row, which has no spread
  CHECK(std::isfinite(d.reference[9]));
  const std::vector<double> compared = compare(p, {2, 0, 1, 1}, 1);
  check_all(compared, {0, 0, 0, 0, 1, compared[5]}, std::asinh(1));
  CHECK(compared[2] == 0);
  CHECK(compared[3] == 0);
  CHECK(std::isfinite(compared[5]));
}

TEST_CASE("moments: a constant column and one that others determine have no slope of their own") {
  std::vector<float> x;
  for (int i = 0; i < 20; ++i) {
    const float a = static_cast<float>(i * i % 7), b = static_cast<float>(i % 3);
    x.insert(x.end(), {1, a, 2 * a + 1, a - b});
  }
  const std::vector<double> reference = describe(Plain(1, 20, 4, x)).reference;
  const double none = 0.5 * std::log(1e-12);
  CHECK(std::abs(reference[1] - none) <= 1e-9);  // the constant
  CHECK(reference[3] == 0);                      // a on it
  CHECK(std::abs(reference[8] - none) <= 1e-3);  // 2 a + 1
  CHECK(std::abs(reference[7] - 2) <= 1e-9);
  CHECK(reference[10] == 0);  // the last on the constant
  CHECK(reference[12] == 0);  // and on 2 a + 1, which a has told
  for (const double value : reference) CHECK(std::isfinite(value));
}

TEST_CASE_TEMPLATE("moments on the GPU are the CPU's", T, float, double) {
  for (const Index n_max : {1, 63, 64, 200}) {
    for (const Index cols : {1, 3, 16}) {
      const Index moments = kernels::set_moments_size(cols), told = cols * (cols + 1) / 2;
      std::vector<float> x;
      for (Index i = 0; i < 6 * n_max * cols; ++i) x.push_back(std::sin(static_cast<float>(i * i % 1009)));
      // The same sums in the same order, of products that a GPU need not round; logarithms, roots and asinh to a few
      // ulp.
      alfi_test::compare_backends<T>(alfi_test::ulps(static_cast<double>(n_max) + 16), [&](alfi_test::Run<T>& run) {
        kernels::MomentSets<T> sets;
        sets.sets = 2;
        sets.n_max = n_max;
        sets.x = {run.template data<float>(x).data, 2 * n_max, cols};
        sets.location = run.input(2, cols, -1, 1);
        sets.scale = run.input(2, cols, 0.5, 2);
        const auto typical = run.template data<double>(std::vector<double>(static_cast<std::size_t>(cols), 0.25));
        const auto scratch = [&](Index count) {
          const auto size = static_cast<std::size_t>(kernels::set_moments_scratch(count, n_max, cols));
          const VecView<const double> zeros = run.template data<double>(std::vector<double>(size, 0.0));
          return VecView<double>{const_cast<double*>(zeros.data), zeros.size};
        };
        const VecView<const double> kept =
            run.template data<double>(std::vector<double>(static_cast<std::size_t>(4 * moments), 0.0));
        const MatView<double> reference{const_cast<double*>(kept.data), 2, 2 * moments};
        kernels::describe_moments<T>(run.context(), sets, typical, scratch(2), reference, run.output(2, told), 0);
        sets.sets = 6;
        sets.x.rows = 6 * n_max;
        kernels::compare_moments<T>(run.context(), sets, reference, scratch(6), run.output(6, moments));
      });
    }
  }
}

TEST_CASE("moments refuse what does not fit, by name") {
  const Plain p(1, 2, 17, std::vector<float>(34, 1.0f));
  CHECK_THROWS_WITH_AS(describe(p), "describe_moments: x has 17 columns, expected at most 16", InputError);
  const Plain q(3, 2, 1, std::vector<float>(6, 1.0f));
  CHECK_THROWS_WITH_AS(compare(q, std::vector<double>(8), 2),
                       "compare_moments: location has 2 rows, expected a divisor of the 3 sets", ShapeError);
}
