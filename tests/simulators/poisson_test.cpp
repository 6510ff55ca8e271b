#include "alfi/simulators/poisson.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/special.hpp"
#include "support/real_data.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kPoisson = alfi::make_poisson();

double posterior_moment(alfi::Observations observations, int power, double around) {
  const auto posterior = kPoisson.exact().posterior_log_density(observations);
  return midpoint([&](double x) { return std::pow(x - around, power) * std::exp(posterior(&x)); }, 0.2, 7, 100000);
}

}  // namespace

TEST_CASE("poisson: counts have the exact distribution, below and above the change of method") {
  // Six p values: one false alarm in 1.7e5 seeds. 400 000 draws see a class that is wrong by 1 % of 5 % of the mass.
  for (const double log_rate : {0.2, 1.0, 2.3, std::log(10.5), 4.0, 7.0}) {
    CAPTURE(log_rate);
    const double theta = static_cast<double>(static_cast<float>(log_rate)), rate = std::exp(theta);
    const auto counts = simulated(kPoisson, {theta}, 400000, 11).column(0);
    CHECK(discrete_p_value(counts, [&](double k) { return k * theta - rate - alfi::log_gamma(k + 1); }) > 1e-6);
    // The mean of n counts has variance rate / n, their sample variance (rate + 2 rate^2) / n; 6 sigma: 2e-9 each.
    const SampleMoments moments = sample_moments(counts);
    CHECK(std::abs(moments.mean - rate) < 6 * std::sqrt(rate / 400000));
    CHECK(std::abs(moments.variance - rate) < 6 * std::sqrt((rate + 2 * rate * rate) / 400000));
  }
}

TEST_CASE("poisson: the logarithm of the probability, as the rejection sees it") {
  const float theta = 3.5f;
  const alfi::PoissonLaw law = alfi::PoissonSimulator().prepare(&theta).law;
  for (const double k : {0.0, 1.0, 9.0, 10.0, 11.0, 50.0, 1000.0}) {
    const double wanted = k * law.log_rate - law.rate - alfi::log_gamma(k + 1);
    // Stirling's series from 10 on leaves out 1 / (1680 k^7) < 6e-11.
    CHECK(std::abs(law.log_probability(k) - wanted) < 1e-10 + 1e-15 * std::abs(wanted));
  }
}

TEST_CASE("poisson: exact answers for counts that can be checked by hand") {
  const float counts[3] = {2, 0, 4};
  const alfi::Observations observations{counts, 3, 1};
  const double theta = std::log(3.0);
  // 6 log 3 - 9 - log(2! 0! 4!)
  CHECK(kPoisson.exact().log_likelihood(&theta, observations) ==
        doctest::Approx(6 * std::log(3.0) - 9 - std::log(48.0)).epsilon(1e-13));
  double best = 0;
  CHECK(kPoisson.exact().maximum_likelihood(observations, &best));
  CHECK(best == doctest::Approx(std::log(2.0)).epsilon(1e-14));
  const float zeros[2] = {0, 0};
  CHECK(kPoisson.exact().maximum_likelihood({zeros, 2, 1}, &best));
  CHECK(best == 0.2);
  CHECK_FALSE(kPoisson.exact().maximum_likelihood({nullptr, 0, 1}, &best));
  const float halves[2] = {0.5f, 1};
  CHECK(std::isinf(kPoisson.exact().log_likelihood(&theta, {halves, 2, 1})));
  CHECK_FALSE(kPoisson.exact().maximum_likelihood({halves, 2, 1}, &best));
}

TEST_CASE("poisson: posterior densities integrate to one and follow the likelihood") {
  for (const double u : {-2.5, 0.0, 2.5}) {
    const Simulated data = simulated(kPoisson, at_coordinate(kPoisson, u), 500, 5);
    for (const alfi::Index n : {0, 1, 20, 500}) {
      CAPTURE(u);
      CAPTURE(n);
      // 1e5 midpoints, narrowest peak 3e-3 wide: error below (6.8e-5 / 3e-3)^2 / 24, less inside; edges cut off
      // smoothly.
      CHECK(std::abs(posterior_moment(data.first(n), 0, 0) - 1) < 2.5e-5);
      check_proportional(kPoisson, data.first(n), 6);
      if (n > 0) check_maximum(kPoisson, data.first(n), 7);
    }
  }
}

TEST_CASE("poisson: Rutherford and Geiger's counts") {
  const Simulated data = real_data("rutherford_geiger_1910.csv");
  REQUIRE(data.rows == 2608);
  const double mean = posterior_moment(data.view(), 1, 0);
  // exp(theta) is Gamma(10097, rate 2608) but for the prior's cut, a hundred sds away: the mean of theta is
  // digamma(10097) - log 2608, its variance trigamma(10097), both by their series. The mode is 1.35366.
  const double sum = 10097, digamma = std::log(sum) - 1 / (2 * sum) - 1 / (12 * sum * sum);
  CHECK(std::abs(mean - (digamma - std::log(2608.0))) < 1e-8);
  CHECK(std::abs(mean - 1.3536) < 5e-5);
  CHECK(std::abs(std::sqrt(posterior_moment(data.view(), 2, mean)) - 0.00995) < 5e-6);
}

TEST_CASE("poisson: the exact posterior's expected negative log density") {
  // -3.492 +- 0.009 from 500 problems (docs). Here 300: the standard error of one is sqrt(1/2) (the log density of a
  // normal has that sd) and more; 6 sigma of the difference is 6 sqrt(0.72^2 / 300 + 0.009^2) = 0.26.
  alfi::Stream random(alfi::step_key(12, alfi::Purpose::prior, 0), {});
  double sum = 0;
  for (std::uint64_t problem = 0; problem < 300; ++problem) {
    const auto theta = prior_draw(kPoisson, random);
    const Simulated data = simulated(kPoisson, theta, 500, 1000 + problem);
    sum -= kPoisson.exact().posterior_log_density(data.view())(theta.data());
  }
  CHECK(std::abs(sum / 300 + 3.492) < 0.26);
}
