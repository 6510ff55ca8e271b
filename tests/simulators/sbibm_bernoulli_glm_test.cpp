#include "alfi/simulators/sbibm/bernoulli_glm.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/importance.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

/// sbibm/bernoulli_glm and bernoulli_glm_raw. Observations, the prior's sds and moments of reference samples:
/// sbi-benchmark/sbibm (MIT).

using namespace alfi_test;
using alfi::sbibm::GlmStimulus;

namespace {

const alfi::Simulator kSums = alfi::sbibm::make_bernoulli_glm();
const alfi::Simulator kRaw = alfi::sbibm::make_bernoulli_glm_raw();

std::vector<double> theta_of(const std::vector<double>& z) {
  std::vector<double> theta(10);
  alfi::sbibm::bernoulli_glm_theta(z.data(), theta.data());
  return theta;
}

}  // namespace

TEST_CASE("sbibm/bernoulli_glm: theta of z has the prior's covariance") {
  // C's columns are the images of unit vectors; B = C C', and B^-1 B = 1 for the precision as published.
  double c[10][10], b[10][10] = {};
  for (std::size_t j = 0; j < 10; ++j) {
    std::vector<double> unit(10, 0.0);
    unit[j] = 1;
    const auto theta = theta_of(unit);
    for (std::size_t i = 0; i < 10; ++i) c[i][j] = theta[i];
  }
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 10; ++j) {
      for (int k = 0; k < 10; ++k) b[i][j] += c[i][k] * c[j][k];
    }
  }
  const double sd[] = {1.41, 1.00, 1.68, 1.83, 1.55, 1.22, 1.10, 1.07, 0.98, 0.88};
  for (int i = 0; i < 10; ++i) CHECK(std::abs(std::sqrt(b[i][i]) - sd[i]) < 0.006);
  // F = D D + diag sqrt(i/9) with D = I less its subdiagonal, multiplied out; precision F'F.
  double d[9][9] = {}, f[9][9] = {}, precision[10][10] = {};
  for (int i = 0; i < 9; ++i) d[i][i] = 1, i > 0 ? d[i][i - 1] = -1 : 0;
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < 9; ++j) {
      for (int k = 0; k < 9; ++k) f[i][j] += d[i][k] * d[k][j];
    }
    f[i][i] += std::sqrt(i / 9.0);
  }
  precision[0][0] = 0.5;
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < 9; ++j) {
      for (int k = 0; k < 9; ++k) precision[1 + i][1 + j] += f[k][i] * f[k][j];
    }
  }
  CHECK(std::abs(precision[1][1] - 6) < 1e-12);  // the first rows as published
  CHECK(std::abs(precision[1][2] + 4.66666667) < 1e-8);
  CHECK(std::abs(precision[1][3] - 1.47140452) < 1e-8);
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 10; ++j) {
      double product = 0;
      for (int k = 0; k < 10; ++k) product += precision[i][k] * b[k][j];
      CHECK(std::abs(product - (i == j ? 1 : 0)) < 1e-12);
    }
  }
  const std::vector<double> z{0.3, -1, 2, 0.5, -0.7, 1.1, 0, -2, 0.4, 0.9}, theta = theta_of(z);
  std::vector<double> back(10);
  alfi::sbibm::bernoulli_glm_z(theta.data(), back.data());
  for (std::size_t i = 0; i < 10; ++i) CHECK(std::abs(back[i] - z[i]) < 1e-14);
}

TEST_CASE("sbibm/bernoulli_glm: the design's rows") {
  const GlmStimulus stimulus = GlmStimulus::make();
  const double values[] = {0.496714145, -0.138264298, 0.647688568};  // as published
  for (int t = 0; t < 3; ++t) {
    CHECK(stimulus.design(t, 0) == 1);
    for (int j = 0; j < 9; ++j) {
      CHECK(std::abs(stimulus.design(t, 1 + j) - (j <= t ? values[t - j] : 0)) < 1e-9);
    }
  }
  CHECK(stimulus.design(99, 9) == static_cast<double>(stimulus.at[91]));
}

TEST_CASE("sbibm/bernoulli_glm: spikes have their probabilities, and both tasks draw the same ones") {
  const GlmStimulus stimulus = GlmStimulus::make();
  const std::vector<double> z{0.5, 1, -1, 0.25, 2, -0.5, 0, 1.5, -1, 0.75};
  const auto theta = theta_of(z);
  const alfi::Index n = 20000;
  const Simulated spikes = simulated(kRaw, z, n, 58), sums = simulated(kSums, z, n, 58);
  double statistic = 0;
  for (int t = 0; t < 100; ++t) {
    double drive = 0, count = 0;
    for (int j = 0; j < 10; ++j) drive += stimulus.design(t, j) * theta[static_cast<std::size_t>(j)];
    for (const double y : spikes.column(t)) {
      REQUIRE((y == 0 || y == 1));
      count += y;
    }
    const double p = 1 / (1 + std::exp(-drive)), expected = static_cast<double>(n) * p;
    statistic += (count - expected) * (count - expected) / (expected * (1 - p));
  }
  CHECK(chi_square_p_value(statistic, 100) > 1e-6);
  for (alfi::Index row = 0; row < n; ++row) {
    for (int j = 0; j < 10; ++j) {
      double sum = 0;
      for (int t = 0; t < 100; ++t) sum += stimulus.design(t, j) * static_cast<double>(spikes.view()(row, t));
      CHECK(sums.view()(row, j) == static_cast<float>(sum));
    }
  }
}

TEST_CASE("sbibm/bernoulli_glm: sums go as far as is declared, and no further") {
  const alfi::ObservationShape& sums = kSums.info().observation;
  const alfi::ObservationShape& raw = kRaw.info().observation;
  CHECK(sums.support(0).text() == "a whole number from 0 to 100");
  CHECK(raw.support(99).text() == "a whole number from 0 to 1");
  // Weights of 10^6 and -10^6 on one column: spikes surely where its entry is positive, or negative, since none but 0
  // is smaller than 10^-4; and where it is 0, some, which add nothing.
  for (alfi::Index j = 0; j < 10; ++j) {
    CAPTURE(j);
    for (const double weight : {1e6, -1e6}) {
      std::vector<double> theta(10, 0.0), z(10);
      theta[static_cast<std::size_t>(j)] = weight;
      alfi::sbibm::bernoulli_glm_z(theta.data(), z.data());
      const float furthest = simulated(kSums, z, 1, 60).view()(0, j);
      CHECK(furthest == (weight > 0 ? sums.support(j).high : sums.support(j).low));
      const float beyond = furthest + (weight > 0 ? 1e-3f : -1e-3f);
      CHECK(sums.holds(j, furthest));
      CHECK_FALSE(sums.holds(j, beyond));
    }
  }
}

TEST_CASE("sbibm/bernoulli_glm: the likelihood as a product of probabilities") {
  const GlmStimulus stimulus = GlmStimulus::make();
  const std::vector<double> z{-0.5, 1, 0, 1, -1, 0.5, 2, 0.5, 1, 0};
  const Simulated spikes = simulated(kRaw, z, 1, 59), sums = simulated(kSums, z, 1, 59);
  const auto theta = theta_of(z);
  double wanted = 0;
  for (int t = 0; t < 100; ++t) {
    double drive = 0;
    for (int j = 0; j < 10; ++j) drive += stimulus.design(t, j) * theta[static_cast<std::size_t>(j)];
    const double p = 1 / (1 + std::exp(-drive));
    wanted += std::log(spikes.values[static_cast<std::size_t>(t)] == 1.0f ? p : 1 - p);
  }
  CHECK(std::abs(kRaw.exact().log_likelihood(z.data(), spikes.view()) - wanted) < 1e-11);
  CHECK(std::abs(kSums.exact().log_likelihood(z.data(), sums.view()) - wanted) < 1e-4);  // sums rounded to floats
  Simulated wrong = spikes;
  wrong.values[7] = 0.5f;
  CHECK_FALSE(std::isfinite(kRaw.exact().log_likelihood(z.data(), wrong.view())));
}

TEST_CASE("sbibm/bernoulli_glm: the posterior has the reference's moments") {
  const std::string spikes =
      "1101111111100000011111110001110111100000111100001110001111001100011111001110000000111000111110000111";
  const std::vector<float> sums{56,          3.32306f,    14.356438f, 11.104893f, -4.167525f,
                                -18.507809f, -21.917496f, -9.553517f, -0.357257f, -5.497825f};
  const std::vector<double> mean{0.88821, 1.97652,   3.285298, 2.519275,  0.315068,
                                 -1.6458, -2.428798, -1.55313, -0.283306, 0.321517};
  const std::vector<double> sd{0.400927, 0.462327, 0.639847, 0.519996, 0.311774,
                               0.397942, 0.503659, 0.418066, 0.337952, 0.387877};
  std::vector<float> raw;
  for (const char c : spikes) raw.push_back(c == '1' ? 1.0f : 0.0f);
  std::vector<double> start(10);
  alfi::sbibm::bernoulli_glm_z(mean.data(), start.data());
  const auto check = [&](const alfi::Simulator& simulator, const std::vector<float>& x) {
    const alfi::Observations observed{x.data(), 1, static_cast<alfi::Index>(x.size())};
    for (alfi::Index d = 0; d < observed.cols; ++d) CHECK(simulator.info().observation.holds(d, x.data()[d]));
    WeightedDraws posterior = ImportanceSampler(simulator, observed).sample(start, 0.3, 8, 5000);
    for (auto& z : posterior.theta) z = theta_of(z);
    check_moments(posterior, mean, sd);
  };
  check(kSums, sums);
  check(kRaw, raw);
}
