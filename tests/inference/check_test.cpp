#include "alfi/inference/check.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/predictive_check.hpp"
#include "inference/series.hpp"

using namespace alfi;
using alfi_test::make_line;

namespace {

/// A machine of few steps: what it lacks, the refinement mends, so that it is calibrated.
Machine brief(const Simulator& line) {
  Configuration c = alfi_test::line_configuration("vector");
  c.train.steps = 20;
  Trainer trainer(c, line, 1);
  while (trainer.step() < c.train.steps) trainer.advance();
  return trainer.machine();
}

CheckOptions options_of(Index refine) {
  CheckOptions o;
  o.problems = 300;
  o.infer.refine = refine;
  o.infer.threads = 2;
  return o;
}

}  // namespace

TEST_CASE("check: answers that are exact pass, those of hardly any training do not; the same on any threads") {
  const Simulator line = make_line();
  const Machine machine = brief(line);
  const CalibrationCheck good = check_calibration(machine, line, options_of(1500));
  CHECK(good.quantities.size() == 4);
  CHECK(good.quantities[0].name == "level");
  CHECK(good.quantities[2].name == "density");
  CHECK(good.calibrated);
  for (const CalibrationQuantity& q : good.quantities) {
    CHECK(q.p_value > 0.001 / 4);
    CHECK(std::abs(q.shift) < 6);
    CHECK(std::abs(q.spread) < 6);
    CHECK(std::abs(q.middle) < 6);
    CHECK(std::abs(q.tails) < 6);
    CHECK(std::abs(q.error_ratio - 1) < 6 * 0.81 / std::sqrt(300.0));  // its derivative by the mean square: 10.9
  }
  CHECK(good.gap.mean < 0.05);
  CHECK(std::abs(good.coverage_50 - 0.5) < 0.18);  // 6 sds of a share of 300
  CHECK(std::abs(good.coverage_90 - 0.9) < 0.105);
  CHECK(good.negative_log_density.mean < good.prior_negative_log_density.mean);
  // Of N(0, 1) twice: log(2 pi e), with an sd of 1.
  CHECK(std::abs(good.prior_negative_log_density.mean - 2.8379) < 6 / std::sqrt(300.0));
  CHECK(good.disagreement < 0.2);

  const CalibrationCheck bad = check_calibration(machine, line, options_of(-1));
  CHECK_FALSE(bad.calibrated);
  // Errors over sds by other problems, directly.
  EvaluateOptions other;
  other.problems = 300;
  other.infer.refine = -1;
  std::vector<double> squares(2, 0.0);
  other.each = [&](const EvaluatedProblem& problem) {
    const std::vector<double> mean = problem.inference->posterior.mean();
    const std::vector<double> sd = problem.inference->posterior.standard_deviation();
    for (std::size_t p = 0; p < 2; ++p) {
      const double away = (problem.theta[p] - mean[p]) / sd[p];
      squares[p] += away * away / 300;
    }
  };
  evaluate(machine, line, other);
  for (std::size_t p = 0; p < 2; ++p) {
    CAPTURE(std::sqrt(squares[p]));
    CHECK(bad.quantities[p].error_ratio == doctest::Approx(std::sqrt(squares[p])).epsilon(0.25));
    CHECK((bad.quantities[p].error_ratio > 1) == (bad.quantities[p].spread > 0));
  }
  // 300 problems find sds that are a third off, twenty only those of another kind.
  CHECK(bad.visible_narrow > 0.6);
  CHECK(bad.visible_narrow < 0.9);
  CHECK(bad.visible_wide > 1.1);
  CHECK(bad.visible_wide < 1.6);
  CHECK(bad.conclusive());
  CHECK(bad.disagreement > good.disagreement);
  CHECK(bad.simulator_calls_per_problem + 1500 == good.simulator_calls_per_problem);
  CheckOptions single = options_of(-1);
  single.infer.threads = 1;
  CHECK(check_calibration(machine, line, single).quantities[3].shares == bad.quantities[3].shares);
}

TEST_CASE("check: what it refuses") {
  const Simulator line = make_line();
  const Machine machine = brief(line);
  CheckOptions o = options_of(0);
  o.problems = 19;
  CHECK_THROWS_WITH_AS(check_calibration(machine, line, o), "check: problems is 19, expected at least 20", InputError);
  o.problems = 20;
  o.observed = 2;
  CHECK_THROWS_WITH_AS(check_calibration(machine, line, o),
                       "check: observed is 2, expected 1: there is one series or vector", InputError);
  o.observed = 0;
  o.level = 1;
  CHECK_THROWS_WITH_AS(check_calibration(machine, line, o), doctest::Contains("level is 1"), InputError);
  o.level = 0.9;
  o.progress = [](Index) { return false; };
  CHECK_THROWS_WITH_AS(check_calibration(machine, line, o), "check: stopped after 20 problems", Error);
}

TEST_CASE("predictive check: observations of the simulator fit, those that no theta explains do not") {
  const Simulator line = make_line();
  const Machine machine = brief(line);
  PredictiveOptions options;
  options.infer.refine = 1500;
  std::vector<float> x;
  for (int row = 0; row < alfi_test::LineSimulator::kRows; ++row) {
    const double z = 0.3 - 0.2 * alfi_test::LineSimulator::time(row), noise = row % 2 == 0 ? 0.3 : -0.3;
    x.push_back(static_cast<float>(z + noise));
    x.push_back(static_cast<float>(std::exp(alfi_test::LineSimulator::kStretch * z - noise)));
  }
  const PredictiveReport fits = check_predictive(machine, line, {x.data(), 1, 10}, options);
  CHECK(fits.p_value > 0.05);
  CHECK(fits.statistics.size() == 10);
  CHECK(fits.statistics[2].name == "line of row 2");
  CHECK(fits.simulator_calls == fits.inference.simulator_calls + 1000);
  for (const PredictiveStatistic& s : fits.statistics) {
    CHECK(s.p_value > 0.01);
    CHECK(s.low < s.median);
    CHECK(s.median < s.high);
  }
  x[4] += 6;  // twelve sds
  const PredictiveReport odd = check_predictive(machine, line, {x.data(), 1, 10}, options);
  CHECK(odd.p_value < 0.01);
  x[4] -= 6;
  options.infer.refine = 0;  // a wide answer, and one wild entry among ten
  CHECK(check_predictive(machine, line, {x.data(), 1, 10}, options).p_value > 0.05);
  x[5] = 1e8f;
  CHECK(check_predictive(machine, line, {x.data(), 1, 10}, options).p_value < 0.01);

  const Simulator poisson = make_builtin_simulator("poisson");
  Configuration c = alfi_test::small_configuration();
  c.train.steps = 60;
  Trainer sets(c, poisson, 1);
  while (sets.step() < c.train.steps) sets.advance();
  std::vector<float> counts = alfi_test::poisson_counts(2, 40, 4);
  PredictiveOptions plain;
  const PredictiveReport of_set = check_predictive(sets.machine(), poisson, {counts.data(), 40, 1}, plain);
  CHECK(of_set.statistics.size() == 4);
  CHECK(of_set.p_value > 0.01);
  for (std::size_t i = 0; i < counts.size(); i += 2) counts[i] = 0;  // half of them lost
  CHECK(check_predictive(sets.machine(), poisson, {counts.data(), 40, 1}, plain).p_value < 0.02);
}
