#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/sbibm/gaussian_linear.hpp"
#include "alfi/simulators/sbibm/gaussian_mixture.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

/// sbibm/gaussian_linear, gaussian_linear_uniform and gaussian_mixture. Observations and moments of reference samples:
/// sbi-benchmark/sbibm (MIT), observation 1.

using namespace alfi_test;

namespace {

const alfi::Simulator kLinear = alfi::sbibm::make_gaussian_linear();
const alfi::Simulator kUniform = alfi::sbibm::make_gaussian_linear_uniform();
const alfi::Simulator kMixture = alfi::sbibm::make_gaussian_mixture();

/// Mean and sd of a density known but for a factor, on a grid.
SampleMoments grid_moments(const Real& density, double low, double high, int steps) {
  const double mass = midpoint(density, low, high, steps);
  const double mean = midpoint([&](double x) { return x * density(x); }, low, high, steps) / mass;
  return {mean, midpoint([&](double x) { return (x - mean) * (x - mean) * density(x); }, low, high, steps) / mass};
}

}  // namespace

TEST_CASE("sbibm: every task takes one vector or none, and without one its posterior is the prior") {
  for (const std::string& name : alfi::builtin_simulators()) {
    if (name.rfind("sbibm/", 0) != 0) continue;
    CAPTURE(name);
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    CHECK_FALSE(simulator.info().observation.is_set);
    CHECK(simulator.info().observation.length == 1);
    CHECK(simulator.info().observation.names.front() == "data_1");
    const std::vector<double> theta = at_coordinate(simulator, 0.5);
    const Simulated two = simulated(simulator, theta, 2, 1);
    CHECK_THROWS_AS(simulator.exact().log_likelihood(theta.data(), two.view()), alfi::ShapeError);
    CHECK(simulator.exact().log_likelihood(theta.data(), two.first(0)) == 0);
    if (!simulator.exact().posterior_log_density) continue;
    CHECK_THROWS_AS(simulator.exact().posterior_log_density(two.view()), alfi::ShapeError);
    const double density = simulator.exact().posterior_log_density(two.first(0))(theta.data());
    CHECK(std::abs(density - log_prior(simulator, theta)) < 1e-12);
    for (std::uint64_t seed = 1; seed < 4; ++seed) {
      check_proportional(simulator, simulated(simulator, theta, 1, seed).view(), seed);
    }
  }
}

TEST_CASE("sbibm/gaussian_linear: draws are independent normals of variance 0.1 about theta") {
  for (const alfi::Simulator& simulator : {kLinear, kUniform}) {
    std::vector<double> theta;
    for (int i = 0; i < 10; ++i) theta.push_back(0.1 * i - 0.6);
    const Simulated data = simulated(simulator, theta, 20000, 51);
    for (alfi::Index i = 0; i < 10; ++i) {
      const double mean = static_cast<double>(static_cast<float>(theta[static_cast<std::size_t>(i)]));
      const Real law = [&](double x) { return normal_distribution(x, mean, std::sqrt(0.1)); };
      CHECK(ks_p_value(data.column(i), law) > 1e-6);
      for (alfi::Index j = 0; j < i; ++j) {  // correlations of variance 1/n: 6 sigma
        double product = 0;
        for (alfi::Index row = 0; row < data.rows; ++row) {
          const auto deviation = [&](alfi::Index c) {
            return static_cast<double>(data.view()(row, c)) - theta[static_cast<std::size_t>(c)];
          };
          product += deviation(i) * deviation(j) / 0.1;
        }
        CHECK(std::abs(product) < 6 * std::sqrt(20000.0));
      }
    }
  }
}

TEST_CASE("sbibm/gaussian_linear: the posterior, by hand and as the reference samples have it") {
  const std::vector<float> x{1.0471346f,   0.5566712f,  -0.23618454f, 0.027879834f, -1.0051446f,
                             -0.00793075f, 0.06117077f, -0.29286885f, -0.38539964f, 0.2449614f};
  const std::vector<double> reference{0.523892,  0.277753, -0.1121,   0.016427,  -0.50199,
                                      -0.002878, 0.032049, -0.145737, -0.189785, 0.121245};
  const auto posterior = kLinear.exact().posterior_log_density({x.data(), 1, 10});
  std::vector<double> theta(x.begin(), x.end());
  for (double& t : theta) t /= 2;
  // Ten normals of variance 0.05 at their means; at the reference's means, 1e-4 less or so.
  const double top = -5 * std::log(2 * std::acos(-1.0) * 0.05);
  CHECK(std::abs(posterior(theta.data()) - top) < 1e-12);
  // Mean of 10 000 samples: a chi square of ten degrees, over 2 * 10 000; above 60 once in 10^8.
  CHECK(posterior(reference.data()) > top - 60 / 2e4);
  theta[3] += std::sqrt(0.05);
  CHECK(std::abs(posterior(theta.data()) - (top - 0.5)) < 1e-12);
  // The likelihood: at theta = x, ten normals of variance 0.1.
  const std::vector<double> same(x.begin(), x.end());
  CHECK(std::abs(kLinear.exact().log_likelihood(same.data(), {x.data(), 1, 10}) +
                 5 * std::log(2 * std::acos(-1.0) * 0.1)) < 1e-12);
  check_maximum(kLinear, {x.data(), 1, 10}, 5);
}

TEST_CASE("sbibm/gaussian_linear_uniform: each parameter's posterior is normalized, with the reference's moments") {
  const std::vector<float> x{-0.53739023f, -0.23864163f, 0.81923723f,  0.6407443f,   0.41616207f,
                             -0.09746933f, 1.1292295f,   -0.05842293f, -0.97055256f, -0.9423423f};
  const double mean[] = {-0.491432, -0.234628, 0.669176,  0.566595,  0.395481,
                         -0.096541, 0.792081,  -0.059224, -0.739091, -0.729889};
  const double sd[] = {0.273401, 0.308355, 0.223, 0.259063, 0.292451, 0.313752, 0.168404, 0.312236, 0.194577, 0.200806};
  const auto posterior = kUniform.exact().posterior_log_density({x.data(), 1, 10});
  const std::vector<double> centre(10, 0.1);
  const double at_centre = posterior(centre.data());
  double log_mass = at_centre;  // a product of ten: the line integrals are density^9 times the mass
  for (std::size_t i = 0; i < 10; ++i) {
    const Real along = [&](double t) {
      std::vector<double> theta = centre;
      theta[i] = t;
      return std::exp(posterior(theta.data()) - at_centre);
    };
    log_mass += std::log(midpoint(along, -1, 1, 4000));
    const SampleMoments m = grid_moments(along, -1, 1, 4000);
    CHECK(std::abs(m.mean - mean[i]) < 5 * sd[i] / 100);  // of 10 000 samples: 5 sigma
    CHECK(std::abs(std::sqrt(m.variance) - sd[i]) < 5 * sd[i] / 100);
  }
  CHECK(std::abs(log_mass) < 1e-6);  // ten times a relative error of (5e-4 / 0.3)^2 / 24
  std::vector<double> outside = centre;
  outside[9] = -1.001;
  CHECK(posterior(outside.data()) == -std::numeric_limits<double>::infinity());
  check_maximum(kUniform, {x.data(), 1, 10}, 6);
}

TEST_CASE("sbibm/gaussian_mixture: one component for both entries of a draw") {
  const std::vector<double> theta{3.25, -7.5};
  const Simulated data = simulated(kMixture, theta, 50000, 52);
  for (alfi::Index i = 0; i < 2; ++i) {
    const double mean = theta[static_cast<std::size_t>(i)];
    CHECK(ks_p_value(data.column(i), [&](double x) {
            return 0.5 * normal_distribution(x, mean, 1) + 0.5 * normal_distribution(x, mean, 0.1);
          }) > 1e-6);
  }
  // The squared distance is exponential of mean 2 or 0.02; with a component for each entry it would be another law.
  std::vector<double> square;
  for (alfi::Index row = 0; row < data.rows; ++row) {
    square.push_back(std::pow(static_cast<double>(data.view()(row, 0)) - theta[0], 2) +
                     std::pow(static_cast<double>(data.view()(row, 1)) - theta[1], 2));
  }
  CHECK(ks_p_value(square, [](double x) { return 1 - 0.5 * std::exp(-x / 2) - 0.5 * std::exp(-x / 0.02); }) > 1e-6);
}

TEST_CASE("sbibm/gaussian_mixture: the posterior is normalized in the square, with the reference's moments") {
  const float x[] = {-9.472713f, -1.4950509f};  // half an sd from the edge
  const double mean[] = {-9.264103, -1.487399}, sd[] = {0.526943, 0.649296};
  const auto posterior = kMixture.exact().posterior_log_density({x, 1, 2});
  for (const int axis : {0, 1}) {
    const Real marginal = [&](double t) {
      return midpoint(
          [&](double s) {
            const double theta[2] = {axis == 0 ? t : s, axis == 0 ? s : t};
            return std::exp(posterior(theta));
          },
          axis == 0 ? -8 : -10, axis == 0 ? 5 : -3, 650);
    };
    const double low = axis == 0 ? -10 : -8, high = axis == 0 ? -3 : 5;
    CHECK(std::abs(midpoint(marginal, low, high, 650) - 1) < 1e-3);  // (0.02 / 0.1)^2 / 24 of a half, at the edge
    const SampleMoments m = grid_moments(marginal, low, high, 650);
    CHECK(std::abs(m.mean - mean[axis]) < 5 * sd[axis] / 100 + 1e-3);
    // The fourth moment of this mixture is four times that of a normal.
    CHECK(std::abs(std::sqrt(m.variance) - sd[axis]) < 10 * sd[axis] / 100);
  }
  check_maximum(kMixture, {x, 1, 2}, 7);
  const float beyond[] = {-12.0f, 3.0f};
  check_maximum(kMixture, {beyond, 1, 2}, 8);
}
