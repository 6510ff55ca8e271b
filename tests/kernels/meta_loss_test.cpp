#include "alfi/kernels/meta_loss.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"

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

TEST_CASE_TEMPLATE("errors of the mean on the GPU are the CPU's", T, float, double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const auto kind : {kernels::LossKind::squared, kernels::LossKind::absolute}) {
      // Three terms of a sum, in double, which a GPU may fuse: 3 units of the largest; one of T's for each store.
      alfi_test::compare_backends<T>(alfi_test::ulps(4), [&](alfi_test::Run<T>& run) {
        const auto mean = run.input(rows, 3, -3, 3), theta = run.input(rows, 3, -3, 3);
        const auto loss = run.output(rows, 1), d_loss = run.input(rows, 1, -1, 1), d_mean = run.accumulated(rows, 3);
        kernels::mean_error<T>(run.context(), kind, mean, theta, loss.flat());
        kernels::mean_error_adjoint<T>(run.context(), kind, mean, theta, d_loss.flat(), d_mean);
        kernels::mean_error_adjoint<T>(run.context(), kind, mean, theta, d_loss.flat(), {});
      });
    }
  }
}

TEST_CASE_TEMPLATE("the limited mean on the GPU is the CPU's", T, float, double) {
  for (const Index rows : {1, 2, 31, 255, 256, 257, 4099}) {
    // Losses from 1 to 200, all positive: each of the two sums of n terms is wrong by at most n / 2 units of itself,
    // its terms by 4 (log1p to 2, a quotient, a product).
    const double in_double = static_cast<double>(rows) + 8;
    const double units = 1 + in_double * 2.3e-16 / static_cast<double>(std::numeric_limits<T>::epsilon());
    for (const double scale : {10.0, 0.0}) {
      alfi_test::compare_backends<T>(alfi_test::ulps(units), [&](alfi_test::Run<T>& run) {
        const auto loss = run.input(rows, 1, 1, 200), d_result = run.input(1, 1, -1, 1);
        const auto result = run.output(1, 1), d_loss = run.accumulated(rows, 1);
        const kernels::LossLimit limit{20, scale};
        kernels::limited_mean<T>(run.context(), loss.flat(), limit, 7, result.flat());
        kernels::limited_mean_adjoint<T>(run.context(), loss.flat(), limit, 7, d_result.flat(), d_loss.flat());
        kernels::limited_mean_adjoint<T>(run.context(), loss.flat(), limit, 7, d_result.flat(), {});
      });
    }
  }
  alfi_test::compare_backends<T>(alfi_test::ulps(0), [&](alfi_test::Run<T>& run) {  // no losses: 0, not undefined
    kernels::limited_mean<T>(run.context(), {}, {}, 3, run.output(1, 1).flat());
  });
}

TEST_CASE_TEMPLATE("iterations combined on the GPU are the CPU's", T, float, double) {
  for (Weighting weighting : {Weighting::exponential, Weighting::exponential_published, Weighting::constant,
                              Weighting::last, Weighting::observed_improvement}) {
    for (const Index iterations : {1, 2, 31, 257}) {
      // Weights that sum to 1, to 8 units each (exp, two expm1, two products, a quotient); n terms of size 3 at most
      // (6 for improvements, over n): n / 2 units of 3 for each of the sums.
      const double in_double = 3 * static_cast<double>(iterations) + 24;
      const double units = 2 + in_double * 2.3e-16 / static_cast<double>(std::numeric_limits<T>::epsilon());
      alfi_test::compare_backends<T>(alfi_test::ulps(units), [&](alfi_test::Run<T>& run) {
        const auto losses = run.input(1, iterations, -3, 3), d_result = run.input(1, 1, -1, 1);
        const auto result = run.output(1, 1), d_losses = run.accumulated(1, iterations);
        kernels::combine_iterations<T>(run.context(), weighting, 3, losses.flat(), result.flat());
        kernels::combine_iterations_adjoint<T>(run.context(), weighting, 3, losses.flat(), d_result.flat(),
                                               d_losses.flat());
        kernels::combine_iterations_adjoint<T>(run.context(), weighting, 3, losses.flat(), d_result.flat(), {});
      });
    }
  }
}
