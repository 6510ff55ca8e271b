#include "alfi/simulators/weinberg.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kWeinberg = alfi::make_weinberg();

double asymmetry(const std::vector<double>& theta) {
  const double energy = static_cast<double>(static_cast<float>(theta[0]));
  const double fermi = static_cast<double>(static_cast<float>(theta[1]));
  return 2 * fermi * std::tanh(10 * (2 * energy - 90) / 90);
}

/// The distribution function as method and literature write it, for a >= 0 (mirrored below 0).
double distribution(double a, double c) {
  if (a < 0) return 1 - distribution(-a, -c);
  const double root = a > 2 ? (-a + std::sqrt(a * a - 4)) / 2 : -1;
  const auto f = [&](double x) { return x + x * x * x / 3 + a * x * x / 2; };
  return c < root ? 0 : (f(c) - f(root)) / (f(1) - f(root));
}

/// Mass of the posterior by the midpoint rule, and the difference to half as many points.
double posterior_mass(alfi::Observations observations, double* error) {
  const auto posterior = kWeinberg.exact().posterior_log_density(observations);
  const auto mass = [&](int steps) {
    return midpoint(
        [&](double energy) {
          return midpoint(
              [&](double fermi) {
                const double theta[2] = {energy, fermi};
                return std::exp(posterior(theta));
              },
              0.5, 1.5, steps);
        },
        40, 50, 2 * steps);
  };
  const double fine = mass(200);
  *error = std::abs(fine - mass(100));
  return fine;
}

}  // namespace

TEST_CASE("weinberg: cosines have the exact distribution, the cut for |a| > 2 included") {
  // Eight p values: 1e-5 false alarms.
  const std::vector<std::vector<double>> thetas = {{45, 1},     {40, 1.5}, {50, 1.5},   {40.1, 0.5},
                                                   {49.9, 0.5}, {42, 1},   {48.6, 1.4}, {49.8, 1.3}};
  for (const auto& theta : thetas) {
    const double a = asymmetry(theta);
    CAPTURE(a);
    const auto sample = simulated(kWeinberg, theta, 100000, 21).column(0);
    CHECK(ks_p_value(sample, [&](double c) { return distribution(a, c); }) > 1e-6);
    // Without the cut the mean is (2 a / 3) / (8 / 3) = a / 4; the variance of c is below 0.4. 6 sigma: 2e-9.
    if (std::abs(a) <= 2) CHECK(std::abs(sample_moments(sample).mean - a / 4) < 6 * std::sqrt(0.4 / 100000));
    for (const double c : sample) {
      REQUIRE(std::abs(c) < 1);
      REQUIRE(1 + c * c + a * c > 0);
    }
  }
}

TEST_CASE("weinberg: quantiles invert the distribution function to float's rounding, ends included") {
  for (const double a : {-2.41, -2.0, -0.3, 0.0, 1.0, 1.999999, 2.0, 2.000001, 2.2, 2.41}) {
    const auto law = alfi::AngularLaw::of(a, 1);
    for (const double u : {0x1p-33, 1e-6, 0.01, 0.3, 0.5, 0.9, 1 - 1e-6, 1 - 0x1p-33}) {
      const double c = static_cast<double>(law.quantile(a < 0 ? 1 - u : u));
      CAPTURE(a);
      CAPTURE(u);
      // Half an ulp of the result (3e-8), the outermost float, and Newton's 1e-9, times a density below 2.
      CHECK(std::abs(distribution(a, c) - u) < 2.5e-7);
      CHECK(1 + c * c + a * c > 0);
    }
  }
}

TEST_CASE("weinberg: exact answers that can be checked by hand") {
  const float c[2] = {0.5f, -0.5f};
  const double theta[2] = {45, 1};  // a = 0
  CHECK(kWeinberg.exact().log_likelihood(theta, {c, 2, 1}) == doctest::Approx(2 * std::log(1.25 / (8.0 / 3))));
  double best[2];
  CHECK(kWeinberg.exact().maximum_likelihood({c, 2, 1}, best));
  CHECK(std::abs(best[0] - 45) < 1e-6);
  CHECK(best[1] == 1);
  const float outside[1] = {1.5f};
  CHECK(std::isinf(kWeinberg.exact().log_likelihood(theta, {outside, 1, 1})));
  // a = 2.41 leaves nothing below -0.53.
  const float low[1] = {-0.9f};
  const double corner[2] = {50, 1.5};
  CHECK(std::isinf(kWeinberg.exact().log_likelihood(corner, {low, 1, 1})));
}

TEST_CASE("weinberg: posterior densities integrate to one and follow the likelihood") {
  for (const auto& theta : std::vector<std::vector<double>>{{40, 1.5}, {45, 1}, {49.9, 0.6}, {50, 1.5}}) {
    const Simulated data = simulated(kWeinberg, theta, 500, 22);
    for (const alfi::Index n : {0, 1, 64}) {
      CAPTURE(n);
      double error = 0;
      const double mass = posterior_mass(data.first(n), &error);
      // The midpoint rule errs by a third of that difference where the density is smooth, by less than all of it at its
      // edges.
      CHECK(error < 5e-3);
      CHECK(std::abs(mass - 1) < error + 1e-7);
      check_proportional(kWeinberg, data.first(n), 8);
      if (n > 0) check_maximum(kWeinberg, data.first(n), 9);
    }
    check_proportional(kWeinberg, data.view(), 10);
    check_maximum(kWeinberg, data.view(), 11);
  }
}

TEST_CASE("weinberg: posterior densities of many observations integrate to one along the ridge") {
  // Where |a| is largest the ridge is a narrow corner: along E at fixed a the Jacobian dG/da = 1 / (2 tanh) is smooth.
  const Simulated data = simulated(kWeinberg, {47, 1.1}, 3000, 23);
  const auto posterior = kWeinberg.exact().posterior_log_density(data.view());
  const auto mass = [&](int steps) {
    return midpoint(
        [&](double a) {
          return midpoint(
              [&](double energy) {
                const double tangent = 2 * std::tanh(10 * (2 * energy - 90) / 90);
                const double theta[2] = {energy, a / tangent};
                return theta[1] > 0.5 && theta[1] < 1.5 ? std::exp(posterior(theta)) / std::abs(tangent) : 0.0;
              },
              45, 50, steps);
        },
        0.4, 1.6, steps);
  };
  const double fine = mass(200), error = std::abs(fine - mass(100));
  CHECK(error < 5e-3);
  CHECK(std::abs(fine - 1) < error + 1e-3);  // the ends G = 0.5, 1.5 cut cells: 2 / 200 of a tenth of the mass
}

TEST_CASE("weinberg: the exact posterior's expected negative log density") {
  // 0.90 +- 0.02 at 64 observations, -0.12 +- 0.02 at 500 (docs). One problem's value has an sd of about 1.2; with 300
  // problems 6 sqrt(1.44 / 300 + 0.0004) = 0.43.
  for (const alfi::Index n : {64, 500}) {
    alfi::Stream random(alfi::step_key(12, alfi::Purpose::prior, 0), {});
    double sum = 0;
    for (std::uint64_t problem = 0; problem < 300; ++problem) {
      const auto theta = prior_draw(kWeinberg, random);
      const Simulated data = simulated(kWeinberg, theta, n, 1000 + problem);
      sum -= kWeinberg.exact().posterior_log_density(data.view())(theta.data());
    }
    CHECK(std::abs(sum / 300 - (n == 64 ? 0.90 : -0.12)) < 0.43);
  }
}
