// Series and vectors: one sample a problem, seen by its entries or step by step.
#include "inference/series.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "alfi/core/error.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/normalization.hpp"

using namespace alfi;
using alfi_test::line_configuration;
using alfi_test::LineSimulator;
using alfi_test::make_line;

namespace {

Evaluation trained_and_judged(Configuration c, const Simulator& simulator, Index steps) {
  c.train.steps = steps;
  Trainer trainer(c, simulator, 2);
  for (Index i = 0; i < steps; ++i) trainer.advance();
  trainer.validate_and_keep_best();
  EvaluateOptions options;
  options.problems = 200;
  return evaluate(trainer.machine(), simulator, options);
}

/// Entries of a sample as a simulator of the test's choosing makes them, two columns of three rows.
struct Entries {
  struct Prepared {
    double theta;
  };
  Prepared prepare(const float* theta) const { return {static_cast<double>(theta[0])}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    for (int row = 0; row < 3; ++row) {
      x[2 * row] = static_cast<float>(std::exp(3 * p.theta) * (1 + 0.01 * random.uniform_double()));
      const double count = std::floor(200 * std::exp(-std::abs(p.theta)) * random.uniform_double());
      x[2 * row + 1] = static_cast<float>(row == 0 && p.theta < 0 ? 0 : count);
    }
    return Status::ok;
  }
};

std::string refusal(Configuration c) {
  try {
    resolve(c, alfi_test::line_info().observation);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("series: shown entry by entry or step by step, the machine comes near the exact posterior") {
  // Nats above it after 1000 steps of 32 problems: 0.17 +- 0.04 by entries, 0.19 +- 0.04 step by step.
  const Evaluation vector = trained_and_judged(line_configuration("vector"), make_line(), 1000);
  CHECK(vector.exact_available);
  CHECK(vector.gap.mean < 0.3);
  CHECK(vector.gap.mean > -3 * vector.gap.standard_error);
  const Evaluation sequence = trained_and_judged(line_configuration("sequence"), make_line(), 1000);
  CHECK(sequence.gap.mean < 0.35);
  CHECK(sequence.gap.mean > -3 * sequence.gap.standard_error);
  CHECK(vector.simulator_calls_per_problem == 3 * 8);
}

TEST_CASE("series: what fails leaves the pool or is made again, and the answer is none the worse") {
  Configuration c = line_configuration("vector");
  c.train.nan_policy = "drop";
  const Evaluation dropped = trained_and_judged(c, make_line(3), 1000);
  CHECK(dropped.gap.mean < 0.5);  // 0.34: some five proposals an iteration are left
  c.train.nan_policy = "resample";
  const Evaluation resampled = trained_and_judged(c, make_line(3), 1000);
  CHECK(resampled.gap.mean < 0.3);  // 0.15
}

TEST_CASE("series: failures are counted, those made again too, and an error where none may be") {
  Configuration c = line_configuration("vector");
  const Index asked = 32 + 3 * 8 * 32;  // of a step: the problems' own, and K of each of T iterations
  for (const char* policy : {"drop", "resample"}) {
    c.train.nan_policy = policy;
    Trainer trainer(c, make_line(3), 2);
    Index failed = 0, before = trainer.simulator_calls();
    for (int i = 0; i < 10; ++i) failed += trainer.advance().failed;
    const Index calls = trainer.simulator_calls() - before;
    const bool again = policy == std::string("resample");
    CHECK(again == (calls > 10 * asked));
    if (!again) CHECK(calls == 10 * asked);
    const double share = static_cast<double>(failed) / static_cast<double>(calls);
    CHECK(std::abs(share - 0.3) < 0.02);  // 8000 calls and more: four standard errors
    c.train.max_failed = 0.2;
    Trainer strict(c, make_line(3), 2);
    CHECK_THROWS_WITH_AS(strict.advance(), doctest::Contains("train.max_failed"), NumericError);
    c.train.max_failed = 0.5;
  }
  c.train.nan_policy = "error";
  Trainer trainer(c, make_line(3), 1);
  CHECK_THROWS_WITH_AS(trainer.advance(), doctest::Contains("train.nan_policy is \"error\""), NumericError);
}

TEST_CASE("series: columns are shown as their values ask for, noise is measured where there is some") {
  SimulatorInfo info = alfi_test::line_info();
  info.parameters.resize(1);
  info.observation.length = 3;
  const Normalization n = standardize(make_simulator(info, Entries{}), 1, 400, 1);
  REQUIRE(n.shown.size() == 6);
  for (std::size_t d = 0; d < 6; d += 2) {
    CHECK(n.shown[d] == Shown::log);
    CHECK(n.floor[d] > 0);
    CHECK(std::abs(n.mean[d]) < 0.5);  // 3 theta
    CHECK(std::abs(n.sd[d] - 3) < 0.4);
    CHECK(n.least_scale[d] < 0.02);  // three sds of log(1 + 0.01 u): 0.0087
    CHECK(n.least_scale[d] > 0.004);
    CHECK(n.shown[d + 1] == Shown::log1p);  // counts, some of them 0
    CHECK(n.floor[d + 1] == 0);
  }
  CHECK(n.median.size() == 6);
  const Normalization line = standardize(make_line(), 1, 400, 1);
  CHECK(line.shown[0] == Shown::as_is);
  CHECK(line.shown[1] == Shown::log);
  for (std::size_t d = 0; d < line.least_scale.size(); ++d) {
    CHECK(std::abs(line.least_scale[d] - 3 * LineSimulator::kSd) < 0.3);  // 400 differences: 6 % standard error
  }
}

TEST_CASE("series: a model file keeps how entries are shown, and infers as before") {
  Configuration c = line_configuration("sequence");
  Trainer trainer(c, make_line(), 1);
  trainer.advance();
  const Machine machine = trainer.machine();
  const Machine back = Machine::from_file(machine.to_file(), "model", make_line());
  const std::vector<float> x{0.1f, 1, 0.2f, 2, 0.3f, 3, 0.2f, 2, 0.1f, 1};
  const Observations observed{x.data(), 1, 10};
  CHECK(machine.infer(make_line(), observed).posterior.mean() == back.infer(make_line(), observed).posterior.mean());
  CHECK_THROWS_WITH_AS(machine.infer(make_line(), {x.data(), 2, 5}), doctest::Contains("expected [N,10]"), ShapeError);
  InferOptions many;
  many.observations = 20;
  CHECK_THROWS_WITH_AS(machine.infer(make_line(), observed, many), "Machine::infer: observations is 20, expected 1",
                       InputError);
  TensorFile bad = machine.to_file();
  const double code = 7;
  std::memcpy(bad.tensors.at("normalization.shown").bytes.data(), &code, sizeof(code));
  CHECK_THROWS_WITH_AS(Machine::from_file(bad, "model", make_line()), doctest::Contains("normalization.shown holds 7"),
                       InputError);
}

TEST_CASE("series: an observation that is nothing like the answer's predictive is warned of, by row") {
  Configuration c = line_configuration("vector");
  Trainer trainer(c, make_line(), 1);
  for (int i = 0; i < 200; ++i) trainer.advance();
  std::vector<float> x;
  for (int row = 0; row < LineSimulator::kRows; ++row) x.push_back(0.5f), x.push_back(std::exp(1.0f));
  const auto warnings = [&] { return trainer.machine().infer(make_line(), {x.data(), 1, 10}).warnings; };
  const auto warned = [&](const char* beginning) {
    const std::vector<std::string> said = warnings();
    return std::count_if(said.begin(), said.end(),
                         [&](const std::string& warning) { return warning.rfind(beginning, 0) == 0; });
  };
  CHECK(warnings().empty());
  x[3] = -1;
  CHECK(warned("stretched of row 2 is -1, less than the simulator ever made") == 1);
  x[3] = std::exp(1.0f);
  x[4] = 300;  // the line's third row
  CHECK(warned("line of row 3 is 300, the answer's own predictive has ") == 1);
}

TEST_CASE("series: one sample a problem, and what a configuration may ask of it") {
  Configuration c = line_configuration("auto");
  const Configuration r = resolve(c, alfi_test::line_info().observation);
  CHECK(r.network.encoder_kind == "vector");
  CHECK(r.problem.observed_min == 1);
  CHECK(r.problem.observed_max == 1);
  CHECK(r.train.observations == 1);
  ObservationShape shape = alfi_test::line_info().observation;
  shape.length = 300;
  CHECK(resolve(c, shape).network.encoder_kind == "sequence");
  const Configuration set = resolve(c, make_builtin_simulator("poisson").info().observation);
  CHECK(set.network.encoder_kind == "set");
  CHECK(set.problem.observed_min == 20);
  CHECK(set.problem.observed_max == 1000);
  CHECK(set.train.observations == 512);
  c.problem.observed_max = 20;
  CHECK(refusal(c) == "problem.observed_max: got 20, expected 1: the simulator makes one series or vector, no set");
  c = line_configuration("auto");
  c.network.moments = true;
  CHECK(refusal(c) == "network.moments: got true, expected false: the simulator makes one series or vector, no set");
  c.network.moments = false;
  c.network.pool = "mean+max";
  CHECK(refusal(c) ==
        "network.pool: got \"mean+max\", expected \"mean\": the simulator makes one series or vector, no set");
  c = line_configuration("set");
  CHECK(refusal(c) == "network.encoder_kind: got \"set\", expected \"vector\" or \"sequence\"");
}
