#include "alfi/simulators/sir.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/special.hpp"
#include "support/importance.hpp"
#include "support/real_data.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;
using alfi::NegativeBinomialLaw;

namespace {

const alfi::Simulator kSchool = alfi::make_sir();

}  // namespace

TEST_CASE("sir: what it says of itself") {
  CHECK(kSchool.size() == 14);
  CHECK(kSchool.info().observation.index_column == "day");
  CHECK(kSchool.info().observation.index_first == 1);
  CHECK_FALSE(kSchool.info().observation.is_set);
}

TEST_CASE("sir: equations that can be solved by hand") {
  double log_mean[14];
  const double quiet[3] = {0, 0.7, 0};  // nobody is infected: I = exp(-gamma t)
  REQUIRE(alfi::SirSimulator::solve(quiet, 1e-8, log_mean));
  for (int day = 0; day < 14; ++day) CHECK(std::abs(log_mean[day] + 0.7 * (day + 1)) < 1e-7 * (day + 1));
  const double lasting[3] = {1.3, 0, 0};  // nobody recovers: logistic growth
  REQUIRE(alfi::SirSimulator::solve(lasting, 1e-8, log_mean));
  for (int day = 0; day < 14; ++day) {
    CHECK(std::abs(log_mean[day] - std::log(763 / (1 + 762 * std::exp(-1.3 * (day + 1))))) < 1e-6);
  }
}

TEST_CASE("sir: counts are negative binomial about the solution on every day") {
  // p values: one false alarm in 10^6 seeds each.
  for (const double inverse : {0.0, 0.14, 2.0}) {
    const std::vector<double> theta{1.75, 0.5, inverse};
    const double floats[3] = {1.75, 0.5, static_cast<double>(static_cast<float>(inverse))};
    double log_mean[14];
    REQUIRE(alfi::SirSimulator::solve(floats, 1e-10, log_mean));
    const Simulated data = simulated(kSchool, theta, 20000, 6);
    for (alfi::Index day = 0; day < 14; ++day) {
      CAPTURE(inverse);
      CAPTURE(day);
      const auto law = [&](double k) { return NegativeBinomialLaw::log_probability(k, log_mean[day], floats[2]); };
      CHECK(discrete_p_value(data.column(day), law) > 1e-6);
    }
  }
}

TEST_CASE("sir: the likelihood by hand, and what is impossible") {
  // Nobody infected, Poisson: I = exp(-t / 2).
  const double theta[3] = {0, 0.5, 0};
  std::vector<float> x(14, 0.0f);
  double wanted = 0;
  for (int day = 1; day <= 14; ++day) wanted -= std::exp(-0.5 * day);
  const auto& likelihood = kSchool.exact().log_likelihood;
  CHECK(likelihood(theta, {x.data(), 1, 14}) == doctest::Approx(wanted).epsilon(1e-9));
  x[3] = 2;
  CHECK(likelihood(theta, {x.data(), 1, 14}) == doctest::Approx(wanted - 4 - std::log(2.0)).epsilon(1e-9));
  for (const float bad : {-1.0f, 0.5f, 1e30f}) {
    x[3] = bad;
    CHECK(std::isinf(likelihood(theta, {x.data(), 1, 14})));
  }
}

TEST_CASE("sir: no draw of the prior fails, and counts are whole") {
  alfi::Stream random(alfi::step_key(2, alfi::Purpose::prior, 0), {});
  for (int i = 0; i < 1000; ++i) {
    const std::vector<double> theta = prior_draw(kSchool, random);
    const Simulated data = simulated(kSchool, theta, 3, 7);  // every sample is required to be valid
    for (const float x : data.values) CHECK(x == std::floor(x));
  }
}

TEST_CASE("sir: the school of 1978 has the posterior computed by others") {
  Simulated data = real_data("influenza_1978.csv", 1);
  REQUIRE(data.rows == 14);
  data = {1, 14, data.values};
  const WeightedDraws posterior = ImportanceSampler(kSchool, data.view()).sample({1.735, 0.541, 0.138}, 0.2, 5, 4000);
  CHECK(posterior.effective() > 1000);
  struct Answer {
    double mean, sd;
    WeightedDraws::Value value;
  };
  using Theta = std::vector<double>;
  const Answer answers[] = {{1.735, 0.053, [](const Theta& t) { return t[0]; }},
                            {0.541, 0.045, [](const Theta& t) { return t[1]; }},
                            {3.23, 0.28, [](const Theta& t) { return t[0] / t[1]; }},
                            {1.86, 0.16, [](const Theta& t) { return 1 / t[1]; }},
                            {0.138, 0.073, [](const Theta& t) { return t[2]; }}};
  for (const Answer& answer : answers) {
    // A MCMC's answers, given to three digits; 0.034 sds and 5 % as for lotka_volterra.
    CHECK(std::abs(posterior.mean(answer.value) - answer.mean) < 5 * 0.034 * answer.sd + 0.005 * answer.mean);
    CHECK(std::abs(posterior.deviation(answer.value) / answer.sd - 1) < 4 * 0.05);
  }
}
