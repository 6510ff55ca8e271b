#include "alfi/simulators/lotka_volterra.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "alfi/core/special.hpp"
#include "support/importance.hpp"
#include "support/real_data.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

const alfi::Simulator kHares = alfi::make_lotka_volterra();

/// At rest: u = gamma / delta = 16, v = alpha / beta = 8; sigma 0.5 and 0.25.
const std::vector<double> kRest{0.5, 0.0625, 0.75, 0.046875, 0.5, 0.25, 16, 8};

}  // namespace

TEST_CASE("lotka_volterra: what it says of itself") {
  const alfi::ObservationShape& shape = kHares.info().observation;
  CHECK_FALSE(shape.is_set);
  CHECK(shape.length == 21);
  CHECK(kHares.size() == 42);
  CHECK(shape.index_column == "year");
  CHECK(kHares.parameters() == 8);
}

TEST_CASE("lotka_volterra: noise is log-normal about the solution in every year, year 0 too") {
  // p values: one false alarm in 10^6 seeds each. Year after year, hares and lynxes are independent: the mean of the
  // product of two normals over n draws has sd 1 / sqrt(n).
  const alfi::Index n = 20000;
  const std::vector<double> truth{0.55, 0.028, 0.8, 0.024, 0.25, 0.4, 34, 6};
  double log_state[42];
  std::vector<double> floats;
  for (const double t : truth) floats.push_back(static_cast<double>(static_cast<float>(t)));
  REQUIRE(alfi::LotkaVolterraSimulator::solve(floats.data(), 1e-10, log_state));
  CHECK(log_state[0] == doctest::Approx(std::log(34.0)));
  const Simulated data = simulated(kHares, truth, n, 5);
  std::vector<std::vector<double>> z;
  for (alfi::Index c = 0; c < 42; ++c) {
    CAPTURE(c);
    z.push_back(data.column(c));
    for (double& x : z.back()) x = (std::log(x) - log_state[c]) / floats[static_cast<std::size_t>(4 + c % 2)];
    CHECK(ks_p_value(z.back(), [](double x) { return alfi::normal_cdf(x); }) > 1e-6);
    if (c == 0) continue;
    double product = 0;
    for (std::size_t i = 0; i < z[0].size(); ++i) product += z.back()[i] * z[z.size() - 2][i];
    CHECK(std::abs(product / static_cast<double>(n)) < 6 / std::sqrt(static_cast<double>(n)));
  }
}

TEST_CASE("lotka_volterra: the likelihood at rest can be worked out by hand") {
  std::vector<float> x;
  for (int year = 0; year < 21; ++year) x.push_back(16), x.push_back(8);
  x[4] = 32;  // log 2 / 0.5 sds away
  const double wanted = -21 * (std::log(16.0) + std::log(8.0) + std::log(0.5) + std::log(0.25) + std::log(2 * M_PI)) -
                        std::log(2.0) - 2 * std::log(2.0) * std::log(2.0);
  const auto& likelihood = kHares.exact().log_likelihood;
  CHECK(likelihood(kRest.data(), {x.data(), 1, 42}) == doctest::Approx(wanted).epsilon(1e-9));
  std::vector<float> two = x;
  two.insert(two.end(), x.begin(), x.end());
  CHECK(likelihood(kRest.data(), {two.data(), 2, 42}) == doctest::Approx(2 * wanted).epsilon(1e-9));
  for (const float bad : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<float> impossible = x;
    impossible[7] = bad;
    CHECK(std::isinf(likelihood(kRest.data(), {impossible.data(), 1, 42})));
  }
  std::vector<double> silent = kRest;
  silent[5] = 0;
  CHECK(std::isinf(likelihood(silent.data(), {x.data(), 1, 42})));
}

TEST_CASE("lotka_volterra: one draw of the prior in a thousand fails, where a population falls below e^-87") {
  alfi::Stream random(alfi::step_key(2, alfi::Purpose::prior, 0), {});
  int failed = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::vector<double> theta = prior_draw(kHares, random);
    const std::vector<float> floats(theta.begin(), theta.end());
    failed += !alfi::LotkaVolterraSimulator().prepare(floats.data()).valid;
  }
  CHECK(failed <= 10);  // 2.2 expected (22 of 20 000): once in 10^4 seeds
}

TEST_CASE("lotka_volterra: the Hudson's Bay pelts have the published posterior") {
  Simulated data = real_data("lynx_hare_1900_1920.csv", 1);
  REQUIRE(data.rows == 21);
  data = {1, 42, data.values};
  // posteriordb, hudson_lynx_hare-lotka_volterra: means, sds, of 10^4 draws.
  const std::vector<double> mean{0.54686, 0.027747, 0.80010, 0.024086, 0.24806, 0.25102, 34.035, 5.9359};
  const std::vector<double> sd{0.0631, 0.00416, 0.0894, 0.00353, 0.0433, 0.0436, 2.92, 0.531};
  const WeightedDraws posterior = ImportanceSampler(kHares, data.view()).sample(mean, 0.1, 6, 4000);
  CHECK(posterior.effective() > 1000);
  for (std::size_t p = 0; p < 8; ++p) {
    CAPTURE(p);
    const auto parameter = [p](const std::vector<double>& t) { return t[p]; };
    // Of 1000 draws the mean is known to 0.032 sds and the sd to 3 % (t-weights, skew: 5 %), of posteriordb's to a
    // third.
    CHECK(std::abs(posterior.mean(parameter) - mean[p]) < 5 * 0.034 * sd[p]);
    CHECK(std::abs(posterior.deviation(parameter) / sd[p] - 1) < 4 * 0.05);
  }
  const double product = posterior.mean([](const std::vector<double>& t) { return t[0] * t[2]; });
  const auto at = [](std::size_t p) { return [p](const std::vector<double>& t) { return t[p]; }; };
  const double correlation = (product - posterior.mean(at(0)) * posterior.mean(at(2))) / posterior.deviation(at(0)) /
                             posterior.deviation(at(2));
  CHECK(std::abs(correlation + 0.94) < 0.005 + 6 * (1 - 0.94 * 0.94) / std::sqrt(1000.0));  // two digits; 6 sigma
}
