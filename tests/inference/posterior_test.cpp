#include "alfi/inference/posterior.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"

using namespace alfi;

namespace {

const std::vector<Prior> kPriors{Prior::uniform(0.2, 7), Prior::lognormal(-1, 0.5), Prior::beta(2, 3),
                                 Prior::exponential(5),  Prior::gamma(2.5, 1.5),    Prior::normal(1, 2)};

Posterior one(const Prior& prior, double mean, double sd, Coordinates coordinates = Coordinates::normal) {
  return Posterior({"x"}, {prior}, coordinates, {{mean}, {sd}});
}

const Posterior kTwo({"rate", "scale"}, {Prior::uniform(0, 2), Prior::exponential(1)}, Coordinates::normal,
                     {{0.3, -0.5}, {0.6, 0, -0.4, 0.3}});

}  // namespace

TEST_CASE("a posterior at N(0, 1) is the prior") {
  for (const Prior& prior : kPriors) {
    CAPTURE(prior.name());
    const Posterior q = one(prior, 0, 1);
    CHECK(q.mean()[0] == doctest::Approx(prior.mean()).epsilon(1e-10));
    CHECK(q.standard_deviation()[0] == doctest::Approx(prior.standard_deviation()).epsilon(1e-9));
    CHECK(q.quantile(0.3)[0] == doctest::Approx(prior.theta(normal_quantile(0.3))).epsilon(1e-12));
    const double theta = prior.theta(0.7);
    CHECK(q.log_density({theta}) == doctest::Approx(prior.log_density(theta)).epsilon(1e-9));
  }
}

TEST_CASE("legacy coordinates are linear") {
  const Posterior q = one(Prior::uniform(0, 12), 0.5, 0.25, Coordinates::legacy);  // prior mean 6, sd sqrt(12)
  CHECK(q.mean()[0] == doctest::Approx(6 + 0.5 * std::sqrt(12.0)).epsilon(1e-14));
  CHECK(q.standard_deviation()[0] == doctest::Approx(0.25 * std::sqrt(12.0)).epsilon(1e-14));
  CHECK(q.log_density(q.mean()) == doctest::Approx(-0.5 * kLogTwoPi - std::log(0.25 * std::sqrt(12.0))).epsilon(1e-14));
}

TEST_CASE("moments agree with a fine sum over theta, the density integrates to one") {
  for (const Prior& prior : kPriors) {
    for (const GaussianState& state :
         {GaussianState{{0.4}, {0.3}}, GaussianState{{-1}, {0.02}}, GaussianState{{0.2}, {3}}}) {
      if (prior.kind == Prior::Kind::lognormal && state.cholesky[0] > 1) continue;  // its tail outgrows the grid
      CAPTURE(prior.name());
      CAPTURE(state.cholesky[0]);
      const Posterior q({"x"}, {prior}, Coordinates::normal, state);
      // The midpoint rule over 9 sds of the coordinate: moments under the Gaussian itself, the mass from the density.
      const int cells = 20000;
      double mass = 0, total = 0, first = 0, second = 0;
      const double sd = state.cholesky[0], h = 18.0 / cells;
      for (int i = 0; i < cells; ++i) {
        const double z = -9 + h * (i + 0.5), v = state.mean[0] + sd * z, theta = prior.theta(v);
        const double w = h * std::exp(normal_log_density(z));
        total += w;
        first += w * theta;
        second += w * theta * theta;
        mass += h * sd * std::exp(q.log_density({theta}) + prior.log_jacobian(v));
      }
      first /= total;
      // Cancellation in second - first^2 costs (mean / sd)^2 ulps: 1e-12 for the narrowest.
      const double spread = std::sqrt(second / total - first * first);
      CHECK(q.mean()[0] == doctest::Approx(first).epsilon(1e-11));
      CHECK(q.standard_deviation()[0] == doctest::Approx(spread).epsilon(1e-9));
      // Where sd = 3 a percent of the mass lies within an ulp of a bound, where no theta is.
      if (sd < 1) CHECK(mass == doctest::Approx(1).epsilon(1e-7));
    }
  }
}

TEST_CASE("draws follow moments and quantiles, stay inside, and are reproducible") {
  const Index count = 20000;
  const std::vector<double> draws = kTwo.draw(count, 5), mean = kTwo.mean(), sd = kTwo.standard_deviation();
  REQUIRE(draws.size() == 2 * static_cast<std::size_t>(count));
  const std::vector<double> low = kTwo.quantile(0.1);
  for (std::size_t p = 0; p < 2; ++p) {
    double sum = 0, below = 0;
    for (std::size_t i = p; i < draws.size(); i += 2) {
      sum += draws[i];
      below += draws[i] < low[p] ? 1 : 0;
      CHECK_MESSAGE((draws[i] > 0 && (p == 1 || draws[i] < 2)), "draw outside the support");
    }
    const double n = static_cast<double>(count);
    CHECK(std::fabs(sum / n - mean[p]) < 6 * sd[p] / std::sqrt(n));  // 6 sigma: 2e-9 false alarms, fixed seed
    CHECK(std::fabs(below / n - 0.1) < 6 * std::sqrt(0.1 * 0.9 / n));
  }
  CHECK(kTwo.draw(count, 5) == draws);
  const std::vector<double> fewer = kTwo.draw(10, 5);  // a draw depends on its number only
  CHECK(std::equal(fewer.begin(), fewer.end(), draws.begin()));
  CHECK(kTwo.draw(10, 6) != fewer);
}

TEST_CASE("the joint density integrates to one and knows its support") {
  double mass = 0;  // midpoint rule in the coordinates, the Jacobian taken back out
  const double h = 0.05;
  for (double v0 = -4 + h / 2; v0 < 5; v0 += h) {
    for (double v1 = -5 + h / 2; v1 < 4; v1 += h) {
      const Prior first = Prior::uniform(0, 2), second = Prior::exponential(1);
      const double log_scale = first.log_jacobian(v0) + second.log_jacobian(v1);
      mass += h * h * std::exp(kTwo.log_density({first.theta(v0), second.theta(v1)}) + log_scale);
    }
  }
  CHECK(mass == doctest::Approx(1).epsilon(1e-9));
  const double none = -std::numeric_limits<double>::infinity();
  CHECK(kTwo.log_density({-0.1, 1}) == none);
  CHECK(kTwo.log_density({2.1, 1}) == none);
  CHECK(kTwo.log_density({1, -1}) == none);
}

namespace {

/// Three components, one far out, one that weighs next to nothing.
Posterior mixture_of(const std::vector<std::string>& names, const std::vector<Prior>& priors) {
  MixtureState state{{{1.5, {{0.3, -0.5}, {0.4, 0, -0.2, 0.3}}},
                      {0.8, {{-1.6, 0.7}, {0.1, 0, 0.3, 0.5}}},
                      {-900, {{0.5, 0.5}, {1, 0, 0, 1}}}}};
  if (priors.size() == 1) {
    for (MixtureComponent& c : state.components) c.gaussian = {{c.gaussian.mean[0]}, {c.gaussian.cholesky[0]}};
  }
  return {names, priors, Coordinates::normal, state};
}

}  // namespace

TEST_CASE("a mixture of equal components is the one of them") {
  const GaussianState& state = kTwo.components().front().gaussian;
  const Posterior q({"rate", "scale"}, {Prior::uniform(0, 2), Prior::exponential(1)}, Coordinates::normal,
                    MixtureState{{{0.2, state}, {-3, state}, {7, state}}});
  for (std::size_t p = 0; p < 2; ++p) {  // sums of three shares of it
    CHECK(q.mean()[p] == doctest::Approx(kTwo.mean()[p]).epsilon(1e-14));
    CHECK(q.standard_deviation()[p] == doctest::Approx(kTwo.standard_deviation()[p]).epsilon(1e-14));
    for (const double probability : {1e-9, 0.05, 0.5, 0.99, 1 - 1e-9}) {
      CHECK(q.quantile(probability)[p] == doctest::Approx(kTwo.quantile(probability)[p]).epsilon(1e-13));
    }
  }
  CHECK(q.log_density({0.7, 0.4}) == doctest::Approx(kTwo.log_density({0.7, 0.4})).epsilon(1e-14));
}

TEST_CASE("a mixture's moments and quantiles agree with a fine sum over its density, which integrates to one") {
  for (const Prior& prior : kPriors) {
    CAPTURE(prior.name());
    const Posterior q = mixture_of({"x"}, {prior});
    // The midpoint rule in the coordinate, over 9 sds of every component.
    const int cells = 40000;
    const double begin = -4, h = 8.0 / cells;
    double mass = 0, first = 0, second = 0;
    std::vector<double> below{0};
    for (int i = 0; i < cells; ++i) {
      const double v = begin + h * (i + 0.5), theta = prior.theta(v);
      const double w = h * std::exp(q.log_density({theta}) + prior.log_jacobian(v));
      mass += w;
      first += w * theta;
      second += w * theta * theta;
      below.push_back(mass);
    }
    CHECK(mass == doctest::Approx(1).epsilon(1e-9));
    CHECK(q.mean()[0] == doctest::Approx(first).epsilon(1e-9));
    CHECK(q.standard_deviation()[0] == doctest::Approx(std::sqrt(second - first * first)).epsilon(1e-8));
    for (const double probability : {1e-6, 0.05, 0.3, 0.5, 0.9, 1 - 1e-6}) {
      const auto past = std::upper_bound(below.begin(), below.end(), probability) - below.begin();
      // Between the cells' ends that enclose it, a rounding of the sum apart.
      const double cell = static_cast<double>(past), theta = q.quantile(probability)[0];
      CHECK(theta >= prior.theta(begin + h * (cell - 2)));
      CHECK(theta <= prior.theta(begin + h * (cell + 1)));
    }
  }
}

TEST_CASE("a mixture's joint density integrates to one") {
  const Prior first = Prior::uniform(0, 2), second = Prior::exponential(1);
  const Posterior q = mixture_of({"rate", "scale"}, {first, second});
  double mass = 0;
  const double h = 0.02;  // a fifth of the narrowest sd: the rule's error is below 1e-20
  for (double v0 = -4 + h / 2; v0 < 4; v0 += h) {
    for (double v1 = -5 + h / 2; v1 < 6; v1 += h) {
      const double log_scale = first.log_jacobian(v0) + second.log_jacobian(v1);
      mass += h * h * std::exp(q.log_density({first.theta(v0), second.theta(v1)}) + log_scale);
    }
  }
  CHECK(mass == doctest::Approx(1).epsilon(1e-9));
  CHECK(q.log_density({2.1, 1}) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("draws of a mixture follow its moments and quantiles, and depend on their number only") {
  const Posterior q = mixture_of({"rate", "scale"}, {Prior::uniform(0, 2), Prior::exponential(1)});
  const Index count = 20000;
  const double n = static_cast<double>(count);
  const std::vector<double> draws = q.draw(count, 5), mean = q.mean(), sd = q.standard_deviation();
  const std::vector<double> quantiles[] = {q.quantile(0.1), q.quantile(0.4), q.quantile(0.8)};
  const double levels[] = {0.1, 0.4, 0.8};
  for (std::size_t p = 0; p < 2; ++p) {
    double sum = 0, below[3] = {0, 0, 0};
    for (std::size_t i = p; i < draws.size(); i += 2) {
      sum += draws[i];
      for (int k = 0; k < 3; ++k) below[k] += draws[i] < quantiles[k][p] ? 1 : 0;
    }
    CHECK(std::fabs(sum / n - mean[p]) < 6 * sd[p] / std::sqrt(n));  // 6 sigma: 2e-9 false alarms, fixed seed
    for (int k = 0; k < 3; ++k) {
      CHECK(std::fabs(below[k] / n - levels[k]) < 6 * std::sqrt(levels[k] * (1 - levels[k]) / n));
    }
  }
  const std::vector<double> fewer = q.draw(10, 5);
  CHECK(std::equal(fewer.begin(), fewer.end(), draws.begin()));
}

TEST_CASE("the probability below a quantile is its own, and nothing lies outside of the support") {
  const MixtureState two{
      {{std::log(0.3), {{-1, 0.5}, {0.2, 0, 0.1, 0.4}}}, {std::log(0.7), {{1, -0.5}, {0.5, 0, -0.2, 0.3}}}}};
  const Posterior mixture({"rate", "scale"}, {Prior::uniform(0, 2), Prior::exponential(1)}, Coordinates::normal, two);
  for (const Posterior* q : {&kTwo, &mixture}) {
    for (const double probability : {1e-6, 0.05, 0.5, 0.9, 1 - 1e-6}) {
      for (const double below : q->probability_below(q->quantile(probability))) {
        CHECK(below == doctest::Approx(probability).epsilon(1e-9));
      }
    }
    CHECK(q->probability_below({-1, -1}) == std::vector<double>{0, 0});
    CHECK(q->probability_below({3, std::numeric_limits<double>::infinity()}) == std::vector<double>{1, 1});
  }
  CHECK_THROWS_WITH_AS(kTwo.probability_below({1}), "Posterior: theta has 1 entries, expected 2", ShapeError);
}

TEST_CASE("wrong use of a posterior is refused") {
  CHECK_THROWS_AS(kTwo.quantile(0), InputError);
  CHECK_THROWS_AS(kTwo.quantile(1), InputError);
  CHECK_THROWS_AS(kTwo.log_density({1}), ShapeError);
  CHECK_THROWS_AS(kTwo.draw(-1, 1), InputError);
  CHECK_THROWS_AS(Posterior({"x"}, {Prior::normal(0, 1)}, Coordinates::normal, {{0, 0}, {1}}), ShapeError);
  CHECK_THROWS_AS(one(Prior::normal(0, 1), 0, 0), NumericError);
  const auto mixture = [](std::vector<MixtureComponent> parts) {
    return Posterior({"x"}, {Prior::normal(0, 1)}, Coordinates::normal, MixtureState{std::move(parts)});
  };
  CHECK_THROWS_AS(mixture({}), ShapeError);
  CHECK_THROWS_AS(mixture({{0, {{0}, {1}}}, {0, {{0, 1}, {1}}}}), ShapeError);
  CHECK_THROWS_AS(mixture({{0, {{0}, {1}}}, {0, {{0}, {-1}}}}), NumericError);
  CHECK_THROWS_AS(mixture({{std::numeric_limits<double>::infinity(), {{0}, {1}}}}), NumericError);
}
