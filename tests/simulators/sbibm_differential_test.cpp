#include <doctest/doctest.h>

#include <cmath>

#include "alfi/simulators/sbibm/lotka_volterra.hpp"
#include "alfi/simulators/sbibm/sir.hpp"
#include "support/importance.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

/// sbibm/sir and sbibm/lotka_volterra. Observations and moments of reference samples: sbi-benchmark/sbibm (MIT),
/// observation 1.

using namespace alfi_test;

namespace {

const alfi::Simulator kSir = alfi::sbibm::make_sir();
const alfi::Simulator kLotkaVolterra = alfi::sbibm::make_lotka_volterra();

/// Two populations at the multiples of spacing, by steps of Heun's method extrapolated twice: another way than the
/// library's. Error h^4 of the finest steps.
std::vector<std::vector<double>> solved(const std::function<void(const double*, double*)>& f, std::vector<double> y,
                                        double spacing, int times) {
  const auto heun = [&](std::vector<double> state, int steps) {
    const double h = spacing / steps;
    for (int s = 0; s < steps; ++s) {
      double k[2], l[2], moved[2];
      f(state.data(), k);
      for (std::size_t i = 0; i < 2; ++i) moved[i] = state[i] + h * k[i];
      f(moved, l);
      for (std::size_t i = 0; i < 2; ++i) state[i] += 0.5 * h * (k[i] + l[i]);
    }
    return state;
  };
  std::vector<std::vector<double>> result{y};
  for (int t = 1; t < times; ++t) {
    const auto a = heun(y, 2000), b = heun(y, 4000), c = heun(y, 8000);
    for (std::size_t i = 0; i < 2; ++i) {
      const double ab = (4 * b[i] - a[i]) / 3, bc = (4 * c[i] - b[i]) / 3;
      y[i] = (8 * bc - ab) / 7;
    }
    result.push_back(y);
  }
  return result;
}

std::vector<std::vector<double>> epidemic(double beta, double gamma) {
  return solved(
      [=](const double* y, double* dy) {
        dy[0] = -beta * y[0] * y[1] / 1e6;
        dy[1] = beta * y[0] * y[1] / 1e6 - gamma * y[1];
      },
      {999999, 1}, 17, 10);
}

std::vector<std::vector<double>> populations(const std::vector<double>& theta) {
  return solved(
      [=](const double* y, double* dy) {
        dy[0] = theta[0] * y[0] - theta[1] * y[0] * y[1];
        dy[1] = -theta[2] * y[1] + theta[3] * y[0] * y[1];
      },
      {30, 1}, 2.1, 10);
}

double log_binomial(double k, double p) {
  return std::lgamma(1001) - std::lgamma(k + 1) - std::lgamma(1001 - k) + k * std::log(p) + (1000 - k) * std::log1p(-p);
}

}  // namespace

TEST_CASE("sbibm/sir: counts are binomial about the epidemic's course") {
  // Thirty p values: 3e-5 false alarms.
  for (const auto& theta : std::vector<std::vector<double>>{{0.6, 0.17}, {0.4, 0.125}, {1.5, 0.07}}) {
    const auto course =
        epidemic(static_cast<double>(static_cast<float>(theta[0])), static_cast<double>(static_cast<float>(theta[1])));
    const Simulated data = simulated(kSir, theta, 20000, 62);
    for (alfi::Index i = 0; i < 10; ++i) {
      CAPTURE(i);
      const double share = course[static_cast<std::size_t>(i)][1] / 1e6;
      CHECK(discrete_p_value(data.column(i), [&](double k) { return k > 1000 ? -1000 : log_binomial(k, share); }) >
            1e-6);
    }
  }
}

TEST_CASE("sbibm/sir: the likelihood, and what cannot be") {
  const double theta[] = {0.6, 0.17};
  const auto course = epidemic(theta[0], theta[1]);
  std::vector<float> x{0, 1, 352, 40, 3, 0, 0, 0, 0, 0};
  double wanted = 0;
  for (std::size_t i = 0; i < 10; ++i) wanted += log_binomial(static_cast<double>(x[i]), course[i][1] / 1e6);
  // Shares to 1e-8 of themselves, 352 of 1000: counts of some hundred standard errors^2.
  CHECK(std::abs(kSir.exact().log_likelihood(theta, {x.data(), 1, 10}) - wanted) < 1e-5);
  for (const float bad : {-1.0f, 1001.0f, 0.5f}) {
    x[5] = bad;
    CHECK_FALSE(std::isfinite(kSir.exact().log_likelihood(theta, {x.data(), 1, 10})));
    CHECK_FALSE(kSir.info().observation.holds(5, bad));
  }
  CHECK(kSir.info().observation.holds(5, 1000));
  // No epidemic: after the first day of tests counts of none are certain, others as good as impossible.
  std::vector<float> none(10, 0.0f);
  const double dead[] = {0.1, 1};
  CHECK(std::abs(kSir.exact().log_likelihood(dead, {none.data(), 1, 10}) - 1000 * std::log1p(-1e-6)) < 1e-9);
  none[9] = 1;
  // One in a thousand where 10^-6 exp(-0.9 153) are infected, but for the first day's.
  CHECK(std::abs(kSir.exact().log_likelihood(dead, {none.data(), 1, 10}) - (std::log(1e-3) - 0.9 * 153)) < 0.01);
}

TEST_CASE("sbibm/sir: the posterior has the reference's moments") {
  const std::vector<float> x{0, 1, 352, 40, 3, 0, 0, 0, 0, 0};
  const std::vector<double> mean{0.63252, 0.169482};
  check_moments(ImportanceSampler(kSir, {x.data(), 1, 10}).sample(mean, 0.05, 4, 3000), mean, {0.012572, 0.012223});
}

TEST_CASE("sbibm/lotka_volterra: logarithms are normal about the populations'") {
  for (const auto& theta :
       std::vector<std::vector<double>>{{0.6859157, 0.10761319, 0.88789904, 0.116794825}, {1, 0.05, 0.5, 0.03}}) {
    std::vector<double> rounded;
    for (const double t : theta) rounded.push_back(static_cast<double>(static_cast<float>(t)));
    const auto course = populations(rounded);
    const Simulated data = simulated(kLotkaVolterra, theta, 10000, 64);
    for (alfi::Index i = 0; i < 20; ++i) {
      CAPTURE(i);
      const double centre = std::log(course[static_cast<std::size_t>(i % 10)][i < 10 ? 0 : 1]);
      std::vector<double> logs;
      for (const double x : data.column(i)) logs.push_back(std::log(x));
      CHECK(ks_p_value(logs, [&](double x) { return normal_distribution(x, centre, 0.1); }) > 1e-6);
    }
  }
}

TEST_CASE("sbibm/lotka_volterra: the likelihood, and the posterior's moments as the reference has them") {
  const std::vector<float> x{31.783262f, 1.1971166f, 0.29703617f, 0.71145046f, 2.9415865f, 11.482614f, 36.09036f,
                             0.462296f,  0.3808198f, 0.9173736f,  0.8910395f,  27.039942f, 4.356176f,  0.7844449f,
                             0.171008f,  0.1325878f, 8.727008f,   16.97251f,   2.7902339f, 0.4756742f};
  const alfi::Observations observed{x.data(), 1, 20};
  const std::vector<double> mean{0.683524, 0.104658, 0.896504, 0.117832};
  const auto course = populations(mean);
  double wanted = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const double log_x = std::log(static_cast<double>(x[i])), z = (log_x - std::log(course[i % 10][i / 10])) / 0.1;
    wanted += -0.5 * z * z - log_x - std::log(0.1 * std::sqrt(2 * std::acos(-1.0)));
  }
  CHECK(std::abs(kLotkaVolterra.exact().log_likelihood(mean.data(), observed) - wanted) < 1e-5);

  check_moments(ImportanceSampler(kLotkaVolterra, observed).sample(mean, 0.03, 5, 2500), mean,
                {0.008725, 0.006176, 0.016473, 0.002082});
}

TEST_CASE("sbibm/lotka_volterra: populations are held within their bounds") {
  // Prey without predation grows as exp(3 t), above 10^4 from t = 2.1 on; predators without prey die as exp(-5 t).
  const std::vector<double> theta{3, 0, 5, 0};
  double logs[20];
  REQUIRE(alfi::sbibm::LotkaVolterraFlow::log_populations(theta.data(), 1e-10, logs));
  CHECK(std::abs(logs[0] - std::log(30.0)) < 1e-14);
  CHECK(logs[1] == std::log(1e4));
  CHECK(logs[10] == 0);
  CHECK(std::abs(logs[11] + 10.5) < 1e-8);
  CHECK(logs[15] == std::log(1e-10));
  CHECK(kLotkaVolterra.info().observation.support(19).text() == "a positive number");
}
