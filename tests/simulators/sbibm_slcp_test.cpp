#include "alfi/simulators/sbibm/slcp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/simulators/sbibm/numpy_random.hpp"
#include "alfi/simulators/sbibm/slcp_distractors.hpp"
#include "support/simulated.hpp"
#include "support/statistics.hpp"

/// sbibm/slcp and slcp_distractors. Observations and moments of reference samples: sbi-benchmark/sbibm (MIT).

using namespace alfi_test;
using alfi::sbibm::DistractorTable;

namespace {

const alfi::Simulator kSlcp = alfi::sbibm::make_slcp();
const alfi::Simulator kDistractors = alfi::sbibm::make_slcp_distractors();

/// The covariance's entries, as the task defines them.
struct Covariance {
  double xx, xy, yy;
  explicit Covariance(const std::vector<double>& theta)
      : xx(std::pow(theta[2], 4) + 1e-6),
        xy(std::tanh(theta[4]) * theta[2] * theta[2] * theta[3] * theta[3]),
        yy(std::pow(theta[3], 4) + 1e-6) {}
  double determinant() const { return xx * yy - xy * xy; }
};

const std::vector<std::vector<double>> kThetas{
    {0, 0, 1, 1, 0}, {-3, 2, 2.5, -1.5, 1}, {1, 3, -0.5, 3, -2.5}, {2, -1, 0, 0, 3}};

}  // namespace

TEST_CASE("sbibm/slcp: points have the mean and the covariance, and are normal") {
  for (const auto& theta : kThetas) {
    CAPTURE(theta[2]);
    const Covariance s(theta);
    const Simulated data = simulated(kSlcp, theta, 20000, 54);
    const double correlation = s.xy / std::sqrt(s.xx * s.yy);
    for (alfi::Index point = 0; point < 4; ++point) {
      // Floats of 3 are 1e-7 apart, a ten thousandth of the smallest sd.
      std::vector<double> sum, difference;  // of the standardized entries: independent, variances 2 (1 +- correlation)
      for (alfi::Index row = 0; row < data.rows; ++row) {
        const double x = (static_cast<double>(data.view()(row, 2 * point)) - theta[0]) / std::sqrt(s.xx);
        const double y = (static_cast<double>(data.view()(row, 2 * point + 1)) - theta[1]) / std::sqrt(s.yy);
        sum.push_back((x + y) / std::sqrt(2 + 2 * correlation));
        difference.push_back((x - y) / std::sqrt(2 - 2 * correlation));
      }
      const Real law = [](double z) { return normal_distribution(z, 0, 1); };
      CHECK(ks_p_value(sum, law) > 1e-6);
      CHECK(ks_p_value(difference, law) > 1e-6);
    }
    // Points of a draw are independent: correlations of variance 1/n, 6 sigma.
    const auto first = data.column(0), second = data.column(2);
    double product = 0;
    for (std::size_t i = 0; i < first.size(); ++i) product += (first[i] - theta[0]) * (second[i] - theta[0]) / s.xx;
    CHECK(std::abs(product) < 6 * std::sqrt(20000.0));
  }
}

TEST_CASE("sbibm/slcp: the likelihood by the inverse of the covariance") {
  for (const auto& theta : kThetas) {
    const Covariance s(theta);
    const Simulated data = simulated(kSlcp, theta, 1, 55);
    double wanted = 0;
    for (alfi::Index point = 0; point < 4; ++point) {
      const double x = static_cast<double>(data.values[static_cast<std::size_t>(2 * point)]) - theta[0];
      const double y = static_cast<double>(data.values[static_cast<std::size_t>(2 * point + 1)]) - theta[1];
      wanted += -0.5 * (s.yy * x * x - 2 * s.xy * x * y + s.xx * y * y) / s.determinant() -
                0.5 * std::log(s.determinant()) - std::log(2 * std::acos(-1.0));
    }
    // The determinant of the plain formula loses 1 / (1 - rho^2), 100 at most, of 16 digits.
    CHECK(std::abs(kSlcp.exact().log_likelihood(theta.data(), data.view()) - wanted) < 1e-10);
  }
}

TEST_CASE("sbibm/slcp: the posterior has the reference's moments") {
  struct Case {
    std::vector<float> x;
    std::vector<double> mean, sd;  // of theta_1, theta_2, |theta_3|, |theta_4|, theta_5
  };
  for (const Case& c :
       {Case{{2.371878f, 0.499474f, 9.931435f, 1.713691f, -10.436423f, -1.906779f, -1.234378f, -0.09735f},
             {0.056896, 0.034157, 2.579527, 1.10321, 2.400352},
             {1.632812, 0.338165, 0.24878, 0.12906, 0.516273}},
        Case{{-0.664521f, -2.927931f, -16.49147f, 4.06107f, 4.232153f, -4.652277f, -4.992436f, -1.565522f},
             {-1.721499, -2.283989, 2.659543, 1.75174, -2.205173},
             {0.951296, 0.498273, 0.224953, 0.183402, 0.56065}}}) {
    alfi::Stream random(alfi::step_key(15, alfi::Purpose::user, 0), {});
    double weights = 0, squares = 0, first[5] = {};
    for (int i = 0; i < 4000000; ++i) {  // draws of the prior, weighted by the likelihood
      double theta[5];
      for (double& t : theta) t = 6 * random.uniform_double() - 3;
      const double log_weight = kSlcp.exact().log_likelihood(theta, {c.x.data(), 1, 8}) + 20;
      if (log_weight < -40) continue;
      const double weight = std::exp(log_weight);
      weights += weight, squares += weight * weight;
      for (int j = 0; j < 5; ++j) first[j] += weight * (j == 2 || j == 3 ? std::fabs(theta[j]) : theta[j]);
    }
    const double effective = weights * weights / squares;
    CHECK(effective > 400);
    for (std::size_t j = 0; j < 5; ++j) {
      CAPTURE(j);
      CHECK(std::abs(first[j] / weights - c.mean[j]) < 5 * c.sd[j] * std::sqrt(1e-4 + 1 / effective));
    }
  }
}

TEST_CASE("sbibm: the stream of numpy.random.RandomState(42)") {
  alfi::sbibm::NumpyRandom random(42);
  // numpy 2.4: RandomState(42).randn(5). The last bits are those of the logarithm.
  for (const double wanted :
       {0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254, -0.23415337472333597}) {
    CHECK(std::abs(random.normal() - wanted) < 1e-15);
  }
}

TEST_CASE("sbibm/slcp_distractors: the constants are numpy's") {
  const DistractorTable table = DistractorTable::make();
  // By numpy 2.4; in floats.
  const auto same = [](float got, double wanted) { return std::abs(static_cast<double>(got) - wanted) < 1e-5; };
  CHECK(same(table.location[0][0], 7.450712));
  CHECK(same(table.location[0][2], 9.715328));
  CHECK(same(table.location[19][91], -3.121753));
  CHECK(same(table.triangle[0][0], 3.423325));
  CHECK(same(table.triangle[0][1], -1.395931));
  CHECK(same(table.triangle[0][2], 0.521423));
  const float* last = table.triangle[19] + DistractorTable::kTriangle - 92;
  CHECK(same(last[0], 0.075807));
  CHECK(same(last[90], 2.446532));
  CHECK(same(last[91], 2.196351));
  // permutation(100) begins 87, 47, 39, 9: x_1 is what has that number.
  CHECK(table.place[87] == 0);
  CHECK(table.place[47] == 1);
  CHECK(table.place[39] == 2);
  CHECK(table.place[9] == 3);
}

// The published observation 2: slcp's numbers are columns 23, 34, 24, 68, 43, 22, 17, 91 (from 1); the first twelve of
// the others are below. Solved for z by one of the twenty components, their mean square is chi^2 / 12 over e: 0.4 by
// the one that drew them, more than 100 by all others.
TEST_CASE("sbibm/slcp_distractors: the published observation is a draw of these constants") {
  const DistractorTable table = DistractorTable::make();
  const int columns[] = {23, 34, 24, 68, 43, 22, 17, 91};
  for (int i = 0; i < 8; ++i) CHECK(table.place[i] == columns[i] - 1);
  const double others[] = {26.158108, -1.381683, -12.474278, 2.056752,   -10.267926, -8.61445,
                           8.837234,  15.430292, -10.797357, -12.569573, -8.473107,  -40.073734};
  for (int c = 0; c < DistractorTable::kComponents; ++c) {
    const float* row = table.triangle[c];
    double z[12], squares = 0;
    for (int i = 0; i < 12; row += ++i) {
      z[i] = others[i] - static_cast<double>(table.location[c][i]);
      for (int j = 0; j < i; ++j) z[i] -= static_cast<double>(row[j]) * z[j];
      z[i] /= static_cast<double>(row[i]);
      squares += z[i] * z[i] / 12;
    }
    CHECK((squares < 1) == (c == 5));
    CHECK((squares > 100) == (c != 5));
  }
}

TEST_CASE("sbibm/slcp_distractors: slcp's numbers in their places, the others by their law") {
  const std::vector<double> theta{1, -2, 1.5, 2, 0.5};
  const DistractorTable table = DistractorTable::make();
  const alfi::Index n = 20000;
  const Simulated data = simulated(kDistractors, theta, n, 56), plain = simulated(kSlcp, theta, n, 56);
  for (int i = 0; i < 8; ++i) CHECK(data.column(table.place[i]) == plain.column(i));
  // Entry i of component c is location + (3 times normal row) t: Student's t of 2 degrees of freedom, scaled by the
  // row's length. Its distribution function is 1/2 + t / (2 sqrt(2 + t^2)).
  for (const int i : {0, 1, 40, 91}) {
    CAPTURE(i);
    const Real law = [&](double x) {
      double sum = 0;
      for (int c = 0; c < DistractorTable::kComponents; ++c) {
        double squares = 0;
        for (int j = 0; j <= i; ++j)
          squares += std::pow(static_cast<double>(table.triangle[c][i * (i + 1) / 2 + j]), 2);
        const double t = (x - static_cast<double>(table.location[c][i])) / std::sqrt(squares);
        sum += 0.5 + 0.5 * t / std::sqrt(2 + t * t);
      }
      return sum / DistractorTable::kComponents;
    };
    CHECK(ks_p_value(data.column(table.place[8 + i]), law) > 1e-6);
  }
  // Two entries of one draw have the same component and the same e: by the first twelve, solved as above, the length
  // |z|^2 / e of the most likely component over 12 is F distributed with 12 and 2 degrees: (f / (f + 1/6))^6.
  std::vector<double> ratio;
  for (alfi::Index r = 0; r < n; ++r) {
    double best = 1e300;
    for (int c = 0; c < DistractorTable::kComponents; ++c) {
      const float* row = table.triangle[c];
      double z[12], squares = 0;
      for (int i = 0; i < 12; row += ++i) {
        z[i] = static_cast<double>(data.view()(r, table.place[8 + i])) - static_cast<double>(table.location[c][i]);
        for (int j = 0; j < i; ++j) z[i] -= static_cast<double>(row[j]) * z[j];
        z[i] /= static_cast<double>(row[i]);
        squares += z[i] * z[i] / 12;
      }
      best = std::fmin(best, squares);
    }
    ratio.push_back(best);
  }
  // 12 f / 2 ~ |z|^2 / (2 e); the wrong component is nearer in some of the draws far out, which the middle does not
  // see.
  std::sort(ratio.begin(), ratio.end());
  for (const double q : {0.1, 0.25, 0.5}) {
    const double wanted = 1 / (6 * (std::pow(q, -1.0 / 6) - 1));
    const double got = static_cast<double>(std::lower_bound(ratio.begin(), ratio.end(), wanted) - ratio.begin());
    CAPTURE(q);
    CHECK(std::abs(got / static_cast<double>(n) - q) < 6 * std::sqrt(q * (1 - q) / static_cast<double>(n)) + 0.002);
  }
}

TEST_CASE("sbibm/slcp_distractors: the likelihood is slcp's") {
  const std::vector<double> theta{1, -2, 1.5, 2, 0.5}, other{0, 0, 2, 2, 0};
  const Simulated data = simulated(kDistractors, theta, 1, 57), plain = simulated(kSlcp, theta, 1, 57);
  for (const auto& at : {theta, other}) {
    CHECK(kDistractors.exact().log_likelihood(at.data(), data.view()) ==
          kSlcp.exact().log_likelihood(at.data(), plain.view()));
  }
}
