#include "alfi/core/poisson_law.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/statistics.hpp"

using namespace alfi;
using A = ScalarArithmetic<double>;

namespace {

double log_probability(double k, double rate) { return k * std::log(rate) - rate - std::lgamma(k + 1); }

/// Total variation distance between Poisson's law and the one whose probability of k is shares[k] / their sum.
long double distance(const std::vector<long double>& shares, double rate) {
  long double all = 0, sum = 0, rest = 1;
  for (const long double share : shares) all += share;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    const double log_p = log_probability(static_cast<double>(k), rate);
    const long double p = log_p > -700 ? std::exp(static_cast<long double>(log_p)) : 0.0L;
    sum += std::abs(shares[k] / all - p);
    rest -= p;
  }
  return (sum + std::abs(rest)) / 2;
}

/// The probability over v that the rejection takes what it proposes at u, in the order of PoissonLaw::rejected.
double accepted(const PoissonLaw& law, double u, double log_p) {
  const double edge = 0.5 - std::fabs(u);
  double share = std::exp(log_p - law.hat<A>(edge, 1));  // log v + hat(edge, 1) <= log p
  if (edge < 0.013) share = std::min(share, edge);
  if (edge >= 0.07) share = std::max(share, law.fast_below);
  return std::min(share, 1.0);
}

/// Smallest u with a proposal of k or more.
double start_of(const PoissonLaw& law, double k) {
  double low = -0.5 + 0x1p-53, high = 0.5 - 0x1p-53;
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (law.proposed<A>(middle, 0.5 - std::fabs(middle)) >= k ? high : low) = middle;
  }
  return high;
}

}  // namespace

TEST_CASE("poisson_law: the search over all values of its uniform is within 2^-27 of Poisson's law") {
  const std::uint64_t all = std::uint64_t{1} << 32;
  for (const double rate : {0.1, 3.0, 8.0, 9.99}) {
    CAPTURE(rate);
    const PoissonLaw law = PoissonLaw::of(std::log(rate));
    std::vector<long double> shares;
    for (std::uint64_t before = 0; before < all;) {  // by bisection: the words with a count of k at most
      std::uint64_t low = before, high = all;
      while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const bool beyond =
            law.counted((static_cast<double>(middle) + 0.5) * 0x1p-32) > static_cast<double>(shares.size());
        (beyond ? high : low) = middle + (beyond ? 0 : 1);
      }
      shares.push_back(static_cast<long double>(low - before));
      before = low;
    }
    const double found = static_cast<double>(distance(shares, rate));
    CHECK(found < 0x1p-27);
    CHECK(found > 0x1p-40);  // the uniform's resolution shows
  }
}

TEST_CASE("poisson_law: the rejection, integrated over its uniforms, is within 2^-26 of Poisson's law") {
  for (const double rate : {10.0, 10.01, 14.05, 24.788, 30.0, 200.0, 1000.0}) {
    CAPTURE(rate);
    const PoissonLaw law = PoissonLaw::of(std::log(rate));
    REQUIRE_FALSE(law.search);
    std::vector<long double> shares;
    const double end = rate + 12 * std::sqrt(rate) + 20;  // beyond lies less than 1e-20
    for (double k = 0; k < end; k += 1) {
      std::vector<double> ends = {start_of(law, k), start_of(law, k + 1)};
      for (const double kink : {-0.487, -0.43, 0.0, 0.43, 0.487}) {
        if (kink > ends[0] && kink < ends.back()) ends.insert(ends.end() - 1, kink);
      }
      const double log_p = law.log_probability(k);
      long double share = 0;
      for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
        share += alfi_test::midpoint([&](double u) { return accepted(law, u, log_p); }, ends[i], ends[i + 1], 2000);
      }
      shares.push_back(share);
    }
    CHECK(static_cast<double>(distance(shares, law.rate)) < 0x1p-26);
    long double all = 0;
    for (const long double share : shares) all += share;
    CHECK(all > 1 / 1.36);  // attempts
    CHECK(all < 1 / 1.1);
  }
}
