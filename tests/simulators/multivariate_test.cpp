#include "alfi/simulators/multivariate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kMultivariate = alfi::make_multivariate();

/// Solves R z = x by conjugate gradients, which need no inverse: another way than the library's.
std::vector<double> sources(const double* x) {
  std::vector<double> z(5, 0.0), residual(x, x + 5), direction = residual;
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < 5; ++i) sum += a[i] * b[i];
    return sum;
  };
  for (int step = 0; step < 25 && dot(residual, residual) > 1e-26; ++step) {
    std::vector<double> image(5, 0.0);
    for (int i = 0; i < 5; ++i) {
      for (int j = 0; j < 5; ++j) image[i] += alfi::MultivariateSimulator::mixing(i, j) * direction[j];
    }
    const double before = dot(residual, residual), length = before / dot(direction, image);
    for (std::size_t i = 0; i < 5; ++i) z[i] += length * direction[i], residual[i] -= length * image[i];
    const double ratio = dot(residual, residual) / before;
    for (std::size_t i = 0; i < 5; ++i) direction[i] = residual[i] + ratio * direction[i];
  }
  return z;
}

double clamped_exponential(double x) { return x > 0 ? 1 - std::exp(-x / 2) : 0; }

}  // namespace

TEST_CASE("multivariate: every source has its exact distribution") {
  // Twenty-five p values: 3e-5 false alarms.
  for (const auto& theta :
       std::vector<std::vector<double>>{{0, 0, 0}, {-3, -3, -3}, {3, 3, 3}, {-3, 3, -3}, {3, -3, 3}}) {
    const Simulated data = simulated(kMultivariate, theta, 50000, 41);
    std::vector<std::vector<double>> z(5);
    for (alfi::Index row = 0; row < data.rows; ++row) {
      double x[5];
      for (int i = 0; i < 5; ++i) x[i] = static_cast<double>(data.view()(row, i));
      const auto source = sources(x);
      for (std::size_t i = 0; i < 5; ++i) z[i].push_back(source[i]);
    }
    CHECK(ks_p_value(z[0], [&](double x) { return normal_distribution(x, theta[0], 1); }) > 1e-6);
    CHECK(ks_p_value(z[1], [&](double x) { return normal_distribution(x, 3, std::exp(theta[1] / 3)); }) > 1e-6);
    CHECK(ks_p_value(z[2], [&](double x) {
            return 0.5 * normal_distribution(x, -2, 1) + 0.5 * normal_distribution(x, 2, 0.5);
          }) > 1e-6);
    CHECK(ks_p_value(z[3], [&](double x) { return std::min(1.0, std::max(0.0, (x + 5) / (theta[2] + 5))); }) > 1e-6);
    CHECK(ks_p_value(z[4], clamped_exponential) > 1e-6);
    // Independent sources: n correlations of 0 with variance 1/n; 6 sigma.
    for (std::size_t i = 0; i < 5; ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const SampleMoments a = sample_moments(z[i]), b = sample_moments(z[j]);
        double product = 0;
        for (std::size_t k = 0; k < z[i].size(); ++k) product += (z[i][k] - a.mean) * (z[j][k] - b.mean);
        CHECK(std::abs(product / std::sqrt(50000 * a.variance * b.variance)) < 6);
      }
    }
  }
}

TEST_CASE("multivariate: the likelihood of one observation, by hand") {
  // z = (1, 3, 2, 0, 2), theta = (1, 0, 0): densities 1/sqrt(2 pi) for z_0 and z_1, 1/5 for z_3, exp(-1)/2 for z_4, and
  // the mixture at 2; over det R.
  const double z[5] = {1, 3, 2, 0, 2};
  float x[5];
  for (int i = 0; i < 5; ++i) {
    double sum = 0;
    for (int j = 0; j < 5; ++j) sum += alfi::MultivariateSimulator::mixing(i, j) * z[j];
    x[i] = static_cast<float>(sum);
  }
  const double theta[3] = {1, 0, 0}, other[3] = {0, 0, 3};
  const double root = std::sqrt(2 * std::acos(-1.0));
  const auto& likelihood = kMultivariate.exact().log_likelihood;
  // Rounding of x to floats moves z by about 1e-6, the density of z_4 and z_0 in proportion.
  CHECK(std::abs(likelihood(other, {x, 1, 5}) - likelihood(theta, {x, 1, 5}) - (-0.5 - std::log(8.0 / 5))) < 1e-5);
  // The determinant as the sum over permutations.
  int order[5] = {0, 1, 2, 3, 4};
  double determinant = 0;
  const auto permute = [&](auto&& self, int k, int sign) -> void {
    if (k == 5) {
      double product = sign;
      for (int i = 0; i < 5; ++i) product *= alfi::MultivariateSimulator::mixing(i, order[i]);
      determinant += product;
      return;
    }
    for (int i = k; i < 5; ++i) {
      std::swap(order[k], order[i]);
      self(self, k + 1, i == k ? sign : -sign);
      std::swap(order[k], order[i]);
    }
  };
  permute(permute, 0, 1);
  const double mixture = 0.5 * std::exp(-8.0) / root + 0.5 / (0.5 * root);
  const double wanted = std::log(1 / root / root / 5 * mixture * std::exp(-1.0) / 2 / determinant);
  CHECK(std::abs(likelihood(theta, {x, 1, 5}) - wanted) < 1e-5);
}

TEST_CASE("multivariate: the posterior is normalized: three independent integrals") {
  for (const double u : {-2.5, 0.0, 2.5}) {
    const Simulated data = simulated(kMultivariate, at_coordinate(kMultivariate, u), 500, 42);
    for (const alfi::Index n : {0, 1, 2, 20, 500}) {
      CAPTURE(u);
      CAPTURE(n);
      const auto posterior = kMultivariate.exact().posterior_log_density(data.first(n));
      double best[3] = {0, 0, 0};
      if (n > 0) REQUIRE(kMultivariate.exact().maximum_likelihood(data.first(n), best));
      const double reference = posterior(best);
      double log_mass = reference;  // f = f0 f1 f2: the product of the line integrals is f(best)^2 times the mass
      for (int i = 0; i < 3; ++i) {
        const double low = i == 2 && n > 0 ? best[2] : -3;
        log_mass += std::log(midpoint(
            [&](double x) {
              double theta[3] = {best[0], best[1], best[2]};
              theta[i] = x;
              return std::exp(posterior(theta) - reference);
            },
            low, 3, 20000));
      }
      // Midpoints 3e-4 apart, narrowest scale 4e-3 (theta_2 at its low end, 500 observations): (3e-4 / 4e-3)^2 / 24 =
      // 2.3e-4; the peaks of the others are ten times wider.
      CHECK(std::abs(log_mass) < 3e-4);
      if (n > 0) check_proportional(kMultivariate, data.first(n), 8);
      if (n > 0) check_maximum(kMultivariate, data.first(n), 9);
    }
  }
}

TEST_CASE("multivariate: rounding to floats never makes the truth impossible") {
  alfi::Stream random(alfi::step_key(13, alfi::Purpose::prior, 0), {});
  for (std::uint64_t problem = 0; problem < 500; ++problem) {
    const auto theta = prior_draw(kMultivariate, random);
    const Simulated data = simulated(kMultivariate, theta, 300, 2000 + problem);
    REQUIRE(std::isfinite(kMultivariate.exact().posterior_log_density(data.view())(theta.data())));
  }
}
