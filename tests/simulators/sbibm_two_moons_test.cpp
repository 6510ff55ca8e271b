#include "alfi/simulators/sbibm/two_moons.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/simulated.hpp"
#include "support/statistics.hpp"

/// Observations and moments of reference samples: sbi-benchmark/sbibm (MIT), two_moons, observations 1 and 2.

using namespace alfi_test;

namespace {

const alfi::Simulator kMoons = alfi::sbibm::make_two_moons();
const double kPi = std::acos(-1.0);

/// Of a posterior, by cells of a grid in the turned coordinates s = (theta_1 + theta_2) / sqrt 2 and d = (theta_2 -
/// theta_1) / sqrt 2, in which the prior's square is |s| + |d| <= sqrt 2. The ring of radius 0.1, its offset 0.25, lies
/// between |s| = 0.2 - x_1 and 0.41 - x_1, within 0.16 of d = x_2.
struct Sums {
  double mass = 0, size = 0, size_squared = 0, shift = 0, shift_squared = 0, upper = 0;
};
Sums sums(const float* x, double cell) {
  const auto posterior = kMoons.exact().posterior_log_density({x, 1, 2});
  const double root = std::sqrt(2.0), fold = -static_cast<double>(x[0]), shifted = static_cast<double>(x[1]);
  Sums r;
  for (double s = -root + cell / 2; s < root; s += cell) {
    if (std::fabs(s) < fold + 0.2 || std::fabs(s) > fold + 0.41) continue;
    for (double d = shifted - 0.16 + cell / 2; d < shifted + 0.16; d += cell) {
      if (std::fabs(s) + std::fabs(d) > root) continue;
      const double theta[2] = {(s - d) / root, (s + d) / root}, log_density = posterior(theta);
      if (!(log_density > -50)) continue;
      const double mass = std::exp(log_density) * cell * cell, size = root * std::fabs(s), shift = root * d;
      r.mass += mass;
      r.size += mass * size, r.size_squared += mass * size * size;
      r.shift += mass * shift, r.shift_squared += mass * shift * shift;
      r.upper += s > 0 ? mass : 0;
    }
  }
  for (double* sum : {&r.size, &r.size_squared, &r.shift, &r.shift_squared, &r.upper}) *sum /= r.mass;
  return r;
}

}  // namespace

TEST_CASE("sbibm/two_moons: radius and angle of draws") {
  for (const auto& theta : std::vector<std::vector<double>>{{0, 0}, {0.75, 0.5}, {-0.75, -0.5}, {1, -1}}) {
    const Simulated data = simulated(kMoons, theta, 50000, 53);
    std::vector<double> radius, angle;
    for (alfi::Index row = 0; row < data.rows; ++row) {
      const double u = static_cast<double>(data.view()(row, 0)) - 0.25 + std::fabs(theta[0] + theta[1]) / std::sqrt(2);
      const double v = static_cast<double>(data.view()(row, 1)) - (theta[1] - theta[0]) / std::sqrt(2);
      radius.push_back(std::hypot(u, v));
      angle.push_back(std::atan2(v, u));
    }
    // Eight p values.
    CHECK(ks_p_value(radius, [](double r) { return normal_distribution(r, 0.1, 0.01); }) > 1e-6);
    CHECK(ks_p_value(angle, [](double a) { return std::fmin(1, std::fmax(0, a / kPi + 0.5)); }) > 1e-6);
  }
}

TEST_CASE("sbibm/two_moons: the likelihood, by hand, and its integral over x") {
  const double theta[] = {0.3, 0.2};
  const auto likelihood = [&](double u, double v) {
    const float x[] = {static_cast<float>(u + 0.25 - 0.5 / std::sqrt(2)), static_cast<float>(v - 0.1 / std::sqrt(2))};
    return kMoons.exact().log_likelihood(theta, {x, 1, 2});
  };
  // At rho = 0.1: 1 / (sqrt(2 pi) 0.01) / (pi 0.1); x in floats moves rho by 3e-8.
  const double wanted = -std::log(std::sqrt(2 * kPi) * 0.01 * kPi * 0.1);
  CHECK(std::abs(likelihood(0.06, 0.08) - wanted) < 1e-5);
  CHECK(std::abs(likelihood(0.06, -0.08) - wanted) < 1e-5);
  CHECK(std::abs(likelihood(0.11, 0) - (wanted - 0.5 - std::log(1.1))) < 1e-5);
  CHECK(likelihood(-0.06, 0.08) == -std::numeric_limits<double>::infinity());
  const double mass =
      midpoint([&](double u) { return midpoint([&](double v) { return std::exp(likelihood(u, v)); }, -0.2, 0.2, 400); },
               0, 0.2, 200);
  CHECK(std::abs(mass - 1) < 1e-3);  // cells of a tenth of the ring's sd: exact but where it is cut at u = 0
}

TEST_CASE("sbibm/two_moons: the posterior is normalized, with the reference's moments") {
  struct Case {
    float x[2];
    double size, size_sd, shift, shift_sd, upper;
  };
  // Of 10 000 samples: mean and sd of |theta_1 + theta_2| and of theta_2 - theta_1, share of theta_1 + theta_2 > 0.
  for (const Case& c : {Case{{-0.6396706f, 0.16234657f}, 1.347915, 0.044496, 0.230723, 0.100930, 0.4997},
                        Case{{-0.567669f, -0.331948f}, 1.246176, 0.044687, -0.467659, 0.100906, 0.4995}}) {
    const Sums got = sums(c.x, 0.0005);
    CHECK(std::abs(got.mass - 1) < 1.6e-3);  // the end at u = 0 is known to half a cell: 2 * 0.00025 of 0.1 pi
    CHECK(std::abs(got.size - c.size) < 5 * c.size_sd / 100);
    CHECK(std::abs(std::sqrt(got.size_squared - got.size * got.size) - c.size_sd) < 5 * c.size_sd / 100);
    CHECK(std::abs(got.shift - c.shift) < 5 * c.shift_sd / 100);
    CHECK(std::abs(std::sqrt(got.shift_squared - got.shift * got.shift) - c.shift_sd) < 5 * c.shift_sd / 100);
    CHECK(std::abs(got.upper - c.upper) < 5 * 0.005);
  }
}

// Observations of every kind of corner: crescents cut by the square's edges, by the fold at theta_1 + theta_2 = 0.
TEST_CASE("sbibm/two_moons: the posterior is normalized wherever the crescents are cut") {
  for (const auto& theta :
       std::vector<std::vector<double>>{{1, 1}, {-1, 1}, {1, -1}, {0, 0}, {0.02, -0.01}, {0.97, 0.2}, {-1, 0.93}}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      CAPTURE(theta[0]);
      CAPTURE(theta[1]);
      const Simulated data = simulated(kMoons, theta, 1, 60 + seed);
      // Half a cell, 0.00025, along an edge of the square on the crest of the ring, 40 high, is a hundredth; a slice
      // of the ring may be all that is left.
      CHECK(std::abs(sums(data.values.data(), 0.0005).mass - 1) < 0.03);
    }
  }
}

TEST_CASE("sbibm/two_moons: rounding to floats never makes the truth impossible, and nonsense is") {
  alfi::Stream random(alfi::step_key(14, alfi::Purpose::prior, 0), {});
  for (std::uint64_t problem = 0; problem < 2000; ++problem) {
    const auto theta = prior_draw(kMoons, random);
    const Simulated data = simulated(kMoons, theta, 1, 3000 + problem);
    REQUIRE(std::isfinite(kMoons.exact().posterior_log_density(data.view())(theta.data())));
  }
  const double theta[] = {0, 0};
  for (const auto& [a, b] : std::vector<std::pair<float, float>>{{5.0f, 0.0f}, {-1e30f, 1e30f}, {0.0f, 9.0f}}) {
    const float x[] = {a, b};
    CHECK_FALSE(std::isfinite(kMoons.exact().posterior_log_density({x, 1, 2})(theta)));
  }
}
