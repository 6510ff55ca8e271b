#include "report/densities.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace alfi;
using namespace alfi::report;

namespace {

const std::vector<Prior> kPriors{Prior::uniform(0, 2), Prior::exponential(1)};
const GaussianState kNear{{0.3, -0.5}, {0.6, 0, -0.4, 0.3}}, kFar{{-2.5, 2}, {0.3, 0, 0.1, 0.2}};

Posterior gaussian() { return {{"rate", "scale"}, kPriors, Coordinates::normal, kNear}; }
Posterior mixture(double share) {
  return {{"rate", "scale"},
          kPriors,
          Coordinates::normal,
          MixtureState{{{std::log(share), kNear}, {std::log(1 - share), kFar}}}};
}

double area(const Curve& c) {
  double sum = 0;
  for (std::size_t i = 1; i < c.x.size(); ++i) sum += (c.x[i] - c.x[i - 1]) * (c.y[i] + c.y[i - 1]) / 2;
  return sum;
}

/// Of bins of one width by their middles.
double sum_of_bins(const Curve& c) {
  double sum = 0;
  for (const double y : c.y) sum += y * (c.x[1] - c.x[0]);
  return sum;
}

/// Whether a point is inside of an odd number of the curves.
bool inside(const std::vector<Curve>& curves, double x, double y) {
  bool odd = false;
  for (const Curve& c : curves) {
    for (std::size_t i = 0, j = c.x.size() - 1; i < c.x.size(); j = i++) {
      if ((c.y[i] > y) != (c.y[j] > y) && x < (c.x[j] - c.x[i]) * (y - c.y[i]) / (c.y[j] - c.y[i]) + c.x[i]) odd = !odd;
    }
  }
  return odd;
}

double share_inside(const Posterior& posterior, std::size_t p, std::size_t q, double mass) {
  constexpr Index kDraws = 20000;
  const std::vector<Curve> curves = contours(posterior, p, q, mass);
  const std::vector<double> draws = posterior.draw(kDraws, 3);
  double found = 0;
  for (std::size_t i = 0; i < draws.size(); i += 2) found += inside(curves, draws[i + p], draws[i + q]) ? 1 : 0;
  return found / kDraws;
}

}  // namespace

TEST_CASE("a marginal's density integrates to one and is the posterior's own") {
  const Posterior one({"x"}, {Prior::uniform(0.2, 7)}, Coordinates::normal, GaussianState{{0.4}, {0.3}});
  const Curve curve = marginal_density(one, 0);
  // All but the tails, 1e-4 each.
  CHECK(sum_of_bins(curve) == doctest::Approx(1 - 2e-4).epsilon(1e-9));
  for (std::size_t i = 20; i < 80; ++i) {
    // Averaged over a hundredth: the second derivative's share, below one in a thousand where the density is not small.
    CHECK(curve.y[i] == doctest::Approx(std::exp(one.log_density({curve.x[i]}))).epsilon(3e-3));
  }
  for (const std::size_t p : {0, 1}) {
    CHECK(sum_of_bins(marginal_density(mixture(0.4), p)) == doctest::Approx(1 - 2e-4).epsilon(1e-9));
  }
}

TEST_CASE("a density without bound stays finite") {
  const Posterior edge({"x"}, {Prior::exponential(1)}, Coordinates::normal, GaussianState{{-3}, {3}});
  const Curve curve = marginal_density(edge, 0);
  for (const double y : curve.y) CHECK(std::isfinite(y));
  CHECK(curve.y.front() > 10 * curve.y[50]);
}

TEST_CASE("contours hold the mass that they say") {
  // 6 sigma of 20000 draws: 2e-9 false alarms; the polygons themselves are within 0.01.
  for (const double mass : {0.5, 0.9}) {
    const double tolerance = 6 * std::sqrt(mass * (1 - mass) / 20000) + 0.01;
    CHECK(std::abs(share_inside(gaussian(), 0, 1, mass) - mass) < tolerance);
    CHECK(std::abs(share_inside(gaussian(), 1, 0, mass) - mass) < tolerance);
    CHECK(std::abs(share_inside(mixture(0.4), 0, 1, mass) - mass) < tolerance);
  }
  CHECK(contours(gaussian(), 0, 1, 0.5).size() == 1);
  CHECK(contours(mixture(0.5), 0, 1, 0.9).size() == 2);  // the two are far apart
}

TEST_CASE("a prior's curve and a density known by its logarithm") {
  CHECK(area(prior_density(Prior::normal(3, 2))) == doctest::Approx(1).epsilon(2e-3));
  const double bottom = -std::numeric_limits<double>::infinity();
  const Curve curve = normalized({0, 1, 2, 3}, {bottom, 1000, 1000, bottom});
  CHECK(curve.y == std::vector<double>{0, 0.5, 0.5, 0});
}
