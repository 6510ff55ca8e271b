#include "alfi/simulators/gaussian.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kGaussian = alfi::make_gaussian();

/// Integral of the posterior over a window around its maximum; the rule's own error, about a third of the difference
/// to half as many points, is returned too.
double posterior_mass(alfi::Observations observations, double* error) {
  const auto posterior = kGaussian.exact().posterior_log_density(observations);
  double best[2] = {0, 0}, width = 20;
  if (kGaussian.exact().maximum_likelihood(observations, best)) {
    width = std::min(width, 10 * std::exp(best[1]) / std::sqrt(static_cast<double>(observations.rows)));
  }
  const double log_width =
      observations.rows < 2 ? 4 : std::min(4.0, 10 / std::sqrt(static_cast<double>(observations.rows)));
  if (observations.rows < 30) width = 20;
  const double low = std::max(-10.0, best[0] - width), high = std::min(10.0, best[0] + width);
  const double below = std::max(-2.0, best[1] - log_width), above = std::min(1.5, best[1] + log_width);
  const auto mass = [&](int steps) {
    return midpoint(
        [&](double log_sd) {
          return midpoint(
              [&](double mean) {
                const double theta[2] = {mean, log_sd};
                return std::exp(posterior(theta));
              },
              low, high, 5 * steps);
        },
        below, above, steps);
  };
  const double fine = mass(400);
  *error = std::abs(fine - mass(200));
  return fine;
}

}  // namespace

TEST_CASE("gaussian: draws are normal at the prior's centre and corners") {
  for (const double u : {-2.5, 0.0, 2.5}) {
    for (const double v : {-2.5, 0.0, 2.5}) {
      const std::vector<double> theta = {static_cast<double>(static_cast<float>(at_coordinate(kGaussian, u)[0])),
                                         static_cast<double>(static_cast<float>(at_coordinate(kGaussian, v)[1]))};
      const double sd = std::exp(theta[1]), n = 100000;
      const auto sample = simulated(kGaussian, theta, 100000, 3).column(0);
      // Nine p values: 1e-5 false alarms. Variances sd^2 / n and 2 sd^4 / n; 6 sigma: 2e-9.
      CHECK(ks_p_value(sample, [&](double x) { return normal_distribution(x, theta[0], sd); }) > 1e-6);
      const SampleMoments moments = sample_moments(sample);
      CHECK(std::abs(moments.mean - theta[0]) < 6 * sd / std::sqrt(n));
      CHECK(std::abs(moments.variance - sd * sd) < 6 * sd * sd * std::sqrt(2 / n));
    }
  }
}

TEST_CASE("gaussian: exact answers that can be checked by hand") {
  const float x[2] = {1, 3};
  double theta[2] = {2, 0};
  CHECK(kGaussian.exact().log_likelihood(theta, {x, 2, 1}) == doctest::Approx(-1 - std::log(2 * std::acos(-1.0))));
  CHECK(kGaussian.exact().maximum_likelihood({x, 2, 1}, theta));
  CHECK(theta[0] == 2);
  CHECK(theta[1] == 0);  // variance (1 + 1) / 2
  const float far[2] = {30, 30};
  CHECK(kGaussian.exact().maximum_likelihood({far, 2, 1}, theta));
  CHECK(theta[0] == 10);
  CHECK(theta[1] == 1.5);
}

TEST_CASE("gaussian: posterior densities integrate to one and follow the likelihood") {
  for (const double u : {-2.5, 0.0, 2.5}) {
    const Simulated data = simulated(kGaussian, at_coordinate(kGaussian, u), 10000, 4);
    for (const alfi::Index n : {0, 1, 2, 30, 500, 10000}) {
      CAPTURE(u);
      CAPTURE(n);
      double error = 0;
      const double mass = posterior_mass(data.first(n), &error);
      CHECK(error < 0.01);
      CHECK(std::abs(mass - 1) < error + 1e-7);
      check_proportional(kGaussian, data.first(n), 8);
      if (n > 0) check_maximum(kGaussian, data.first(n), 9);
    }
  }
}

TEST_CASE("gaussian: data that the prior did not expect") {
  const float far[3] = {500, 501, 499}, same[3] = {1, 1, 1};
  for (const float* x : {far, same}) {
    const double inside[2] = {9.99, 1.49};
    CHECK(std::isfinite(kGaussian.exact().posterior_log_density({x, 3, 1})(inside)));
  }
  const double outside[2] = {10.01, 0};
  CHECK(std::isinf(kGaussian.exact().posterior_log_density({same, 3, 1})(outside)));
}

TEST_CASE("gaussian: the exact posterior's expected negative log density") {
  // -3.983 +- 0.026 (docs). One problem's value has the sd 1 of a two-dimensional normal's log density and that of
  // log sd's prior, twice 1.01; with 300 problems 6 sqrt((1 + 4.1) / 300 + 0.026^2) = 0.80.
  alfi::Stream random(alfi::step_key(12, alfi::Purpose::prior, 0), {});
  double sum = 0;
  for (std::uint64_t problem = 0; problem < 300; ++problem) {
    const auto theta = prior_draw(kGaussian, random);
    const Simulated data = simulated(kGaussian, theta, 500, 1000 + problem);
    sum -= kGaussian.exact().posterior_log_density(data.view())(theta.data());
  }
  CHECK(std::abs(sum / 300 + 3.983) < 0.80);
}
