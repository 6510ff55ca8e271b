#include "alfi/kernels/proposal.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"

using namespace alfi;

TEST_CASE_TEMPLATE("log densities by hand", T, float, double) {
  // C = [[2, 0], [1, 3]], theta - mean = (2, 4): noise (1, 1), log density -log 6 - 1 - log 2 pi.
  const T mean[] = {1, 1}, theta[] = {3, 5}, cholesky[] = {std::log(T(2)), 1, std::log(T(3))};
  const double wanted = -std::log(6.0) - 1 - std::log(6.283185307179586);
  const double tolerance = 8 * static_cast<double>(std::numeric_limits<T>::epsilon());
  T got = 0;
  kernels::gaussian_full_log_density<T>(Context(), {mean, 1, 2}, {cholesky, 1, 3}, {theta, 1, 2}, {&got, 1});
  CHECK(static_cast<double>(got) == doctest::Approx(wanted).epsilon(tolerance));
  // Two equal components, whatever their weights, are one.
  const T two_means[] = {1, 1, 1, 1}, logits[] = {T(0.3), T(-2)};
  const T two[] = {cholesky[0], 1, cholesky[2], cholesky[0], 1, cholesky[2]};
  kernels::gaussian_mixture_log_density<T>(Context(), {logits, 1, 2}, {two_means, 2, 2}, {two, 2, 3}, {theta, 1, 2},
                                           {&got, 1});
  CHECK(static_cast<double>(got) == doctest::Approx(wanted).epsilon(tolerance));
  const T log_sd[] = {std::log(T(2)), std::log(T(4))};
  kernels::gaussian_diagonal_log_density<T>(Context(), {mean, 1, 2}, {log_sd, 1, 2}, {theta, 1, 2}, {&got, 1});
  CHECK(static_cast<double>(got) ==
        doctest::Approx(-std::log(8.0) - 1 - std::log(6.283185307179586)).epsilon(tolerance));
}

TEST_CASE("samples, scores and moves by hand") {
  const double mean[] = {1, 1}, cholesky[] = {std::log(2.0), 1, std::log(3.0)}, noise[] = {1, 1, 0, -1};
  double theta[4];
  kernels::gaussian_full_sample<double>(Context(), {mean, 1, 2}, {cholesky, 1, 3}, {noise, 2, 2}, {theta, 2, 2});
  CHECK(theta[0] == doctest::Approx(3));
  CHECK(theta[1] == doctest::Approx(5));
  CHECK(theta[2] == doctest::Approx(1));
  CHECK(theta[3] == doctest::Approx(-2));

  // z = 0, 1, 2: mean 1, sd 1; z^2 = 0, 1, 4: mean 5/3, sd sqrt(13/3).
  const double centre[] = {5}, log_sd[] = {0}, at[] = {5, 6, 7};
  double score[6];
  kernels::normalized_score<double>(Context(), {centre, 1, 1}, {log_sd, 1, 1}, {at, 3, 1}, {score, 3, 2});
  CHECK(score[0] == doctest::Approx(-1));
  CHECK(score[5] == doctest::Approx((4 - 5.0 / 3) / std::sqrt(13.0 / 3)));

  // The identity moved by D is D; a move by no turn scales nothing.
  const double none[] = {0, 0}, unit[] = {0, 0, 0};
  double next_mean[2], next[3];
  kernels::relative_update<double>(Context(), {mean, 1, 2}, {unit, 1, 3}, {none, 1, 2}, {cholesky, 1, 3},
                                   {next_mean, 1, 2}, {next, 1, 3});
  for (int i = 0; i < 3; ++i) CHECK(next[i] == doctest::Approx(cholesky[i]));
  CHECK(next_mean[1] == 1);
}

TEST_CASE("one proposal, and equal ones, score zero and pass no gradient") {
  const float mean[] = {0.1f}, log_sd[] = {-0.3f}, theta[] = {0.7f, 0.7f, 0.7f}, d[] = {1, 2, 3, 4, 5, 6};
  for (Index k : {1, 3}) {
    float score[6] = {9, 9, 9, 9, 9, 9}, d_theta[3] = {0, 0, 0}, d_mean = 0;
    kernels::normalized_score<float>(Context(), {mean, 1, 1}, {log_sd, 1, 1}, {theta, k, 1}, {score, k, 2});
    kernels::normalized_score_adjoint<float>(Context(), {mean, 1, 1}, {log_sd, 1, 1}, {theta, k, 1}, {d, k, 2},
                                             {&d_mean, 1, 1}, {}, {d_theta, k, 1});
    for (Index i = 0; i < 2 * k; ++i) CHECK(score[i] == 0);
    CHECK(d_theta[0] == 0);
    CHECK(d_mean == 0);
  }
}

TEST_CASE("proposal gradients accumulate") {
  const double mean[] = {1}, log_sd[] = {0}, theta[] = {3}, g[] = {1};
  double d_mean = 10, d_theta = 20;
  kernels::gaussian_diagonal_log_density_adjoint<double>(Context(), {mean, 1, 1}, {log_sd, 1, 1}, {theta, 1, 1}, {g, 1},
                                                         {&d_mean, 1, 1}, {}, {&d_theta, 1, 1});
  CHECK(d_mean == doctest::Approx(12));
  CHECK(d_theta == doctest::Approx(18));
}

TEST_CASE("proposals that do not fit are refused") {
  double v[400] = {}, y[3];
  const auto m = [&v](Index rows, Index cols) { return MatView<const double>{v, rows, cols}; };
  CHECK_THROWS_WITH_AS(kernels::gaussian_full_log_density<double>(Context(), m(3, 2), m(3, 2), m(3, 2), {y, 3}),
                       "gaussian_full_log_density: cholesky has shape [3,2], expected [3,3]", ShapeError);
  CHECK_THROWS_AS(kernels::gaussian_full_log_density<double>(Context(), m(1, 17), m(1, 153), m(1, 17), {y, 1}),
                  ShapeError);
  CHECK_THROWS_AS(kernels::gaussian_full_log_density<double>(Context(), m(3, 2), m(3, 3), m(2, 2), {y, 3}), ShapeError);
  CHECK_THROWS_AS(kernels::gaussian_full_sample<double>(Context(), m(2, 2), m(2, 3), m(5, 2), {v, 5, 2}), ShapeError);
}
