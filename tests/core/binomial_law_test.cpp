#include "alfi/core/binomial_law.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/statistics.hpp"

using alfi::BinomialLaw;

namespace {

double log_probability(double n, double k, double p) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) + (n - k) * std::log1p(-p);
}

const double kShares[] = {1e-7, 1e-4, 1e-3, 0.01, 0.1, 0.35, 0.5, 0.77, 0.99, 0.9995, 1 - 1e-4, 1 - 1e-7};

}  // namespace

TEST_CASE("binomial_law: the probability of a count") {
  // 1 sixteenth each way of four tosses, 6 of two heads.
  CHECK(std::abs(std::exp(BinomialLaw::log_probability(4, 0, 0.5)) - 1 / 16.0) < 1e-15);
  CHECK(std::abs(std::exp(BinomialLaw::log_probability(4, 2, 0.5)) - 6 / 16.0) < 1e-15);
  for (const double p : kShares) {
    double sum = 0;
    for (int k = 0; k <= 1000; ++k) sum += std::exp(BinomialLaw::log_probability(1000, k, p));
    CHECK(std::abs(sum - 1) < 1e-11);  // log 1000!, 5912, has 1e-15 of itself
  }
}

TEST_CASE("binomial_law: three trials by hand") {
  const BinomialLaw law = BinomialLaw::of(3, 0.5);  // in the order 2, 3, 1, 0: 3/8, 1/8, 3/8, 1/8
  CHECK(law.mode == 2);
  CHECK(law.counted(0.374) == 2);
  CHECK(law.counted(0.376) == 3);
  CHECK(law.counted(0.499) == 3);
  CHECK(law.counted(0.501) == 1);
  CHECK(law.counted(0.874) == 1);
  CHECK(law.counted(0.876) == 0);
  CHECK(law.counted(1 - 1e-9) == 0);
}

TEST_CASE("binomial_law: what cannot vary does not") {
  alfi::Stream random(alfi::step_key(3, alfi::Purpose::user, 0), {});
  for (int i = 0; i < 100; ++i) {
    CHECK(BinomialLaw::of(0, 0.3).draw(random) == 0);
    CHECK(BinomialLaw::of(1000, 0).draw(random) == 0);
    CHECK(BinomialLaw::of(1000, -1).draw(random) == 0);
    CHECK(BinomialLaw::of(1000, 1).draw(random) == 1000);
    CHECK(BinomialLaw::of(1000, 2).draw(random) == 1000);
    CHECK(BinomialLaw::of(1000, 1e-300).draw(random) == 0);
  }
}

// Each count has a part of (0, 1), whose end is found by bisection; what rounding leaves at the end is the mode's, too.
TEST_CASE("binomial_law: over all uniforms the counts have the law's probabilities to 1e-11") {
  for (const int trials : {1, 10, 1000}) {
    for (const double p : kShares) {
      CAPTURE(trials);
      CAPTURE(p);
      const BinomialLaw law = BinomialLaw::of(trials, p);
      std::vector<double> shares(static_cast<std::size_t>(trials) + 1);
      for (double begin = 0; begin < 1 - 0x1p-50;) {
        const int k = law.counted(begin + 0x1p-53);
        double low = begin + 0x1p-53, high = 1;  // counted(low) is k, counted(high) is another one, or high the end
        while (high - low > 0x1p-52) {
          const double middle = 0.5 * (low + high);
          (law.counted(middle) == k ? low : high) = middle;
        }
        shares[static_cast<std::size_t>(k)] += high - begin;
        begin = high;
      }
      double distance = 0;
      for (int k = 0; k <= trials; ++k) {
        distance += 0.5 * std::abs(shares[static_cast<std::size_t>(k)] - std::exp(log_probability(trials, k, p)));
      }
      CHECK(distance < 1e-11);
    }
  }
}

TEST_CASE("binomial_law: draws of a stream have the law") {
  // 24 p values: 2.4e-5 false alarms.
  std::uint32_t problem = 0;
  for (const int trials : {7, 1000}) {
    for (const double p : kShares) {
      CAPTURE(trials);
      CAPTURE(p);
      const BinomialLaw law = BinomialLaw::of(trials, p);
      alfi::Stream random(alfi::step_key(4, alfi::Purpose::user, 0), {problem++});
      const bool many = p > 0.5;  // the rarer outcome is counted: its classes begin at 0
      std::vector<double> counts;
      for (int i = 0; i < 400000; ++i) {
        const int k = law.draw(random);
        counts.push_back(many ? trials - k : k);
      }
      CHECK(alfi_test::discrete_p_value(counts, [&](double k) {
              return k > trials ? -1000.0 : log_probability(trials, many ? trials - k : k, p);
            }) > 1e-6);
    }
  }
}
