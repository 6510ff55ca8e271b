#include "alfi/core/special.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "alfi/core/error.hpp"
#include "support/fp_traps.hpp"

// References: mpmath 1.3 with 60 digits.

using namespace alfi;

namespace {
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

void check_relative(double got, double wanted, double tolerance) {
  CAPTURE(got);
  CAPTURE(wanted);
  CHECK(std::fabs(got - wanted) <= tolerance * std::fabs(wanted));
}
}  // namespace

TEST_CASE("softplus and log_add_exp hold at zero and far out") {
  const alfi_test::TrapFloatingPoint trap;
  CHECK(softplus(0.0) == doctest::Approx(0.69314718055994530942).epsilon(1e-15));
  CHECK(softplus(1000.0) == 1000.0);
  check_relative(softplus(-40.0), 4.2483542552915889953e-18, 1e-15);
  CHECK(softplus(-1000.0f) == 0.0f);
  CHECK(log_add_exp(0.0, 0.0) == doctest::Approx(0.69314718055994530942).epsilon(1e-15));
  CHECK(log_add_exp(-2000.0, -1000.0) == -1000.0);
}

TEST_CASE("normal distribution function and its logarithm") {
  struct Row {
    double u, cdf, log_cdf;
  };
  const Row rows[] = {{-37, 5.7255712225245768227e-300, -689.0305855768905936},
                      {-20, 2.7536241186062336951e-89, -203.91715537109726394},
                      {-10.5, 4.3190063178092303465e-26, -58.404187061073243416},
                      {-10, 7.619853024160526066e-24, -53.231285150512470578},
                      {-9.5, 1.0494515075362607493e-21, -48.306019298965230282},
                      {-8, 6.2209605742717841235e-16, -35.013437159914549896},
                      {-6, 9.865876450376981407e-10, -20.736768949974705655},
                      {-1, 0.15865525393145705141, -1.8410216450092635058},
                      {0, 0.5, -0.69314718055994530942},
                      {0.5, 0.69146246127401310364, -0.36894641528865639307},
                      {3, 0.99865010196836990547, -0.0013508099647481937988},
                      {8, 0.9999999999999993779, -6.2209605742717860585e-16}};
  for (const Row& row : rows) {
    CAPTURE(row.u);
    // erfc's argument carries half an ulp, which its slope multiplies by u^2.
    const double tolerance = 4 * kEpsilon * (1 + row.u * row.u);
    check_relative(normal_cdf(row.u), row.cdf, tolerance);
    check_relative(log_normal_cdf(row.u), row.log_cdf, row.u > 0 ? tolerance : 1e-14);
  }
  check_relative(log_normal_cdf(-1000), -500007.82669481218431, 1e-15);
}

TEST_CASE("normal quantile inverts the distribution function in both tails") {
  const alfi_test::TrapFloatingPoint trap;
  CHECK(normal_quantile(0.5) == 0);
  for (double u = -37; u <= -0.1; u += 0.37) check_relative(normal_quantile(normal_cdf(u)), u, 1e-14);
  for (double u : {0.1, 1.0, 2.5, 5.0})
    check_relative(normal_quantile(normal_cdf(u)), u, 1e-9);  // 1 - p is that coarse
  CHECK(normal_quantile(0) == -std::numeric_limits<double>::infinity());
  CHECK(normal_quantile(1) == std::numeric_limits<double>::infinity());
  for (double u : {-1e6, -100.0, -37.0, -3.0, -0.2, 0.0, 0.7, 8.0, 50.0, 1e5}) {
    CAPTURE(u);
    CHECK(std::fabs(normal_from_tails(normal_log_tails(u)) - u) <= 1e-14 * std::fabs(u));
  }
}

TEST_CASE("log gamma") {
  const double rows[][2] = {{1e-5, 11.512919692895825626},
                            {0.3, 1.0957979948180755606},
                            {1, 0},
                            {1.5, -0.12078223763524522235},
                            {2, 0},
                            {7.7, 7.9265413562690047789},
                            {10, 12.801827480081469611},
                            {123.4, 469.33609744219058579},
                            {1e6, 12815504.56914761166}};
  for (const auto& row : rows) {
    // The shifted logarithms are near 20, hence the absolute part.
    CHECK(std::fabs(log_gamma(row[0]) - row[1]) <= 20 * kEpsilon + 2 * kEpsilon * std::fabs(row[1]));
  }
}

TEST_CASE("incomplete gamma keeps both tails") {
  struct Row {
    double shape, x, lower, upper;
  };
  const Row rows[] = {{0.01, 1e-30, -0.68508521995214407311, -0.70127466498479798374},
                      {0.01, 0.5, -0.0056426460200850017518, -5.1802221673589263153},
                      {0.5, 3, -0.014409194045103478358, -4.247084746785589737236},
                      {2.5, 0.0003, -21.480508094290694638, -4.6895791074553037697e-10},
                      {2.5, 1.5, -1.2039255917025611325, -0.35669517860255536654},
                      {2.5, 40, -8.3918251148316136106e-16, -34.714103456537936495},
                      {9.9, 12, -0.26496130706031067125, -1.4577286504594915681},
                      {10, 3, -6.8101857170363962151, -0.0011030963172077956325},
                      {50, 50, -0.6562207983875686789, -0.73148957572927053761},
                      {50, 90, -1.6494998621419744305e-6, -13.315039254603240717},
                      {1000, 900, -7.5057699942338923991, -0.00055005351741434473125},
                      {1000, 1150, -2.873780189694691383e-6, -12.759883692483045101},
                      {10000, 10100, -0.17274901953677572925, -1.8410468848237199706}};
  for (const Row& row : rows) {
    CAPTURE(row.shape);
    CAPTURE(row.x);
    const LogTails tails = gamma_log_tails(row.shape, std::log(row.x));
    // Absolute in the logarithm is relative in the tail; log x itself is rounded, and x^shape amplifies that.
    CHECK(std::fabs(tails.lower - row.lower) <= 1e-12 * std::max(1.0, std::fabs(row.lower)));
    CHECK(std::fabs(tails.upper - row.upper) <= 1e-12 * std::max(1.0, std::fabs(row.upper)));
  }
}

TEST_CASE("incomplete beta keeps both tails") {
  struct Row {
    double a, b, logit, lower, upper;
  };
  const Row rows[] = {{0.01, 0.02, -60, -1.0051431647098944224, -0.45569407522109557839},
                      {0.01, 0.02, 40, -0.16231253742525791276, -1.8982903452698397359},
                      {1, 1, -2, -2.1269280110429724964, -0.12692801104297249644},
                      {2, 3, -11, -20.20829620256552218, -1.6735876829003010288e-9},
                      {2, 3, 0.5, -0.16759489597552297175, -1.8688329314256703321},
                      {2, 3, 12, -9.2778775495141769306e-16, -34.613728679602111709},
                      {0.5, 0.5, 3, -0.15054348601834534152, -1.967830908291048336},
                      {12, 15, -1.5, -6.8907053242250192066, -0.0010177138299250256502},
                      {100, 200, -0.9, -3.0134025836124984842, -0.050371871362670090276},
                      {1000, 500, 0.9, -0.000098013619603890775955, -9.2304531198095274467},
                      {3, 800, -5, -0.10109270129575514663, -2.34183791312834962}};
  for (const Row& row : rows) {
    CAPTURE(row.a);
    CAPTURE(row.logit);
    const LogTails tails = beta_log_tails(row.a, row.b, row.logit);
    CHECK(std::fabs(tails.lower - row.lower) <= 1e-12 * std::max(1.0, std::fabs(row.lower)));
    CHECK(std::fabs(tails.upper - row.upper) <= 1e-12 * std::max(1.0, std::fabs(row.upper)));
  }
}

TEST_CASE("gamma and beta quantiles invert their tails") {
  const alfi_test::TrapFloatingPoint trap;
  for (double shape : {0.01, 0.3, 1.0, 2.5, 9.9, 10.0, 80.0, 5000.0}) {
    for (double u : {-12.0, -8.0, -3.3, -1.0, -0.01, 0.0, 0.6, 2.0, 6.0, 8.0, 30.0}) {
      CAPTURE(shape);
      CAPTURE(u);
      const double back = normal_from_tails(gamma_log_tails(shape, gamma_log_quantile(shape, u)));
      CHECK(std::fabs(back - u) <= 2e-12 * (1 + std::fabs(u)));
      const double other = 3 / shape;
      const double beta_back = normal_from_tails(beta_log_tails(shape, other, beta_logit_quantile(shape, other, u)));
      CHECK(std::fabs(beta_back - u) <= 2e-12 * (1 + std::fabs(u)));
    }
  }
}

TEST_CASE("Gauss-Hermite quadrature is exact for polynomials") {
  const NormalQuadrature two = gauss_hermite(2);  // nodes +-1, weights 1/2
  CHECK(std::fabs(two.nodes[0] + 1) < 4 * kEpsilon);
  CHECK(std::fabs(two.nodes[1] - 1) < 4 * kEpsilon);
  CHECK(std::fabs(two.weights[0] - 0.5) < 4 * kEpsilon);
  for (Index n : {1, 3, 20, 64, 256}) {
    CAPTURE(n);
    const NormalQuadrature rule = gauss_hermite(n);
    double moment = 1;  // E Z^(2k) = (2k - 1)!!
    for (Index k = 0; k < std::min<Index>(n, 10); moment *= static_cast<double>(2 * k + 1), ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < rule.nodes.size(); ++i)
        sum += rule.weights[i] * std::pow(rule.nodes[i], static_cast<double>(2 * k));
      check_relative(sum, moment, 1e-12);
    }
    CHECK(std::is_sorted(rule.nodes.begin(), rule.nodes.end()));
  }
  CHECK_THROWS_AS(gauss_hermite(0), InputError);
}
