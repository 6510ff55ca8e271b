#include "alfi/kernels/meta_loss.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"

using namespace alfi;
using kernels::Weighting;

TEST_CASE("iteration weights") {
  for (Weighting w : {Weighting::exponential, Weighting::exponential_published, Weighting::constant, Weighting::last}) {
    for (Index n : {1, 2, 7}) {
      for (double beta : {1e-6, 3.0, 2000.0}) {
        double sum = 0;
        for (double weight : kernels::iteration_weights(w, n, beta)) sum += weight;
        CHECK(sum == doctest::Approx(1).epsilon(1e-14));
      }
    }
  }
  CHECK(kernels::iteration_weights(Weighting::last, 3, 3) == std::vector<double>{0, 0, 1});
  CHECK(kernels::iteration_weights(Weighting::exponential_published, 4, 3)[0] == 0);
  CHECK(kernels::iteration_weights(Weighting::exponential_published, 1, 3)[0] == 1);
  // beta = log 3 over two iterations: (sqrt 3 - 1) / 2 against 1.
  const double ratio = (std::sqrt(3.0) - 1) / 2;
  CHECK(kernels::iteration_weights(Weighting::exponential, 2, std::log(3.0))[0] ==
        doctest::Approx(ratio / (1 + ratio)).epsilon(1e-14));
  CHECK_THROWS_AS(kernels::iteration_weights(Weighting::constant, 0, 3), InputError);
  CHECK_THROWS_AS(kernels::iteration_weights(Weighting::exponential, 3, 0), InputError);
  CHECK_THROWS_AS(kernels::iteration_weights(Weighting::observed_improvement, 3, 3), InputError);
}

TEST_CASE("observed improvement by hand") {
  const double losses[] = {4, 1, 3, 0}, seed = 1;  // 4 + (1 - 4) + (3 - 1) + (0 - 1) = 2, over 4
  double result = 0, d[4] = {};
  kernels::combine_iterations<double>(Context(), Weighting::observed_improvement, 0, {losses, 4}, {&result, 1});
  CHECK(result == 0.5);
  kernels::combine_iterations_adjoint<double>(Context(), Weighting::observed_improvement, 0, {losses, 4}, {&seed, 1},
                                              {d, 4});
  CHECK(d[0] == 0);      // 1/4 for its own term, -1/4 as the least before the second
  CHECK(d[1] == -0.25);  // the least before the third and the fourth
  CHECK(d[2] == 0.25);
  CHECK(d[3] == 0.25);
}

TEST_CASE("limited mean is the mean below the limit and grows slowly above") {
  const double losses[] = {-3, 20, 30, 1e6}, seed = 1;
  double result = 0, d[4] = {};
  kernels::limited_mean<double>(Context(), {losses, 4}, {}, 4, {&result, 1});
  const double last = 20 + 10 * std::log1p((1e6 - 20) / 10);
  CHECK(result == doctest::Approx((-3 + 20 + 20 + 10 * std::log(2.0) + last) / 4).epsilon(1e-14));
  kernels::limited_mean_adjoint<double>(Context(), {losses, 4}, {}, 4, {&seed, 1}, {d, 4});
  CHECK(d[0] == 0.25);
  CHECK(d[1] == 0.25);
  CHECK(d[2] == doctest::Approx(0.125));
  kernels::limited_mean<double>(Context(), {losses, 4}, {20, 0}, 4, {&result, 1});
  CHECK(result == doctest::Approx((47 + 1e6) / 4).epsilon(1e-14));
}

TEST_CASE("error of the mean by hand") {
  const float mean[] = {1, 2, 3, 4}, theta[] = {0, 4, 3, 1};
  float loss[2];
  kernels::mean_error<float>(Context(), kernels::LossKind::squared, {mean, 2, 2}, {theta, 2, 2}, {loss, 2});
  CHECK(loss[0] == 5);
  CHECK(loss[1] == 9);
  kernels::mean_error<float>(Context(), kernels::LossKind::absolute, {mean, 2, 2}, {theta, 2, 2}, {loss, 2});
  CHECK(loss[0] == 3);
  CHECK(loss[1] == 3);
  CHECK_THROWS_AS(
      kernels::mean_error<float>(Context(), kernels::LossKind::density, {mean, 2, 2}, {theta, 2, 2}, {loss, 2}),
      InputError);
}
