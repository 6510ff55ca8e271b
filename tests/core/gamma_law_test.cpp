#include "alfi/core/gamma_law.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/core/special.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

constexpr int kDraws = 100000;

std::vector<double> logs(double shape) {
  const alfi::GammaLaw law = alfi::GammaLaw::of(shape);
  std::vector<double> draws;
  for (std::uint32_t i = 0; i < kDraws; ++i) {
    alfi::Stream random(alfi::step_key(3, alfi::Purpose::user, 0), {0, 0, 0, i});
    draws.push_back(law.draw_log(random));
  }
  return draws;
}

}  // namespace

// p values: one false alarm in 10^6 seeds each. 10^5 draws see a distribution function that is wrong by 0.9 %.

TEST_CASE("gamma_law: draws have the distribution, below and above shape 1") {
  for (const double shape : {0.01, 0.3, 0.999, 1.0, 1.5, 7.0, 300.0, 1e4}) {
    CAPTURE(shape);
    CHECK(ks_p_value(logs(shape), [&](double x) { return std::exp(alfi::gamma_log_tails(shape, x).lower); }) > 1e-6);
  }
}

TEST_CASE("gamma_law: the mean and variance of the logarithm at shape 1 and 2") {
  // digamma(1) = -0.5772.., digamma(2) one more; trigamma(1) = pi^2 / 6, trigamma(2) one less. The fourth central
  // moments are below 15: 6 sigma of n draws.
  const double trigamma = 1.6449340668482264, n = kDraws;
  for (const double shape : {1.0, 2.0}) {
    const SampleMoments moments = sample_moments(logs(shape));
    const double variance = trigamma - (shape - 1);
    CHECK(std::abs(moments.mean - (shape - 1 - 0.57721566490153286)) < 6 * std::sqrt(variance / n));
    CHECK(std::abs(moments.variance - variance) < 6 * std::sqrt(15 / n));
  }
}

TEST_CASE("gamma_law: shapes at the ends") {
  // shape log(1 / g) is exponential but for a term of the order of the shape.
  for (const double shape : {1e-15, 1e-8}) {
    std::vector<double> scaled = logs(shape);
    for (double& x : scaled) x *= -shape;
    CHECK(ks_p_value(scaled, [](double x) { return -std::expm1(-x); }) > 1e-6);
  }
  // sqrt(shape) log(g / shape) is normal but for a term of the order of 1 / sqrt(shape); at 1e15 what is left of 16
  // digits of log g = 34 resolves 2e-7 sds.
  for (const double shape : {1e8, 1e12, 1e15}) {
    std::vector<double> scaled = logs(shape);
    for (double& x : scaled) x = std::sqrt(shape) * (x - std::log(shape));
    CHECK(ks_p_value(scaled, [](double x) { return alfi::normal_cdf(x); }) > 1e-6);
  }
}
