#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/baselines/maximum_likelihood.hpp"
#include "alfi/inference/baselines/reference_posterior.hpp"
#include "alfi/inference/baselines/rejection_abc.hpp"
#include "alfi/inference/baselines/smc_abc.hpp"
#include "alfi/inference/baselines/weighted_draws.hpp"
#include "alfi/inference/weights.hpp"
#include "inference/series.hpp"
#include "support/fp_traps.hpp"

using namespace alfi;
using alfi_test::LineSimulator;
using alfi_test::simulated;

namespace {

/// The line, with a counter of its calls and a likelihood in place of its posterior.
struct CountedLine {
  LineSimulator line;
  std::atomic<Index>* calls;
  using Prepared = LineSimulator::Prepared;
  Prepared prepare(const float* theta) const { return line.prepare(theta); }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    ++*calls;
    return line(p, random, x);
  }
};

double line_log_likelihood(const double* theta, Observations x) {
  double sum = 0;
  for (int row = 0; row < LineSimulator::kRows; ++row) {
    const double line = theta[0] + theta[1] * LineSimulator::time(row), sd = LineSimulator::kSd;
    const double y = static_cast<double>(x.data[2 * row]), z = std::log(static_cast<double>(x.data[2 * row + 1]));
    const double a = (y - line) / sd, b = (z - LineSimulator::kStretch * line) / sd;
    sum -= 0.5 * (a * a + b * b) + 2 * std::log(sd) + z + std::log(2 * 3.14159265358979323846);
  }
  return sum;
}

Simulator counted_line(std::atomic<Index>& calls, int failing = 0) {
  return make_simulator(alfi_test::line_info(), CountedLine{{failing}, &calls}, {line_log_likelihood, {}, {}});
}

/// A series of the line, and what is exactly known of it: a Gaussian, and its density.
struct LineProblem {
  std::atomic<Index> calls{0};
  Simulator simulator;
  std::vector<float> x;
  GaussianState exact;

  explicit LineProblem(int failing = 0) : simulator(counted_line(calls, failing)) {
    x = simulated(counted_line(calls), {0.6, -0.3}, 1, 5).values;
    calls = 0;
    const auto log = line_log();
    // A Gaussian's logarithm is a quadratic: its slopes and curvatures at 0 say all.
    const double zero[2] = {0, 0}, h = 0.5;
    double information[2][2], slope[2];
    for (int r = 0; r < 2; ++r) {
      for (int c = 0; c < 2; ++c) {
        double pp[2] = {0, 0}, pm[2] = {0, 0}, mp[2] = {0, 0}, mm[2] = {0, 0};
        pp[r] += h, pp[c] += h, pm[r] += h, pm[c] -= h, mp[r] -= h, mp[c] += h, mm[r] -= h, mm[c] -= h;
        information[r][c] = -(log(pp) - log(pm) - log(mp) + log(mm)) / (4 * h * h);
      }
      double plus[2] = {0, 0}, minus[2] = {0, 0};
      plus[r] = h, minus[r] = -h;
      slope[r] = (log(plus) - log(minus)) / (2 * h);
    }
    CHECK(std::isfinite(log(zero)));
    const double determinant = information[0][0] * information[1][1] - information[0][1] * information[1][0];
    exact.mean = {(information[1][1] * slope[0] - information[0][1] * slope[1]) / determinant,
                  (information[0][0] * slope[1] - information[1][0] * slope[0]) / determinant};
    const double v00 = information[1][1] / determinant, v10 = -information[1][0] / determinant,
                 v11 = information[0][0] / determinant;
    exact.cholesky = {std::sqrt(v00), 0, v10 / std::sqrt(v00), std::sqrt(v11 - v10 * v10 / v00)};
  }

  std::function<double(const double*)> line_log() const {
    return alfi_test::line_posterior({x.data(), 1, static_cast<Index>(x.size())});
  }
  BaselineProblem problem(Index budget, Index draws = 1000) const {
    BaselineProblem p;
    p.simulator = &simulator;
    p.observed = {x.data(), 1, simulator.size()};
    p.budget = budget;
    p.draws = draws;
    return p;
  }
};

/// Of draws in the exact posterior's own coordinates: mean 0 and sd 1 where they are its.
struct Seen {
  double furthest_mean = 0, least_sd = 1e9, greatest_sd = 0;
};
Seen seen(const Points& draws, const GaussianState& exact) {
  std::vector<RunningMoments> moments(2);
  for (Index i = 0; i < draws.rows(); ++i) {
    double e[2];
    unplace(exact, draws.row(i), e);
    for (std::size_t p = 0; p < 2; ++p) moments[p].add(e[p]);
  }
  Seen s;
  for (const RunningMoments& m : moments) {
    s.furthest_mean = std::max(s.furthest_mean, std::abs(m.mean()));
    s.least_sd = std::min(s.least_sd, m.sd());
    s.greatest_sd = std::max(s.greatest_sd, m.sd());
  }
  return s;
}

/// x ~ Normal(|theta|, 0.1).
struct FoldedSimulator {
  struct Prepared {
    float theta;
  };
  Prepared prepare(const float* theta) const { return {std::abs(theta[0])}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    *x = p.theta + 0.1f * random.normal();
    return Status::ok;
  }
};

}  // namespace

TEST_CASE("baselines: regression adjusts rejection to a linear Gaussian's posterior, which without it is too wide") {
  const LineProblem line;
  RejectionOptions options;
  options.share = 0.2;
  const BaselineAnswer answer = rejection_abc(line.problem(40000, 4000), options);
  CHECK(answer.simulator_calls == 40000);
  CHECK(line.calls == 40000);
  CHECK(answer.warnings.empty());
  CHECK(answer.draws.rows() == 4000);
  CHECK_FALSE(answer.log_density);
  // Some 6400 of those kept count; the regression's own error at the observed summaries, of which there are 10, is
  // sqrt(11 / 6400) sds: 6 sigma 0.25, of an sd 0.06, and as much for the draws.
  const Seen adjusted = seen(answer.draws, line.exact);
  CHECK(adjusted.furthest_mean < 0.25);
  CHECK(adjusted.least_sd > 0.9);
  CHECK(adjusted.greatest_sd < 1.1);
  options.adjust = false;
  CHECK(seen(rejection_abc(line.problem(40000), options).draws, line.exact).greatest_sd > 1.3);
}

TEST_CASE("baselines: sequential ABC narrows to the posterior, stops at the budget, and counts failures") {
  const LineProblem line;
  const BaselineAnswer answer = smc_abc(line.problem(20000));
  CHECK(answer.simulator_calls == 20000);
  CHECK(line.calls == 20000);
  CHECK(answer.warnings.empty());
  const Seen adjusted = seen(answer.draws, line.exact);
  // A population of 500, its weights uneven: 200 count, 6 sigma 0.45 and 0.3.
  CHECK(adjusted.furthest_mean < 0.45);
  CHECK(adjusted.least_sd > 0.7);
  CHECK(adjusted.greatest_sd < 1.3);
  const LineProblem failing(3);
  const BaselineAnswer left = smc_abc(failing.problem(9999));
  CHECK(left.simulator_calls == 9999);
  CHECK(failing.calls == 9999);
  CHECK(seen(left.draws, failing.exact).furthest_mean < 0.6);
}

TEST_CASE("baselines: sequential ABC's weights undo its proposals") {
  // x ~ N(theta, 1), theta ~ N(0, 1): the posterior is N(x / 2, 1 / 2), the unweighted draws' law another in every
  // generation.
  SimulatorInfo info = alfi_test::line_info();
  info.parameters.resize(1);
  info.observation = {};
  info.observation.names = {"x"};
  info.observation.units = {""};
  info.observation.is_set = false;
  const Simulator normal = make_simulator(info, alfi_test::Poisonous{1e9f, 0});
  const float x = 1.4f;
  BaselineProblem p;
  p.simulator = &normal;
  p.observed = {&x, 1, 1};
  p.budget = 60000;
  p.draws = 4000;
  SmcOptions plain;
  plain.population = 2000;
  plain.adjust = false;
  const BaselineAnswer answer = smc_abc(p, plain);
  RunningMoments moments;
  for (const double u : answer.draws.data) moments.add(u);
  // 1500 of the last generation count: 6 sigma of the mean 0.11, of the sd 0.08.
  CHECK(std::abs(moments.mean() - 0.7) < 0.11);
  CHECK(std::abs(moments.sd() - std::sqrt(0.5)) < 0.08);
}

TEST_CASE("baselines: a budget that does not divide is not exceeded") {
  const Simulator poisson = make_builtin_simulator("poisson");
  const std::vector<float> x = alfi_test::poisson_counts(1.35, 30, 2);
  BaselineProblem p;
  p.simulator = &poisson;
  p.observed = {x.data(), 30, 1};
  p.budget = 30 * 700 + 29;
  p.draws = 500;
  CHECK(rejection_abc(p).simulator_calls == 30 * 700);
  CHECK(smc_abc(p).simulator_calls == 30 * 700);
}

TEST_CASE("baselines: the maximum of a likelihood and its information, searched for and the simulator's own") {
  const LineProblem line;
  const BaselineAnswer answer = maximum_likelihood(line.problem(1));
  CHECK(line.calls == 0);
  CHECK(answer.simulator_calls == 0);
  CHECK(answer.warnings.empty());
  // The posterior less the prior: (precision - I)^-1 precision mean, by 200 000 draws: 6 sigma 0.014.
  const BaselineAnswer many = maximum_likelihood(line.problem(1, 200000));
  const GaussianState likelihood = moments_of(many.draws);
  const double log_0 = line_log_likelihood(likelihood.mean.data(), line.problem(1).observed);
  for (int p = 0; p < 2; ++p) {
    std::vector<double> aside = likelihood.mean;
    const double sd = std::sqrt(likelihood.cholesky[static_cast<std::size_t>(2 * p)] *
                                    likelihood.cholesky[static_cast<std::size_t>(2 * p)] +
                                (p == 1 ? likelihood.cholesky[3] * likelihood.cholesky[3] : 0));
    aside[static_cast<std::size_t>(p)] += sd;
    // level and slope are independent here: an sd away half a nat is lost, either way.
    CHECK(log_0 - line_log_likelihood(aside.data(), line.problem(1).observed) == doctest::Approx(0.5).epsilon(0.05));
  }
  REQUIRE(answer.log_density);

  const Simulator poisson = make_builtin_simulator("poisson");
  const std::vector<float> x = alfi_test::poisson_counts(1.35, 400, 2);
  double sum = 0;
  for (const float count : x) sum += static_cast<double>(count);
  BaselineProblem p;
  p.simulator = &poisson;
  p.observed = {x.data(), 400, 1};
  p.draws = 20000;
  const BaselineAnswer counts = maximum_likelihood(p);
  RunningMoments moments;
  for (Index i = 0; i < counts.draws.rows(); ++i) moments.add(theta_at(poisson.info(), counts.draws.row(i))[0]);
  const double sd = 1 / std::sqrt(sum);  // of log rate: observed information n rate
  CHECK(moments.mean() == doctest::Approx(std::log(sum / 400)).epsilon(6 * sd / std::sqrt(20000.0) + 1e-3));
  CHECK(moments.sd() == doctest::Approx(sd).epsilon(0.04));
}

TEST_CASE("baselines: of a direction that no likelihood tells, the prior is added and said") {
  const Simulator weinberg = make_builtin_simulator("weinberg");
  const std::vector<float> x = simulated(weinberg, {44, 1}, 50, 5).values;
  BaselineProblem p;
  p.simulator = &weinberg;
  p.observed = {x.data(), 50, 1};
  const BaselineAnswer answer = maximum_likelihood(p);
  REQUIRE(answer.warnings.size() == 1);
  CHECK(answer.warnings[0].find("the prior says more") != std::string::npos);
  CHECK(answer.draws.rows() == 1000);
}

TEST_CASE("baselines: the sampled posterior has the exact one's moments, and its evidence the exact one's density") {
  const LineProblem line;
  const BaselineAnswer answer = reference_posterior(line.problem(1, 2000));
  CHECK(line.calls == 0);
  const Seen s = seen(answer.draws, line.exact);
  CHECK(s.furthest_mean < 0.2);  // 2000 draws, 30 sweeps of moves since they were chosen
  CHECK(s.least_sd > 0.88);
  CHECK(s.greatest_sd < 1.12);
  for (const std::vector<double>& theta : {std::vector<double>{0.6, -0.3}, {0.4, -0.2}, {1.0, 0.0}}) {
    CHECK(answer.log_density(theta.data()) == doctest::Approx(line.line_log()(theta.data())).epsilon(0.05));
  }

  const Simulator poisson = make_builtin_simulator("poisson");
  const std::vector<float> x = alfi_test::poisson_counts(1.35, 20, 2);
  BaselineProblem p;
  p.simulator = &poisson;
  p.observed = {x.data(), 20, 1};
  const BaselineAnswer counts = reference_posterior(p);
  const double theta = 1.3;
  CHECK(counts.log_density(&theta) == poisson.exact().posterior_log_density(p.observed)(&theta));
  const Posterior fitted = posterior_of(poisson.info(), fit_mixture(counts.draws));
  CHECK(fitted.log_density({theta}) == doctest::Approx(counts.log_density(&theta)).epsilon(0.15));
}

TEST_CASE("baselines: two modes are both found, and the mixture fitted to them has their density") {
  SimulatorInfo info;
  info.name = "folded";
  info.parameters = {{"theta", "", "", Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  info.observation.is_set = false;
  const auto log_likelihood = [](const double* theta, Observations x) {
    const double away = (static_cast<double>(x.data[0]) - std::abs(theta[0])) / 0.1;
    return -0.5 * away * away - std::log(0.1) - 0.91893853320467274178;
  };
  const Simulator folded = make_simulator(info, FoldedSimulator{}, {log_likelihood, {}, {}});
  const float x = 1.2f;
  BaselineProblem p;
  p.simulator = &folded;
  p.observed = {&x, 1, 1};
  const auto check_both = [&](const BaselineAnswer& answer, double sd) {
    RunningMoments positive, share;
    for (Index i = 0; i < answer.draws.rows(); ++i) {
      const double u = answer.draws.row(i)[0];
      share.add(u > 0 ? 1 : 0);
      if (u > 0) positive.add(u);
    }
    CHECK(share.mean() == doctest::Approx(0.5).epsilon(0.3));
    CHECK(positive.mean() == doctest::Approx(1.2 / 1.01).epsilon(0.02));
    CHECK(positive.sd() == doctest::Approx(sd).epsilon(0.15));
  };
  const double sd = 0.1 / std::sqrt(1.01);
  const BaselineAnswer exact = reference_posterior(p);
  check_both(exact, sd);
  // N(1.2 / 1.01, sd) and its image, half each.
  const double top = 1.2 / 1.01, expected = -std::log(2 * sd) - 0.91893853320467274178;
  CHECK(exact.log_density(&top) == doctest::Approx(expected).epsilon(0.1));
  const MixtureState fitted = fit_mixture(exact.draws);
  CHECK(fitted.components.size() == 2);
  CHECK(posterior_of(info, fitted).log_density({top}) == doctest::Approx(expected).epsilon(0.3));
  p.budget = 50000;
  RejectionOptions plain;  // one regression for two modes pulls them together
  plain.adjust = false;
  check_both(rejection_abc(p, plain), sd);
}

TEST_CASE("baselines: draws all alike, or in a plane, are fitted too") {
  Points alike{std::vector<double>(60, 0.5), 2};
  CHECK(std::isfinite(posterior_of(alfi_test::line_info(), fit_mixture(alike)).log_density({0.5, 0.5})));
  for (Index i = 0; i < 30; ++i) alike.row(i)[1] = alike.row(i)[0] = 0.01 * static_cast<double>(i);
  CHECK(std::isfinite(posterior_of(alfi_test::line_info(), fit_mixture(alike)).log_density({0.1, 0.1})));
  CHECK_THROWS_WITH_AS(fit_mixture({{1.0}, 1}), "fit_mixture: got 1 draws, expected at least 2", InputError);
}

TEST_CASE("baselines: draws of weighted points keep their moments") {
  const LineProblem line;
  Points points;
  points.cols = 2;
  std::vector<double> weights;
  for (std::uint32_t i = 0; i < 400; ++i) {
    Stream random(step_key(9, Purpose::user, 0), {i, 0, 0, 0});
    const double a = random.normal_double(), b = random.normal_double();
    points.data.insert(points.data.end(), {0.5 + 0.2 * a, 0.1 * a + 0.3 * b});
    weights.push_back(random.uniform_double());
  }
  CHECK(effective_number(weights) == doctest::Approx(300).epsilon(0.05));
  const GaussianState wanted = moments_of(points, weights);
  const GaussianState got = moments_of(smoothed_draws(points, weights, line.problem(1, 40000)));
  for (std::size_t p = 0; p < 2; ++p) {
    CHECK(std::abs(got.mean[p] - wanted.mean[p]) < 6 * 0.4 / std::sqrt(40000.0));
    CHECK(got.cholesky[3 * p] == doctest::Approx(wanted.cholesky[3 * p]).epsilon(0.03));
  }
}

TEST_CASE("baselines: what cannot be asked is said") {
  const LineProblem line;
  CHECK_THROWS_WITH_AS(rejection_abc(line.problem(9)),
                       "rejection_abc: budget is 9, expected at least 10: 10 simulations of 1 observation", InputError);
  CHECK_THROWS_WITH_AS(smc_abc(line.problem(99)),
                       "smc_abc: budget is 99, expected at least 100: 2 populations of 50, each of 1 observation",
                       InputError);
  RejectionOptions share;
  share.share = 0;
  CHECK_THROWS_AS(rejection_abc(line.problem(1000), share), InputError);
  SmcOptions quantile;
  quantile.quantile = 1;
  CHECK_THROWS_AS(smc_abc(line.problem(1000), quantile), InputError);
  CHECK_THROWS_AS(rejection_abc(line.problem(1000, 1)), InputError);

  BaselineProblem two = line.problem(1000);
  std::vector<float> twice = line.x;
  twice.insert(twice.end(), line.x.begin(), line.x.end());
  two.observed = {twice.data(), 2, line.simulator.size()};
  CHECK_THROWS_WITH_AS(rejection_abc(two),
                       "rejection_abc: got 2 observations, expected 1: line makes one series or vector", ShapeError);
  twice[3] = std::numeric_limits<float>::quiet_NaN();
  two.observed = {twice.data(), 1, line.simulator.size()};
  CHECK_THROWS_WITH_AS(smc_abc(two), "smc_abc: observation 0 is not finite", NumericError);
  two.observed = {twice.data(), 1, 3};
  CHECK_THROWS_AS(reference_posterior(two), ShapeError);

  const LineProblem failing(10);
  CHECK_THROWS_WITH_AS(rejection_abc(failing.problem(500)),
                       "approximate Bayesian computation: line: each of the first 500 simulations failed",
                       NumericError);
  const Simulator unknown = alfi_test::make_line();
  BaselineProblem p = line.problem(1000);
  p.simulator = &unknown;
  CHECK_THROWS_WITH_AS(maximum_likelihood(p), "maximum_likelihood: the likelihood of line is not known",
                       NotAvailableError);
  const Simulator jumps = make_builtin_simulator("predator_prey_jumps");
  CHECK_FALSE(has_reference_posterior(jumps));
  CHECK(has_reference_posterior(unknown));
}
