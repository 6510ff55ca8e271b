#include "alfi/inference/baselines/compare.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/baselines/amortized.hpp"
#include "inference/series.hpp"

using namespace alfi;

namespace {

Configuration poisson_configuration() {
  Configuration c = alfi_test::small_configuration("poisson");
  c.train.steps = 10;
  return c;
}

CompareOptions few() {
  CompareOptions o;
  o.budget = 4000;
  o.problems = 5;
  o.observed = 10;
  o.draws = 200;
  o.c2st_draws = 50;
  return o;
}

const MethodScore& score_of(const Comparison& c, const std::string& name) {
  for (const MethodScore& m : c.methods) {
    if (m.name == name) return m;
  }
  FAIL("no method " << name);
  return c.methods.front();
}

void check_same(const Comparison& a, const Comparison& b) {
  REQUIRE(a.methods.size() == b.methods.size());
  CHECK(a.truths == b.truths);
  for (std::size_t m = 0; m < a.methods.size(); ++m) {
    CAPTURE(a.methods[m].name);
    CHECK(a.methods[m].training_calls == b.methods[m].training_calls);
    CHECK(a.methods[m].c2st.mean == b.methods[m].c2st.mean);
    for (std::size_t i = 0; i < a.methods[m].answers.size(); ++i) {
      const JudgedAnswer &x = a.methods[m].answers[i], &y = b.methods[m].answers[i];
      CHECK(x.mean == y.mean);
      CHECK(x.negative_log_density == y.negative_log_density);
      CHECK(x.negative_log_density_by_draws == y.negative_log_density_by_draws);
      CHECK(x.places == y.places);
      CHECK(x.simulator_calls == y.simulator_calls);
    }
  }
}

}  // namespace

TEST_CASE("compare: every method within the budget, on the same problems, on any threads") {
  const Simulator poisson = make_builtin_simulator("poisson");
  CompareOptions options = few();
  const Comparison one = compare(poisson_configuration(), nullptr, poisson, options);
  std::vector<std::string> names;
  for (const MethodScore& m : one.methods) names.push_back(m.name);
  CHECK(names == comparable_methods());
  CHECK(one.has_exact);
  CHECK(one.truths.size() == 5);
  for (const char* amortized : {"machine", "npe"}) {
    const MethodScore& m = score_of(one, amortized);
    const double calls = static_cast<double>(m.training_calls) + m.calls_per_problem;
    CHECK(calls <= 4000);
    CHECK(calls > 4000 - 10);  // whole draws of the prior, 10 observations each
  }
  CHECK(score_of(one, "npe").calls_per_problem == 0);
  CHECK(score_of(one, "machine").calls_per_problem > 0);
  for (const char* anew : {"rejection", "smc"}) CHECK(score_of(one, anew).calls_per_problem == 4000);
  for (const char* none : {"likelihood", "exact"}) CHECK(score_of(one, none).calls_per_problem == 0);
  CHECK(score_of(one, "exact").gap.mean == 0);
  // With 10 counts each the exact posterior of the log rate is some 0.01 to 0.3 wide, the prior 6.8.
  CHECK(score_of(one, "exact").rmse < 0.2);
  CHECK(score_of(one, "likelihood").gap.mean < 0.5);
  CHECK(score_of(one, "rejection").gap.mean < 2);
  CHECK(score_of(one, "likelihood").c2st.mean < 0.75);

  options.threads = 3;
  Index told = 0;
  options.progress = [&](const std::string&, Index done, Index of) {
    CHECK(done <= of);
    ++told;
    return true;
  };
  check_same(one, compare(poisson_configuration(), nullptr, poisson, options));
  CHECK(told > 20);

  // A method's answers do not depend on which others are asked.
  options.methods = {"smc"};
  const Comparison alone = compare(poisson_configuration(), nullptr, poisson, options);
  CHECK(alone.truths == one.truths);
  CHECK(alone.methods.size() == 1);
  CHECK(score_of(alone, "smc").answers[3].mean == score_of(one, "smc").answers[3].mean);
}

TEST_CASE("compare: a machine that there is, and observations of unknown truth") {
  const Simulator line = alfi_test::make_line();
  Configuration configuration = alfi_test::line_configuration("auto");
  configuration.train.steps = 5;
  const Machine machine = train_machine(configuration, line, 1, [](Index) { return true; });
  CompareOptions options = few();
  options.observed = 0;
  options.budget = 1000;
  options.methods = {"machine", "rejection", "exact"};
  const Comparison c = compare(machine.configuration(), &machine, line, options);
  CHECK(score_of(c, "machine").training_calls == machine.training_calls());
  CHECK(score_of(c, "machine").training_seconds == 0);

  std::vector<float> x;
  for (int row = 0; row < 5; ++row) x.insert(x.end(), {0.1f * static_cast<float>(row), std::exp(0.2f)});
  options.given = {x.data(), 1, line.size()};
  const Comparison given = compare(machine.configuration(), &machine, line, options);
  CHECK_FALSE(given.truth_known);
  CHECK(given.problems == 1);
  const JudgedAnswer& exact = score_of(given, "exact").answers[0];
  const JudgedAnswer& rejection = score_of(given, "rejection").answers[0];
  for (std::size_t p = 0; p < 2; ++p) {
    CHECK(std::abs(rejection.mean[p] - exact.mean[p]) < 2 * exact.standard_deviation[p]);
  }
}

TEST_CASE("compare: without iterations a machine is neural posterior estimation, and learns") {
  const Simulator line = alfi_test::make_line();
  Configuration configuration = alfi_test::line_configuration("auto");
  configuration.train.steps = 200;
  configuration.train.checkpoint_every = 100;
  const Configuration guess = for_budget(without_iterations(configuration), line.info().observation, 6000, 1);
  CHECK(guess.train.steps == 200 * (1 + configuration.train.iterations));
  const Machine machine = train_machine(guess, line, 2, [](Index) { return true; });
  CHECK(machine.training_calls() == 6000);
  CHECK(machine.configuration().train.iterations == 0);
  const Machine loaded = Machine::from_file(machine.to_file(), "test", line);
  EvaluateOptions options;
  options.problems = 200;
  const Evaluation e = evaluate(loaded, line, options);
  CHECK(e.iterations == 0);
  CHECK(e.simulator_calls_per_problem == 0);
  CHECK(e.gap.mean < 1);  // the prior's is some 4
  CHECK(e.gap.mean > -3 * e.gap.standard_error);
  options.infer.iterations = 2;
  CHECK_THROWS_WITH_AS(evaluate(loaded, line, options), "Machine::infer: iterations is 2, expected 0", InputError);

  Configuration wrong = guess;
  wrong.proposal.start = "prior";
  CHECK_THROWS_WITH_AS(validate(wrong),
                       "proposal.start: got \"prior\", expected \"guess\" with train.iterations = 0, where the first "
                       "guess is the answer",
                       InputError);
  wrong = guess;
  wrong.proposal.head = "mixture";
  CHECK_THROWS_AS(validate(wrong), InputError);
  wrong = guess;
  wrong.infer.iterations = 3;
  CHECK_THROWS_AS(validate(wrong), InputError);
}

TEST_CASE("compare: what cannot be asked is said") {
  const Simulator poisson = make_builtin_simulator("poisson");
  const Configuration configuration = poisson_configuration();
  const auto with = [&](const std::function<void(CompareOptions&)>& change) {
    CompareOptions o = few();
    change(o);
    return compare(configuration, nullptr, poisson, o);
  };
  CHECK_THROWS_WITH_AS(with([](CompareOptions& o) { o.methods = {"rejektion"}; }),
                       "compare: method is \"rejektion\", expected machine, npe, rejection, smc, likelihood or exact "
                       "(did you mean \"rejection\"?)",
                       InputError);
  CHECK_THROWS_WITH_AS(with([](CompareOptions& o) { o.problems = 1; }), "compare: problems is 1, expected at least 2",
                       InputError);
  CHECK_THROWS_AS(with([](CompareOptions& o) { o.draws = 3; }), InputError);
  CHECK_THROWS_AS(with([](CompareOptions& o) { o.c2st_draws = 3; }), InputError);
  CHECK_THROWS_AS(with([](CompareOptions& o) { o.budget = 0; }), InputError);
  CHECK_THROWS_WITH_AS(
      with([](CompareOptions& o) { o.budget = 900; }),
      doctest::Contains(
          "train.budget: got 812, expected at least 1000: 100 draws of the prior with 10 observations each"),
      InputError);
  CHECK_THROWS_WITH_AS(
      with([](CompareOptions& o) { o.budget = 80; }),
      "compare: budget is 80, expected more than the 88 calls of the machine's first answer ([infer] says how many)",
      InputError);
  CHECK_THROWS_WITH_AS(
      with([](CompareOptions& o) { o.progress = [](const std::string&, Index, Index) { return false; }; }),
      "compare: stopped", Error);

  const Simulator jumps = make_builtin_simulator("predator_prey_jumps");
  Configuration other = alfi_test::small_configuration(jumps);
  CompareOptions o = few();
  o.observed = 0;
  o.methods = {"exact"};
  CHECK_THROWS_WITH_AS(compare(other, nullptr, jumps, o),
                       "compare: method is exact, expected one that needs no likelihood, which is not known of "
                       "predator_prey_jumps",
                       InputError);
  o.observed = 3;
  CHECK_THROWS_AS(compare(other, nullptr, jumps, o), InputError);
}
