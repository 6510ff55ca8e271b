#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/simulators/prior.hpp"
#include "support/golden.hpp"

using alfi::Prior;

namespace {

/// The golden's own promise: theta to 1e-8 relative, entry by entry; densities to 1e-7, of their size where above 1.
void check_prior(const alfi_test::Golden& golden, Prior prior) {
  const std::string name = prior.name();
  CAPTURE(name);
  prior.a = golden.scalar(name + "_0");
  if (golden.has_scalar(name + "_1")) prior.b = golden.scalar(name + "_1");
  const std::vector<double>& u = golden.array("u").data;
  const std::vector<double>& theta = golden.array(name + "_theta").data;
  const std::vector<double>& log_prior = golden.array(name + "_log_prior").data;
  const std::vector<double>& log_jacobian = golden.array(name + "_log_jacobian").data;
  REQUIRE(theta.size() == u.size());
  REQUIRE(log_prior.size() == u.size());
  REQUIRE(log_jacobian.size() == u.size());
  const auto size_of = [](double value) { return std::max(1.0, std::fabs(value)); };
  // scipy finds a cut normal by subtracting numbers of the size of its mean: its lower tail carries an ulp of that
  // (3.6e-8 of theta at u = -6, where 50 digits agree with ours).
  const bool is_cut = prior.kind == Prior::Kind::positive_normal;
  const double grain = is_cut ? std::numeric_limits<double>::epsilon() * std::fabs(prior.a) : 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    CAPTURE(u[i]);
    CHECK(std::fabs(prior.theta(u[i]) - theta[i]) <= 1e-8 * std::fabs(theta[i]) + grain);
    CHECK(std::fabs(prior.log_density(prior.theta(u[i])) - log_prior[i]) <= 1e-7 * size_of(log_prior[i]));
    CHECK(std::fabs(prior.log_jacobian(u[i]) - log_jacobian[i]) <= 1e-7 * size_of(log_jacobian[i]));
  }
}

}  // namespace

// Priors are double only: there is no run in float.
TEST_CASE("transforms") {
  const alfi_test::Golden golden("transforms");
  for (const Prior& kind :
       {Prior::uniform(0, 1), Prior::normal(0, 1), Prior::lognormal(0, 1), Prior::positive_normal(0, 1),
        Prior::gamma(1, 1), Prior::exponential(1), Prior::beta(1, 1)}) {
    check_prior(golden, kind);
  }
}
