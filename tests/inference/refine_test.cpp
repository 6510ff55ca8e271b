#include "alfi/inference/refine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/local_emulator.hpp"
#include "inference/series.hpp"

using namespace alfi;
using alfi_test::line_configuration;
using alfi_test::line_posterior;
using alfi_test::LineSimulator;
using alfi_test::make_line;

namespace {

/// One observed series.
std::vector<float> observe(const Simulator& line, double level, double slope) {
  return alfi_test::simulated(line, {level, slope}, 1, 5).values;
}

MixtureState gaussian(double level, double slope, double sd) {
  return {{MixtureComponent{0, {{level, slope}, {sd, 0, 0, sd}}}}};
}

/// Nats that the answer loses against the exact posterior, a Gaussian: the mean over its own draws.
double divergence(const GaussianState& state, const std::vector<float>& x) {
  const auto exact = line_posterior({x.data(), 1, static_cast<Index>(x.size())});
  const std::vector<Prior> priors{Prior::normal(0, 1), Prior::normal(0, 1)};
  const Posterior answer({"level", "slope"}, priors, Coordinates::normal, state);
  const Index count = 4000;
  const std::vector<double> draws = answer.draw(count, 3);
  double sum = 0;
  for (std::size_t i = 0; i < draws.size(); i += 2) {
    sum += answer.log_density({draws[i], draws[i + 1]}) - exact(&draws[i]);
  }
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("local emulator: finds a quadratic and its noise, and says less where it knows less") {
  const Index count = 4000;
  std::vector<double> points, values;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(1, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    const double a = random.normal_double(), b = random.normal_double(), z = random.normal_double();
    points.insert(points.end(), {a, b});
    const double first = 1 + 2 * a - b + 0.5 * a * a - a * b + 0.3 * z;
    values.insert(values.end(), {first, 0.5 * b + 0.4 * (0.6 * z + 0.8 * random.normal_double())});
  }
  const std::vector<double> all(static_cast<std::size_t>(count), 1.0), least{1e-9, 1e-9};
  const LocalEmulator emulator({points.data(), count, 2}, {values.data(), count, 2}, all, least);
  CHECK(emulator.quadratic());
  // log N of (z1, z2) with sds 0.3 and 0.4 and correlation 0.6.
  const auto exact = [](double a, double b, double x, double y) {
    const double z1 = (x - (1 + 2 * a - b + 0.5 * a * a - a * b)) / 0.3, z2 = (y - 0.5 * b) / 0.4, rest = 1 - 0.36;
    return -0.5 * (z1 * z1 - 1.2 * z1 * z2 + z2 * z2) / rest - std::log(0.3 * 0.4) - 0.5 * std::log(rest);
  };
  const double x[2] = {1.2, 0.1};
  for (const double a : {-1.0, 0.0, 0.7}) {
    for (const double b : {-0.5, 1.0}) {
      const double e[2] = {a, b};
      const double wanted = exact(a, b, x[0], x[1]);
      // Coefficients to 1/sqrt(4000): the noise's sds to 1.1 %, the mean to some hundredths of them.
      CHECK(std::abs(emulator.log_likelihood(e, x) - wanted) < 0.15 + 0.06 * std::abs(wanted));
    }
  }
  const double far[2] = {200, 0}, further[2] = {2000, 0};
  // Ten times as far is no thousand times as unlikely, as it were by the quadratic alone.
  CHECK(std::abs(emulator.log_likelihood(further, x)) < 2 * std::abs(emulator.log_likelihood(far, x)));
  std::vector<double> few(all.size(), 0.0);
  for (std::size_t i = 0; i < 10; ++i) few[i] = 1;
  CHECK_FALSE(LocalEmulator({points.data(), count, 2}, {values.data(), count, 2}, few, least).quadratic());
  few.assign(few.size(), 0.0);
  few[0] = few[1] = 1;
  CHECK_THROWS_WITH_AS(LocalEmulator({points.data(), count, 2}, {values.data(), count, 2}, few, least),
                       doctest::Contains("got 2 simulations near by, expected at least 8"), NumericError);
}

TEST_CASE("local emulator: noise that grows is found, noise that does not is left as it is") {
  const Index count = 4000;
  std::vector<double> points, values;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(2, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    points.push_back(random.normal_double());
    values.insert(values.end(), {std::exp(0.5 * points.back()) * random.normal_double(), random.normal_double()});
  }
  const std::vector<double> all(static_cast<std::size_t>(count), 1.0), least{1e-9, 1e-9};
  const LocalEmulator emulator({points.data(), count, 1}, {values.data(), count, 2}, all, least);
  const double e[2] = {-1.5, 1.5}, x[2] = {0, 0};
  // At the mean the density is that of sd exp(e / 2): its logarithm falls by e / 2, to the slope's 2.2 / sqrt(4000).
  CHECK(std::abs(emulator.log_likelihood(&e[0], x) - emulator.log_likelihood(&e[1], x) - 1.5) < 0.25);
  const std::vector<double> constant(values.begin(), values.end());
  std::vector<double> second;
  for (std::size_t i = 1; i < constant.size(); i += 2) second.push_back(constant[i]);
  const LocalEmulator still({points.data(), count, 1}, {second.data(), count, 1}, all, {1e-9});
  CHECK(std::abs(still.log_likelihood(&e[0], x) - still.log_likelihood(&e[1], x)) < 0.05);
  CHECK(std::abs(still.fourth_moment() - 3) < 6 * std::sqrt(96.0 / static_cast<double>(count)));
  for (double& value : second) value = std::tanh(5 * value);  // nearly two values
  CHECK(LocalEmulator({points.data(), count, 1}, {second.data(), count, 1}, all, {1e-9}).fourth_moment() < 1.5);
}

TEST_CASE("local emulator: tails count where an entry tells something") {
  const Index count = 4000;
  std::vector<double> points, values;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(3, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    points.push_back(random.normal_double());
    const double heavy = std::pow(random.normal_double(), 5);  // its fourth moment is 733
    values.insert(values.end(), {points.back() + random.normal_double(), heavy});
  }
  const std::vector<double> all(static_cast<std::size_t>(count), 1.0), least{1e-9, 1e-9};
  const auto moment = [&] {
    return LocalEmulator({points.data(), count, 1}, {values.data(), count, 2}, all, least).fourth_moment();
  };
  CHECK(std::abs(moment() - 3) < 0.6);
  for (std::size_t i = 0; i < points.size(); ++i) values[2 * i + 1] += 100 * points[i];
  CHECK(moment() > 30);
}

TEST_CASE("local emulator: a few simulations far out do not rule it; where there are many, noise is like that") {
  const Index count = 4000;
  const std::vector<double> all(static_cast<std::size_t>(count), 1.0), least{1e-9};
  const auto emulator = [&](Index every, double out) {
    std::vector<double> points, values;
    for (Index i = 0; i < count; ++i) {
      Stream random(step_key(4, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
      points.push_back(random.normal_double());
      values.push_back(points.back() + (every > 0 && i % every == 0 ? out : 1.0) * random.normal_double());
    }
    return LocalEmulator({points.data(), count, 1}, {values.data(), count, 1}, all, least);
  };
  const LocalEmulator clean = emulator(0, 1), few = emulator(1000, 1000), many = emulator(5, 30);
  for (const double e : {-1.0, 0.0, 1.0}) {
    for (const double x : {-2.0, 0.5}) {
      // Four of 4000, a thousand sds off: as they were, the noise would be 30 times as wide.
      CHECK(std::abs(clean.log_likelihood(&e, &x) - few.log_likelihood(&e, &x)) < 0.02);
    }
  }
  CHECK(few.fourth_moment() < 4);
  CHECK(many.fourth_moment() > 10);  // 14.6: a fifth is thirty times as wide
}

TEST_CASE("refine: an answer far off, too narrow or too wide ends at the exact posterior") {
  for (const int failing : {0, 2}) {
    const Simulator line = make_line(failing);
    const std::vector<float> x = observe(make_line(), 0.7, -0.4);
    const Normalization normalization = standardize(line, 1, 500, 1);
    RefineSetting setting;
    setting.simulator = &line;
    setting.normalization = &normalization;
    setting.simulations = 4000;
    for (const MixtureState& start :
         {gaussian(0.7, -0.4, 0.1), gaussian(0.2, -0.1, 0.03), gaussian(0, 0, 1), gaussian(1.0, -0.4, 0.3)}) {
      const Refinement refined = refine(setting, start, {x.data(), 1, static_cast<Index>(x.size())});
      CHECK(refined.simulator_calls == 4000);
      CHECK(refined.warnings.empty());
      // Some 3000 simulations count, on 20 entries: the emulated mean is off by sqrt(2 / 3000) of the answer's sds for
      // each of the 3 (quadratic: 6) terms that matter, the noise's shape by more; 0.02 +- 0.01 was seen.
      CHECK(divergence(refined.answer.components[0].gaussian, x) < 0.08);
    }
    MESSAGE("nats lost from the prior: ",
            divergence(refine(setting, gaussian(0, 0, 1), {x.data(), 1, static_cast<Index>(x.size())})
                           .answer.components[0]
                           .gaussian,
                       x));
  }
}

TEST_CASE("refine: a mixture starts by its moments; too few calls are refused") {
  const MixtureState two{
      {MixtureComponent{std::log(0.25), {{-1}, {0.5}}}, MixtureComponent{std::log(0.75), {{1}, {2}}}}};
  const GaussianState moments = moments_of(two);
  CHECK(moments.mean[0] == doctest::Approx(0.5));
  // 0.25 (0.25 + 2.25) + 0.75 (4 + 0.25)
  CHECK(moments.cholesky[0] == doctest::Approx(std::sqrt(3.8125)));
  const Simulator line = make_line();
  const Normalization normalization = standardize(line, 1, 100, 1);
  RefineSetting setting;
  setting.simulator = &line;
  setting.normalization = &normalization;
  setting.simulations = 100;
  const std::vector<float> x = observe(line, 0, 0);
  CHECK_THROWS_WITH_AS(refine(setting, gaussian(0, 0, 1), {x.data(), 1, static_cast<Index>(x.size())}),
                       doctest::Contains("refine: got 100 simulations, expected at least 192"), InputError);
}

TEST_CASE("refine: a machine's answers, its calls counted, the same on any threads; what it is not for is refused") {
  const Simulator line = make_line();
  Configuration c = line_configuration("vector");
  c.train.steps = 30;
  Trainer trainer(c, line, 1);
  while (trainer.step() < c.train.steps) trainer.advance();
  const Machine machine = trainer.machine();
  EvaluateOptions options;
  options.problems = 100;
  const Evaluation plain = evaluate(machine, line, options);
  options.infer.refine = 2000;
  const Evaluation one = evaluate(machine, line, options);
  options.infer.threads = 3;
  const Evaluation three = evaluate(machine, line, options);
  CHECK(one.negative_log_density.mean == three.negative_log_density.mean);
  CHECK(one.gap.mean < 0.05);
  CHECK(one.simulator_calls_per_problem == plain.simulator_calls_per_problem + 2000);
  CHECK(one.iterations == plain.iterations);
  CHECK(one.refined);
  CHECK(!plain.refined);
  CHECK(one.rmse_by_iteration.size() == plain.rmse_by_iteration.size() + 1);
  const std::vector<float> x = observe(line, 0.2, 0.1);
  InferOptions stopping;
  stopping.refine = 2000;
  stopping.progress = [](Index) { return false; };
  const Inference stopped = machine.infer(line, {x.data(), 1, line.size()}, stopping);
  CHECK(stopped.trajectory.size() == 2);
  CHECK(stopped.iterations() == 1);
  CHECK(!stopped.refined);
  CHECK(stopped.simulator_calls < 2000);
  MESSAGE("gap after 30 steps ", plain.gap.mean, ", refined ", one.gap.mean, " +- ", one.gap.standard_error);
}

TEST_CASE(
    "refine: sets by their statistics: the exact posterior where those are sufficient, after hardly any training") {
  const Simulator gaussian = make_builtin_simulator("gaussian");
  Configuration c = alfi_test::small_configuration("gaussian");
  c.train.steps = 60;
  Trainer trainer(c, gaussian, 1);
  while (trainer.step() < c.train.steps) trainer.advance();
  const Machine machine = trainer.machine();
  EvaluateOptions options;
  options.problems = 60;
  options.observed = 40;
  options.infer.threads = 2;
  const Evaluation plain = evaluate(machine, gaussian, options);
  options.infer.refine = 1500;
  const Evaluation refined = evaluate(machine, gaussian, options);
  CHECK(refined.simulator_calls_per_problem == plain.simulator_calls_per_problem + 1500 * 40);
  CHECK(refined.gap.mean < 0.1);
  MESSAGE("gap ", plain.gap.mean, ", refined ", refined.gap.mean, " +- ", refined.gap.standard_error);
}
