#include "alfi/core/negative_binomial_law.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/statistics.hpp"

using namespace alfi_test;
using Law = alfi::NegativeBinomialLaw;

namespace {

std::vector<double> counts(double mean, double inverse, std::uint32_t n) {
  const Law law = Law::of(inverse);
  std::vector<double> draws;
  for (std::uint32_t i = 0; i < n; ++i) {
    alfi::Stream random(alfi::step_key(4, alfi::Purpose::user, 0), {0, 0, 0, i});
    draws.push_back(law.draw(std::log(mean), random));
  }
  return draws;
}

}  // namespace

TEST_CASE("negative_binomial_law: probabilities that can be checked by hand") {
  // phi = 1: geometric, (1 / (1 + m)) (m / (1 + m))^k. phi = 2, m = 2: (k + 1) 2^-(k + 2).
  for (const double k : {0.0, 1.0, 2.0, 7.0, 1000.0}) {
    CHECK(Law::log_probability(k, std::log(3.0), 1) ==
          doctest::Approx(std::log(0.25) + k * std::log(0.75)).epsilon(1e-13));
    CHECK(Law::log_probability(k, std::log(2.0), 0.5) ==
          doctest::Approx(std::log(k + 1) - (k + 2) * std::log(2.0)).epsilon(1e-13));
  }
}

TEST_CASE("negative_binomial_law: probabilities sum to one, with the mean and variance asked for") {
  for (const double mean : {0.1, 5.0, 300.0}) {
    for (const double inverse : {0.0, 1e-14, 1e-6, 0.1, 1.0}) {
      double sum = 0, first = 0, second = 0;
      for (double k = 0; k < 12000; k += 1) {
        const double p = std::exp(Law::log_probability(k, std::log(mean), inverse));
        sum += p, first += p * k, second += p * k * k;
      }
      // Beyond 12000 = 40 means lies e^-40; logarithms of size 10^4 are rounded to 1e-12, the largest of 12000 products
      // of factors with 12000 roundings.
      CHECK(std::abs(sum - 1) < 1e-11);
      CHECK(first == doctest::Approx(mean).epsilon(1e-11));
      CHECK(second - first * first == doctest::Approx(mean + mean * mean * inverse).epsilon(1e-9));
    }
  }
}

TEST_CASE("negative_binomial_law: the limit 1 / phi = 0 is Poisson's, and is reached without a jump") {
  for (const double k : {0.0, 3.0, 200.0, 1e5}) {
    const double log_mean = std::log(k + 10), poisson = Law::log_probability(k, log_mean, 0);
    CHECK(poisson == doctest::Approx(k * log_mean - (k + 10) - alfi::log_gamma(k + 1)).epsilon(1e-14));
    for (const double inverse : {1e-16, 1.01e-15, 1e-13}) {
      // Its first term is ((k - m)^2 - k) / (2 phi), here below 1e5 / 2 / phi; rounding: 1e-15 of the logarithm's
      // terms.
      const double terms = 1 + k * log_mean;
      CHECK(std::abs(Law::log_probability(k, log_mean, inverse) - poisson) < 1e5 * inverse + 3e-15 * terms + 1e-16 * k);
    }
  }
}

TEST_CASE("negative_binomial_law: counts have the exact distribution") {
  // p values: one false alarm in 10^6 seeds each. 2e5 draws see a class that is wrong by 2 % of 5 % of the mass.
  for (const double mean : {0.02, 0.5, 20.0, 300.0}) {
    for (const double inverse : {0.0, 1e-14, 1e-3, 0.1, 0.9, 1.1, 40.0}) {
      if (mean * inverse > 1000) continue;  // counts of 10^5, whose probabilities take seconds
      CAPTURE(mean);
      CAPTURE(inverse);
      const auto sample = counts(mean, inverse, 200000);
      CHECK(discrete_p_value(sample, [&](double k) { return Law::log_probability(k, std::log(mean), inverse); }) >
            1e-6);
    }
  }
}

TEST_CASE("negative_binomial_law: at the largest dispersions nearly all counts are 0, some too large to be") {
  // P(0) = (1 + m / phi)^-phi with m / phi = 3e5: 1 - 1e-4 log(3e5) = 1 - 1.26e-3.
  int zero = 0, refused = 0;
  for (const double count : counts(30, 1e4, 200000)) zero += count == 0, refused += count < 0;
  CHECK(std::abs(200000 - zero - 252) < 6 * 16);
  CHECK(refused < 252);
  for (const double count : counts(30, 1e15, 1000)) CHECK(count == 0);
  CHECK(counts(2e7, 0, 1)[0] == -1);
}
