#include "alfi/inference/evaluate.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "inference/small.hpp"

using namespace alfi;
using alfi_test::small_configuration;

namespace {

Machine trained(const char* simulator) {
  Trainer trainer(small_configuration(simulator), make_builtin_simulator(simulator), 1);
  for (Index i = 0; i < 5; ++i) trainer.advance();
  return trainer.machine();
}

EvaluateOptions options_of(Index problems, std::uint64_t seed = 4) {
  EvaluateOptions options;
  options.problems = problems;
  options.infer.seed = seed;
  return options;
}

Evaluation run(const Machine& machine, const EvaluateOptions& options) {
  return evaluate(machine, machine.simulator(), options);
}

void check_same(const Evaluation& a, const Evaluation& b) {
  CHECK(a.rmse_by_iteration == b.rmse_by_iteration);
  CHECK(a.negative_log_density.mean == b.negative_log_density.mean);
  CHECK(a.negative_log_density.standard_error == b.negative_log_density.standard_error);
  CHECK(a.coverage_50 == b.coverage_50);
  CHECK(a.coverage_90 == b.coverage_90);
  CHECK(a.gap.mean == b.gap.mean);
}

}  // namespace

TEST_CASE("an evaluation says what was asked of it, and its numbers fit each other") {
  const Machine machine = trained("poisson");
  const Evaluation e = run(machine, options_of(70));
  CHECK(e.problems == 70);
  CHECK(e.iterations == 3);
  CHECK(e.parameters == std::vector<std::string>{machine.simulator().info().parameters[0].name});
  REQUIRE(e.rmse_by_iteration.size() == 4);
  REQUIRE(e.negative_log_density_by_iteration.size() == 4);
  CHECK(e.negative_log_density_by_iteration[3].mean == e.negative_log_density.mean);
  CHECK(e.simulator_calls_per_problem == 8 * (2 + 3 + 6));  // 8 proposals; 2 to 6 observations in three steps
  for (std::size_t p = 0; p < e.parameters.size(); ++p) {
    CHECK(e.coverage_50[p] >= 0);
    CHECK(e.coverage_50[p] <= e.coverage_90[p]);
    CHECK(e.coverage_90[p] <= 1);
  }
  REQUIRE(e.exact_available);
  // The mean of differences is the difference of means: 70 additions of numbers of size 10 at most.
  CHECK(std::abs(e.gap.mean - (e.negative_log_density.mean - e.exact_negative_log_density.mean)) <= 1e-12);
  CHECK(e.gap.standard_error > 0);
  // On average nothing beats the exact posterior, and five steps of training are far from it.
  CHECK(e.gap.mean > 0);
  CHECK(e.maximum_likelihood_available);
}

TEST_CASE("psi_0 is the prior: its error is known") {
  const Machine machine = trained("poisson");
  const Evaluation e = run(machine, options_of(400));
  const Prior& prior = machine.simulator().info().parameters[0].prior;
  // The squared error of the prior's mean has the prior's variance as its mean; the prior is uniform, so its fourth
  // moment is 9/5 of the variance squared. 6 sigma of the mean of 400: 2e-9 false alarms.
  const double share = e.rmse_by_iteration[0][0] / prior.standard_deviation();
  CHECK(std::abs(share * share - 1) <= 6 * std::sqrt(0.8 / 400));
}

TEST_CASE("an evaluation depends on its seed alone, not on threads or batches") {
  const Machine machine = trained("gaussian");
  EvaluateOptions options = options_of(70);
  const Evaluation one = run(machine, options);
  check_same(one, run(machine, options));
  options.infer.threads = 3;
  check_same(one, run(machine, options));
  CHECK(run(machine, options_of(70, 5)).negative_log_density.mean != one.negative_log_density.mean);
}

TEST_CASE("each problem is what its number says, in whatever batch: the 65th and 66th by hand") {
  const Machine machine = trained("poisson");
  EvaluateOptions options = options_of(64);
  options.observed = 20;
  const auto sum = [&](Index problems) {
    options.problems = problems;
    return run(machine, options).negative_log_density.mean * static_cast<double>(problems);
  };
  const double sums[] = {sum(64), sum(65), sum(66)};
  const std::uint64_t seed = derived_seed(options.infer.seed, Purpose::evaluate);
  for (const std::uint32_t number : {64u, 65u}) {
    CAPTURE(number);
    Stream random(step_key(seed, Purpose::prior, 0), {number, 0, 0, 0});
    const auto theta = static_cast<float>(machine.simulator().info().parameters[0].prior.theta(random.normal_double()));
    std::vector<float> x(20);
    std::vector<std::uint8_t> status(20);
    SimulateRequest request;
    request.problems = 1;
    request.observations = 20;
    request.theta = {&theta, 1, 1};
    request.out = {x.data(), 20, 1};
    request.status = {status.data(), 20};
    request.key = step_key(seed, Purpose::observed, 0);
    request.first_problem = number;
    machine.simulator().simulate(Context(), request);
    InferOptions infer = options.infer;
    infer.first_problem = number;
    const Inference answer = machine.infer(machine.simulator(), {x.data(), 20, 1}, infer);
    const double wanted = -answer.posterior.log_density({static_cast<double>(theta)});
    // Means of some 65 numbers, times their count: a few hundred roundings of a sum below 1000.
    CHECK(std::abs(sums[number - 63] - sums[number - 64] - wanted) <= 1e-10);
  }
}

TEST_CASE("each problem is told in turn, with all that the averages are made of") {
  const Machine machine = trained("poisson");
  EvaluateOptions options = options_of(70);
  std::vector<Index> numbers;
  double squares = 0;
  options.each = [&](const EvaluatedProblem& problem) {
    numbers.push_back(problem.number);
    REQUIRE(problem.theta.size() == 1);
    CHECK(problem.observations.cols == 1);
    CHECK(problem.observations.rows >= machine.configuration().problem.observed_min);
    CHECK(problem.observations.rows <= machine.configuration().problem.observed_max);
    const double error = problem.inference->posterior.mean()[0] - problem.theta[0];
    squares += error * error;
  };
  const Evaluation e = run(machine, options);
  REQUIRE(numbers.size() == 70);
  for (std::size_t i = 0; i < numbers.size(); ++i) CHECK(numbers[i] == static_cast<Index>(i));
  // The same sum, added in another order.
  CHECK(std::sqrt(squares / 70) == doctest::Approx(e.rmse_by_iteration.back()[0]).epsilon(1e-12));
}

TEST_CASE("a fixed number of observations is used for every problem") {
  const Machine machine = trained("poisson");
  EvaluateOptions options = options_of(10);
  options.observed = 33;
  const Evaluation e = run(machine, options);
  CHECK(e.observed == 33);
  EvaluateOptions fewer = options;
  fewer.observed = 6;
  CHECK(run(machine, fewer).maximum_likelihood_rmse != e.maximum_likelihood_rmse);
}

TEST_CASE("what cannot be evaluated is refused") {
  const Machine machine = trained("poisson");
  CHECK_THROWS_WITH_AS(run(machine, options_of(0)), "evaluate: problems is 0, expected at least 1", InputError);
  EvaluateOptions options = options_of(5);
  options.observed = -1;
  CHECK_THROWS_WITH_AS(run(machine, options), "evaluate: observed is -1, expected at least 0", InputError);
  CHECK_THROWS_AS(evaluate(machine, make_builtin_simulator("gaussian"), options_of(5)), ShapeError);
  options = options_of(70);
  options.infer.thetas = 100000;
  CHECK_THROWS_WITH_AS(run(machine, options), doctest::Contains("thetas is 100000"), InputError);
}

TEST_CASE("progress is told after each batch and may stop it") {
  const Machine machine = trained("poisson");
  EvaluateOptions options = options_of(70);
  std::vector<Index> told;
  options.progress = [&](Index done) {
    told.push_back(done);
    return true;
  };
  run(machine, options);
  CHECK(told == std::vector<Index>{64, 70});
  options.progress = [](Index) { return false; };
  CHECK_THROWS_WITH_AS(run(machine, options), "evaluate: stopped after 64 problems", Error);
}
