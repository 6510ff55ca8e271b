#include "alfi/simulators/linear_regression.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/simulators/regression_evidence.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const double kRightAngle = std::acos(-1.0) / 2;

/// Mass of the posterior with one slope, by midpoints over a window of angle and offset around the maximum.
double line_mass(const alfi::Simulator& line, alfi::Observations observations, int steps) {
  const auto posterior = line.exact().posterior_log_density(observations);
  double best[2] = {0.7, 0};
  line.exact().maximum_likelihood(observations, best);
  const double n = static_cast<double>(observations.rows);
  const bool narrow = n >= 20;  // otherwise the whole prior
  const double sd = 0.1 / std::sqrt(std::max(n, 1.0)), cosine = std::cos(best[0]);
  const double reach = narrow ? 20 * sd : 2, turn = narrow ? 40 * sd * std::max(cosine * cosine, 1e-3) : kRightAngle;
  const double low = std::max(0.0, best[0] - turn), high = std::min(kRightAngle, best[0] + turn);
  const double below = std::max(-1.0, best[1] - reach), above = std::min(1.0, best[1] + reach);
  return midpoint(
      [&](double angle) {
        return midpoint(
            [&](double offset) {
              const double theta[2] = {angle, offset};
              return std::exp(posterior(theta));
            },
            below, above, steps);
      },
      low, high, steps);
}

}  // namespace

TEST_CASE("linear_regression: covariates and residuals have their exact distributions") {
  const alfi::Simulator plane = alfi::make_linear_regression();
  // Corners of the prior, an angle whose slope is 1e3 included (y's float rounding, 6e-5, is far below the noise).
  for (const auto& theta : std::vector<std::vector<double>>{{0.7, 0.8, 0.9, 0}, {0, 0, 0, -1}, {1.5, 0, 1.569796, 1}}) {
    const Simulated data = simulated(plane, theta, 50000, 51);
    std::vector<double> residuals;
    for (alfi::Index r = 0; r < data.rows; ++r) {
      const auto x = data.view().row(r);
      CHECK(x[3] == 1);
      double residual = static_cast<double>(x[4]) - static_cast<double>(static_cast<float>(theta[3]));
      for (int i = 0; i < 3; ++i) {
        residual -= std::tan(static_cast<double>(static_cast<float>(theta[i]))) * static_cast<double>(x[i]);
      }
      residuals.push_back(residual);
    }
    // Twelve p values in all: 1e-5 false alarms.
    for (alfi::Index i = 0; i < 3; ++i) {
      CHECK(ks_p_value(data.column(i), [](double u) { return 0.5 * (u + 1); }) > 1e-6);
    }
    CHECK(ks_p_value(residuals, [](double e) { return normal_distribution(e, 0, 0.1); }) > 1e-6);
    // Mean of n residuals: variance 0.01 / n; 6 sigma.
    CHECK(std::abs(sample_moments(residuals).mean) < 6 * 0.1 / std::sqrt(50000.0));
  }
}

TEST_CASE("linear_regression: an angle rounded beyond a right angle is the last one below") {
  const float theta[2] = {1.57079637f, 0};
  alfi::LinearRegressionSimulator functor;
  functor.slopes = 1;
  const auto prepared = functor.prepare(theta);
  CHECK(prepared.valid);
  CHECK(prepared.slope[0] > 1e6);
}

TEST_CASE("linear_regression: the likelihood of two observations, by hand") {
  const alfi::Simulator line = alfi::make_linear_regression(1);
  // Slope tan(pi/4) = 1, offset 0.5: residuals 0.1 and -0.2 (in floats, 1e-7 off, over a variance of 0.01).
  const float rows[6] = {0.5f, 1, 1.1f, -1, 1, -0.7f};
  const double theta[2] = {std::acos(-1.0) / 4, 0.5};
  const double wanted = -0.5 * (1 + 4) - 2 * std::log(0.1 * std::sqrt(2 * std::acos(-1.0))) - 2 * std::log(2.0);
  CHECK(std::abs(line.exact().log_likelihood(theta, {rows, 2, 3}) - wanted) < 1e-5);
  const float no_one[3] = {0.5f, 0, 1};
  CHECK(std::isinf(line.exact().log_likelihood(theta, {no_one, 1, 3})));
}

TEST_CASE("linear_regression: the posterior of a line integrates to one, edges and few observations included") {
  const alfi::Simulator line = alfi::make_linear_regression(1);
  for (const auto& theta : std::vector<std::vector<double>>{{0.7, 0.3}, {0, 0.99}, {1.3, -1}, {1.45, 0}}) {
    const Simulated data = simulated(line, theta, 500, 52);
    for (const alfi::Index n : {0, 1, 2, 3, 20, 500}) {
      // A few observations of a steep line leave a ridge that is too narrow for a grid over the whole prior.
      if (theta[0] > 1.4 && n > 0 && n < 20) continue;
      CAPTURE(theta[0]);
      CAPTURE(n);
      const double fine = line_mass(line, data.first(n), 400),
                   error = std::abs(fine - line_mass(line, data.first(n), 200));
      CHECK(error < 5e-3);
      // The evidence is good to 1e-3 (next test).
      CHECK(std::abs(fine - 1) < error + 1e-3);
      check_proportional(line, data.first(n), 8);
      if (n > 0) check_maximum(line, data.first(n), 9);
    }
  }
}

TEST_CASE("linear_regression: the evidence's accuracy with three slopes, against 2^17 points") {
  const alfi::Simulator plane = alfi::make_linear_regression();
  for (const auto& theta : std::vector<std::vector<double>>{
           {0.7, 0.8, 0.9, 0}, {0, 0, 0, -1}, {1.5, 0, 0.7, 1}, {1.569796, 1.2, 0.01, 0.5}}) {
    const Simulated data = simulated(plane, theta, 500, 53);
    for (const alfi::Index n : {5, 20, 500}) {
      CAPTURE(theta[0]);
      CAPTURE(n);
      const alfi::RegressionLikelihood likelihood(data.first(n), 0.1);
      const double fine = alfi::regression_log_evidence(likelihood, 1, 1 << 17);
      const double error = std::abs(alfi::regression_log_evidence(likelihood, 1) - fine);
      CHECK(error < (n >= 20 ? 1e-4 : 5e-3));  // as promised in regression_evidence.hpp
      check_proportional(plane, data.first(n), 8);
      check_maximum(plane, data.first(n), 9);
    }
  }
}
