#include "alfi/simulators/prior.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"
#include "support/fp_traps.hpp"

// References: mpmath 1.3 with 60 digits.

using namespace alfi;

namespace {
const Prior kPriors[] = {Prior::uniform(0.2, 7),       Prior::normal(1.5, 0.4),       Prior::lognormal(-1, 0.5),
                         Prior::positive_normal(3, 1), Prior::positive_normal(-2, 1), Prior::gamma(2.5, 1.5),
                         Prior::gamma(0.4, 20),        Prior::exponential(5),         Prior::beta(2, 3),
                         Prior::beta(0.5, 0.5)};

void check_relative(double got, double wanted, double tolerance) {
  CAPTURE(got);
  CAPTURE(wanted);
  CHECK(std::fabs(got - wanted) <= tolerance * std::fabs(wanted));
}
}  // namespace

TEST_CASE("priors by hand") {
  const Prior uniform = Prior::uniform(-1, 3);
  CHECK(uniform.theta(0) == 1);
  CHECK(uniform.coordinate(1) == 0);
  check_relative(uniform.log_density(2), -std::log(4.0), 1e-15);
  check_relative(Prior::exponential(2).theta(0), std::log(2.0) / 2, 1e-15);
  check_relative(Prior::beta(1, 1).theta(-1), normal_cdf(-1), 1e-14);
  check_relative(Prior::gamma(1, 3).theta(2), Prior::exponential(3).theta(2), 1e-13);
  check_relative(Prior::lognormal(1, 2).theta(0.5), std::exp(2.0), 1e-15);
  CHECK(Prior::gamma(2, 1).name() == "gamma");
  CHECK(Prior::beta(2, 1).name() == "beta");
}

TEST_CASE("positive_normal and gamma reach into both tails") {
  struct Row {
    double mean, sd, u, theta;
  };
  const Row rows[] = {
      {0.05, 0.05, -8, 1.08153011176544702e-16},
      {0.05, 0.05, -2, 0.00381014024465348764},
      {0.05, 0.05, 0, 0.0600086843083445496},
      {0.05, 0.05, 1.5, 0.129371392559300138},
      {0.05, 0.05, 8, 0.451062206191685068},
      {5, 1, -8, 4.18435267907798844e-10},
      {5, 1, -2, 3.00000518843753784},
      {5, 1, 0, 5.00000035926446752},
      {5, 1, 1.5, 6.50000014785937989},
      {5, 1, 8, 13.0000000352959758},
      {-10, 1, -8, 6.16052994376114379e-17},
      {-10, 1, -2, 0.00227868144210956333},
      {-10, 1, 0, 0.0684118360814294045},
      {-10, 1, 1.5, 0.264533166064181578},
      {-10, 1, 8, 3.01948706023554468},
      {-40, 1, -8, 1.55426993535457871e-17},
      {-40, 1, -2, 0.00057495970154039127},
      {-40, 1, 0, 0.0173141267646511061},
      {-40, 1, 1.5, 0.0675494431117855861},
      {-40, 1, 8, 0.865439139428131734},
      {0, 2, -8, 1.55936356708343603e-15},
      {0, 2, -2, 0.0570338531818349506},
      {0, 2, 0, 1.34897950039216349},
      {0, 2, 1.5, 3.66593773178620337},
      {0, 2, 8, 16.1698220147830882},
      {3, 0.1, -8, 2.19999999999999996},
      {3, 0.1, -2, 2.79999999999999999},
      {3, 0.1, 0, 3.0},
      {3, 0.1, 1.5, 3.15000000000000001},
      {3, 0.1, 8, 3.80000000000000004},
  };
  for (const Row& row : rows) {
    CAPTURE(row.mean);
    CAPTURE(row.u);
    check_relative(Prior::positive_normal(row.mean, row.sd).theta(row.u), row.theta, 1e-11);
  }
  check_relative(Prior::gamma(0.5, 2).theta(-8), 0.5 * 3.03951841793397212e-31, 1e-12);
  check_relative(Prior::gamma(2.5, 1).theta(8), 40.3106529097011487, 1e-12);
  check_relative(Prior::gamma(60, 1).theta(-8), 17.117175749189805, 1e-12);
}

TEST_CASE("coordinate inverts theta, the Jacobian is its slope, and the density follows from both") {
  const alfi_test::TrapFloatingPoint trap;
  for (const Prior& prior : kPriors) {
    CAPTURE(prior.name());
    for (double u : {-8.0, -5.0, -2.2, -0.3, 0.0, 0.9, 3.1, 6.0}) {
      CAPTURE(u);
      const double theta = prior.theta(u);
      // theta near the upper end of a bounded support is that coarse: one ulp of theta over its slope.
      const double grain = std::fabs(theta) * 2.3e-16 / std::exp(prior.log_jacobian(u));
      CHECK(std::fabs(prior.coordinate(theta) - u) <= 1e-11 * (1 + std::fabs(u)) + 4 * grain);
      if (grain < 1e-5) {
        const double h = 1e-3;  // fourth-order difference: h^4 times fifth derivatives of size u^5 or so
        const double slope =
            (8 * (prior.theta(u + h) - prior.theta(u - h)) - prior.theta(u + 2 * h) + prior.theta(u - 2 * h)) /
            (12 * h);
        check_relative(slope, std::exp(prior.log_jacobian(u)), 1e-8 + 1e3 * grain);
        CHECK(std::fabs(normal_log_density(u) - prior.log_jacobian(u) - prior.log_density(theta)) <=
              1e-9 + 1e3 * grain);
      }
    }
  }
}

TEST_CASE("moments agree with quadrature over the coordinate") {
  for (const Prior& prior : kPriors) {
    CAPTURE(prior.name());
    double mean = 0, second = 0;
    const double h = 1.0 / 64;  // trapezoidal rule: converges faster than any power of h for these integrands
    for (double u = -12; u <= 12; u += h) {
      const double weight = h * std::exp(normal_log_density(u)), theta = prior.theta(u);
      mean += weight * theta;
      second += weight * theta * theta;
    }
    check_relative(prior.mean(), mean, 1e-10);
    check_relative(prior.standard_deviation(), std::sqrt(second - mean * mean), 1e-9);
  }
}

TEST_CASE("outside the support the density is zero and nothing traps") {
  const alfi_test::TrapFloatingPoint trap;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Prior& prior : kPriors) {
    CAPTURE(prior.name());
    for (double u : {-1e200, -1e6, -60.0, 60.0, 1e6, 1e200}) {
      const double theta = prior.theta(u);
      CHECK(theta > prior.lower());
      CHECK(theta < prior.upper());
      CHECK(std::isfinite(prior.log_density(theta)));
      CHECK(std::isfinite(prior.log_jacobian(u)));
    }
    if (prior.lower() > -infinity) {
      CHECK(prior.log_density(prior.lower() - 1) == -infinity);
      CHECK(prior.coordinate(prior.lower() - 1) == -infinity);
      CHECK(prior.coordinate(prior.lower()) == -infinity);
    }
    if (prior.upper() < infinity) {
      CHECK(prior.log_density(prior.upper() + 1) == -infinity);
      CHECK(prior.coordinate(prior.upper() + 1) == infinity);
    }
  }
  CHECK(Prior::beta(0.5, 0.5).log_density(1) == -infinity);
  CHECK(Prior::gamma(2, 1).log_density(0) == -infinity);
}

TEST_CASE("priors in words: those of a model file read back the same, those for people are shorter") {
  CHECK(Prior::uniform(0.2, 7).text() == "uniform(0.2, 7)");
  CHECK(Prior::exponential(5).text() == "exponential(5)");
  CHECK(Prior::lognormal(std::log(0.4), 0.5).text() == "lognormal(-0.916290731874155, 0.5)");
  CHECK(Prior::lognormal(std::log(0.4), 0.5).text(6) == "lognormal(-0.916291, 0.5)");
}

TEST_CASE("priors that cannot be used are named") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(validate(Prior::uniform(2, 1), "rate"),
                       "prior of rate: uniform: got 2, 1, expected low below high", InputError);
  CHECK_THROWS_WITH_AS(validate(Prior::exponential(-0.5), "rate"),
                       "prior of rate: exponential: got -0.5, expected a positive rate", InputError);
  for (const Prior& prior :
       {Prior::uniform(1, 1), Prior::normal(0, 0), Prior::lognormal(0, -1), Prior::positive_normal(0, 0),
        Prior::gamma(0, 1), Prior::gamma(1, -1), Prior::exponential(0), Prior::beta(1, 0), Prior::normal(nan, 1)}) {
    CHECK_THROWS_AS(validate(prior, "x"), InputError);
  }
  for (const Prior& prior : kPriors) CHECK_NOTHROW(validate(prior, "x"));
}
