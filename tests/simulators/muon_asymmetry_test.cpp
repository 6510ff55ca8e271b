#include "alfi/simulators/muon_asymmetry.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/real_data.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kMuon = alfi::make_muon_asymmetry();
const double kNorm = 0.85725;  // 3/4 (0.9 + 0.9^3 / 3)

double posterior_moment(alfi::Observations observations, int power, double around) {
  const auto posterior = kMuon.exact().posterior_log_density(observations);
  return midpoint([&](double x) { return std::pow(x - around, power) * std::exp(posterior(&x)); }, -0.7, 0.7, 5000);
}

}  // namespace

TEST_CASE("muon_asymmetry: cosines have the exact distribution") {
  for (const double asymmetry : {-0.7, -0.2, 0.0, 0.5, 0.7}) {  // five p values: 5e-6 false alarms
    const double a = static_cast<double>(static_cast<float>(asymmetry));
    const auto sample = simulated(kMuon, {a}, 100000, 31).column(0);
    const auto distribution = [&](double c) {
      const auto f = [&](double x) { return 3.0 / 8 * (x + x * x * x / 3) + a * x * x / 2; };
      return (f(c) - f(-0.9)) / kNorm;
    };
    CHECK(ks_p_value(sample, distribution) > 1e-6);
    // Mean 2 A 0.9^3 / 3 / norm, variance below 0.81; 6 sigma: 2e-9.
    CHECK(std::abs(sample_moments(sample).mean - 2 * a * 0.729 / 3 / kNorm) < 6 * std::sqrt(0.81 / 100000));
    for (const double c : sample) REQUIRE(std::abs(c) < 0.9);
  }
}

TEST_CASE("muon_asymmetry: the L3 detector's events") {
  const Simulated data = real_data("l3_muon_pairs.csv");
  REQUIRE(data.rows == 346);
  double best = 0;
  CHECK(kMuon.exact().maximum_likelihood(data.view(), &best));
  CHECK(std::abs(best - 0.2196) < 5e-5);  // published to these digits
  CHECK(std::abs(-kMuon.exact().log_likelihood(&best, data.view()) - 177.524) < 5e-4);
  const double mean = posterior_moment(data.view(), 1, 0);
  CHECK(std::abs(mean - 0.218) < 5e-4);
  CHECK(std::abs(std::sqrt(posterior_moment(data.view(), 2, mean)) - 0.048) < 5e-4);
}

TEST_CASE("muon_asymmetry: posterior densities integrate to one and follow the likelihood") {
  for (const double u : {-2.5, 0.0, 2.5}) {
    const Simulated data = simulated(kMuon, at_coordinate(kMuon, u), 3000, 5);
    for (const alfi::Index n : {0, 1, 20, 500, 3000}) {
      CAPTURE(u);
      CAPTURE(n);
      // 5000 midpoints, narrowest peak 0.015 wide: (2.8e-4 / 0.015)^2 / 24 = 1.5e-5.
      CHECK(std::abs(posterior_moment(data.first(n), 0, 0) - 1) < 1.5e-5);
      check_proportional(kMuon, data.first(n), 6);
      if (n > 0) check_maximum(kMuon, data.first(n), 7);
    }
  }
  double best;
  const float outside[1] = {0.95f};
  CHECK_FALSE(kMuon.exact().maximum_likelihood({outside, 1, 1}, &best));
}
