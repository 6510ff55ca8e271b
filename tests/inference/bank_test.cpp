// Stored simulations in the simulator's place.
#include "alfi/inference/bank.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "alfi/core/error.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/simulators/rows.hpp"
#include "inference/series.hpp"

using namespace alfi;
using alfi_test::make_line;

namespace {

Bank bank_of(const Simulator& simulator, Index rows, Index observed, std::uint64_t seed = 3) {
  Bank bank;
  extend_bank(bank, simulator, rows, observed, seed);
  return bank;
}

/// A file that is gone with the test.
struct Stored {
  std::string path = "bank_test.safetensors";
  Stored(const Bank& bank, const Simulator& simulator) {
    write_file_atomically(path, serialize(to_file(bank, simulator)));
  }
  ~Stored() { std::remove(path.c_str()); }
  Stored(const Stored&) = delete;
  Stored& operator=(const Stored&) = delete;
};

}  // namespace

TEST_CASE("bank: made in parts it is the same, and a file brings it back") {
  const Simulator line = make_line(3);
  const Bank whole = bank_of(line, 5000, 2);
  Bank parts = bank_of(line, 700, 2);
  extend_bank(parts, line, 5000, 2, 3);
  CHECK(parts.theta == whole.theta);
  CHECK(parts.x == whole.x);
  CHECK(parts.status == whole.status);
  const auto failed = std::count_if(whole.status.begin(), whole.status.end(), [](auto s) { return s != 0; });
  CHECK(std::abs(static_cast<double>(failed) / 10000 - 0.3) < 0.02);
  const Bank back = bank_from_file(to_file(whole, line), "b", line);
  CHECK(back.theta == whole.theta);
  CHECK(back.x == whole.x);
  CHECK(back.coordinate == whole.coordinate);
  CHECK(back.calls() == 10000);
  CHECK_THROWS_WITH_AS(extend_bank(parts, line, 4000, 2, 3), doctest::Contains("holds 5000 rows"), InputError);
  CHECK_THROWS_WITH_AS(extend_bank(parts, line, 6000, 3, 3), doctest::Contains("expected at most 6000 of 3"),
                       InputError);
  CHECK_THROWS_WITH_AS(extend_bank(parts, line, 6000, 2, 4), doctest::Contains("seed 4"), InputError);
  CHECK_THROWS_WITH_AS(
      bank_from_file(to_file(whole, line), "b", make_builtin_simulator("gaussian")),
      doctest::Contains("b: holds simulations of another simulator: got \"line\", expected \"gaussian\""), InputError);
  // Of several lines the first that differs.
  TensorFile other = to_file(whole, line);
  std::string& priors = other.metadata["prior"];
  const std::size_t second = priors.find('\n') + 1, end = priors.find('\n', second);
  const std::string was = priors.substr(second, end - second);
  priors.replace(second, end - second, "slope ~ normal(0, 7)");
  CHECK_THROWS_WITH_AS(
      bank_from_file(other, "b", line),
      ("b: holds simulations of another prior: got \"slope ~ normal(0, 7)\", expected \"" + was + "\"").c_str(),
      InputError);
  priors.erase(second);
  CHECK_THROWS_WITH_AS(bank_from_file(other, "b", line), doctest::Contains("got nothing more, expected \""),
                       InputError);
}

TEST_CASE("bank: rows stand for draws of the proposal where they are dense, else the nearest do") {
  const Simulator line = make_line();
  const Bank bank = bank_of(line, 20000, 1);
  const double mean[] = {0.5, -0.3}, cholesky[] = {0.6, 0, 0.3, 0.5};
  const Index count = 400;
  std::vector<Index> rows(static_cast<std::size_t>(count));
  std::vector<double> noise(static_cast<std::size_t>(2 * count));
  const Key key = step_key(1, Purpose::bank, 2);
  choose_rows(bank, mean, cholesky, 2, 17, count, key, {0, 0, 0, 0}, rows.data(), noise.data());
  CHECK(std::set<Index>(rows.begin(), rows.end()).size() == 400);
  CHECK(std::find(rows.begin(), rows.end(), 17) == rows.end());
  double sum[2] = {0, 0}, squares[3] = {0, 0, 0};
  for (Index k = 0; k < count; ++k) {
    const double a = noise[static_cast<std::size_t>(2 * k)], b = noise[static_cast<std::size_t>(2 * k + 1)];
    sum[0] += a, sum[1] += b, squares[0] += a * a, squares[1] += b * b, squares[2] += a * b;
    const float* theta = bank.theta.data() + 2 * rows[static_cast<std::size_t>(k)];
    CHECK(std::abs(mean[0] + 0.6 * a - static_cast<double>(theta[0])) < 1e-5);  // priors N(0, 1): u is theta
    CHECK(std::abs(mean[1] + 0.3 * a + 0.5 * b - static_cast<double>(theta[1])) < 1e-5);
  }
  // 400 of some 6000 rows that the proposal reaches: within four standard errors of N(0, I).
  for (const double s : sum) CHECK(std::abs(s / 400) < 0.2);
  CHECK(std::abs(squares[0] / 400 - 1) < 0.28);
  CHECK(std::abs(squares[1] / 400 - 1) < 0.28);
  CHECK(std::abs(squares[2] / 400) < 0.2);

  const double narrow[] = {1e-4, 0, 0, 1e-4};
  choose_rows(bank, mean, narrow, 2, -1, 3, key, {0, 0, 0, 0}, rows.data(), noise.data());
  std::vector<std::pair<double, Index>> nearest;
  for (Index r = 0; r < bank.rows; ++r) {
    const double x = static_cast<double>(bank.coordinate[static_cast<std::size_t>(r)]) - mean[0];
    const double y = static_cast<double>(bank.coordinate[static_cast<std::size_t>(bank.rows + r)]) - mean[1];
    nearest.emplace_back(x * x + y * y, r);
  }
  std::sort(nearest.begin(), nearest.end());
  for (std::size_t k = 0; k < 3; ++k) CHECK(rows[k] == nearest[k].second);
  for (std::size_t i = 0; i < 6; ++i) CHECK(std::abs(noise[i]) <= kFurthestNoise);
  CHECK_THROWS_WITH_AS(choose_rows(bank, mean, narrow, 2, 0, 20000, key, {}, rows.data(), noise.data()),
                       doctest::Contains("a bank of 20000 rows"), InputError);
}

TEST_CASE("bank: rows are drawn without replacement with their weights, also where one weighs more than all others") {
  Bank bank;
  bank.rows = 4;
  bank.observed = 1;
  bank.coordinate = {0.4f, -0.9f, 1.3f, 0.1f};
  for (const double sd : {0.8, 0.12}) {  // of the second the heaviest row has all but a thousandth
    const double mean[] = {0.2}, cholesky[] = {sd};
    double weight[4], all = 0;
    for (int r = 0; r < 4; ++r) {
      const double u = static_cast<double>(bank.coordinate[static_cast<std::size_t>(r)]), e = (u - mean[0]) / sd;
      weight[r] = std::exp((u * u - e * e) / 2);
      all += weight[r];
    }
    const int draws = 20000;
    std::map<std::pair<Index, Index>, int> seen;
    for (int d = 0; d < draws; ++d) {
      Index rows[2];
      double noise[2];
      choose_rows(bank, mean, cholesky, 1, -1, 2, step_key(5, Purpose::bank, static_cast<std::uint64_t>(d)), {}, rows,
                  noise);
      ++seen[{rows[0], rows[1]}];
    }
    for (Index first = 0; first < 4; ++first) {
      for (Index second = 0; second < 4; ++second) {
        if (first == second) continue;
        CAPTURE(sd);
        CAPTURE(first);
        CAPTURE(second);
        const double p = weight[first] / all * weight[second] / (all - weight[first]);
        CHECK(std::abs(seen[{first, second}] - draws * p) < 4.5 * std::sqrt(draws * p * (1 - p)) + 3);
      }
    }
  }
}

TEST_CASE("bank: a training from it calls no simulator, takes the same steps on any threads, and infers well") {
  const Simulator line = make_line();
  const Stored stored(bank_of(line, 3000, 2), line);
  Configuration c = alfi_test::line_configuration("vector");
  c.train.bank = stored.path;
  c.train.steps = 1000;
  struct Forbidden : RowSimulator {
    void simulate(const RowsRequest&) const override { throw Error("called"); }
  };
  SimulatorInfo info = alfi_test::line_info();
  const Simulator forbidden = make_row_simulator(info, std::make_shared<Forbidden>());
  Trainer trainer(c, forbidden, 2), other(c, line, 1);
  CHECK(alfi_test::bytes_after(trainer, 3) == alfi_test::bytes_after(other, 3));
  CHECK(trainer.simulator_calls() == 6000);
  for (Index i = 3; i < c.train.steps; ++i) trainer.advance();
  trainer.validate_and_keep_best();
  const Machine machine = trainer.machine();
  CHECK(machine.configuration().train.bank.empty());
  CHECK(machine.training_calls() == 6000);

  EvaluateOptions options;
  options.problems = 200;
  const Evaluation called = evaluate(machine, line, options);
  CHECK(called.gap.mean < 0.5);
  const Bank more = bank_of(line, 3000, 1, 8);
  options.infer.bank = &more;
  const Evaluation chosen = evaluate(machine, line, options);
  CHECK(chosen.gap.mean < 0.6);
  CHECK(chosen.simulator_calls_per_problem == 0);
  MESSAGE("gap with the simulator ", called.gap.mean, ", with a bank ", chosen.gap.mean, " +- ",
          chosen.gap.standard_error);
}

TEST_CASE("budget: so many calls are made, once, and no more; what was made before is taken up") {
  const Simulator line = make_line();
  struct Counting : RowSimulator {
    mutable Index calls = 0;
    void simulate(const RowsRequest& request) const override {
      calls += request.theta.rows;
      for (Index i = 0; i < request.theta.rows; ++i) {
        for (double& x : request.out.row(i)) x = request.theta(i, 0) + 2;
      }
    }
  };
  const auto counting = std::make_shared<Counting>();
  const Simulator counted = make_row_simulator(alfi_test::line_info(), counting);
  Configuration c = alfi_test::line_configuration("vector");
  c.train.budget = 1000;
  Trainer trainer(c, counted, 1);
  for (int i = 0; i < 3; ++i) CHECK(trainer.advance().simulator_calls == 1000);
  trainer.validate_and_keep_best();
  CHECK(counting->calls == 1000);
  CHECK(trainer.machine().training_calls() == 1000);

  const std::shared_ptr<const Bank> bank = make_budget_bank(c, line, 1);
  Trainer again(c, counted, 1, Context(), nullptr, bank), anew(c, line, 2);
  CHECK(counting->calls == 1000);
  CHECK(alfi_test::bytes_after(again, 3) == alfi_test::bytes_after(anew, 3));

  // Of sets every draw of the prior takes as many observations as a problem may have.
  Configuration sets = alfi_test::small_configuration("poisson");
  sets.train.budget = 4079;
  const Simulator poisson = make_builtin_simulator("poisson");
  Trainer of_sets(sets, poisson, 1);
  of_sets.advance();
  CHECK(of_sets.simulator_calls() == 4040);  // 101 draws of 40
  sets.train.budget = 3999;
  CHECK_THROWS_WITH_AS(Trainer(sets, poisson, 1),
                       doctest::Contains("train.budget: got 3999, expected at least 4000: 100 draws"), InputError);
  CHECK_THROWS_WITH_AS(Trainer(sets, poisson, 1),
                       doctest::Contains("train.observations, 6; this budget pays 39 each: set both to that or less"),
                       InputError);
  sets.problem.observed_max = 39;  // as it says
  CHECK_NOTHROW(Trainer(sets, poisson, 1));
  sets.problem.observed_max = 40;
  sets.train.bank = "b";
  CHECK_THROWS_WITH_AS(validate(sets), doctest::Contains("train.budget: got 3999, expected 0 with train.bank"),
                       InputError);
}

TEST_CASE("bank: stored calls that failed are left out, or an error") {
  const Simulator line = make_line(3);
  const Stored stored(bank_of(line, 2000, 1), line);
  Configuration c = alfi_test::line_configuration("vector");
  c.train.bank = stored.path;
  c.train.nan_policy = "drop";
  Trainer trainer(c, line, 1);
  CHECK(trainer.advance().failed > 0);
  c.train.nan_policy = "error";
  Trainer strict(c, line, 1);
  CHECK_THROWS_WITH_AS(strict.advance(), doctest::Contains("train.nan_policy is \"error\""), NumericError);
}

TEST_CASE("bank: sets of observations, failures dropped; what it cannot give is refused") {
  const Simulator poisson = make_builtin_simulator("poisson");
  const Stored stored(bank_of(poisson, 500, 40), poisson);
  Configuration c = alfi_test::small_configuration("poisson");
  c.train.bank = stored.path;
  Trainer trainer(c, poisson, 1);
  double first = 0, last = 0;
  for (int i = 0; i < 150; ++i) {
    const StepReport report = trainer.advance();
    CHECK(report.failed == 0);
    (i < 75 ? first : last) += report.loss;
  }
  CHECK(last < first);
  c.problem.observed_max = 41;
  CHECK_THROWS_WITH_AS(Trainer(c, poisson, 1),
                       "problem.observed_max: got 41, expected at most 40, which train.bank holds of each theta "
                       "(alfi simulate --bank --observed N makes more)",
                       InputError);
  c.problem.observed_min = c.problem.observed_max = c.train.observations = 0;
  CHECK(Trainer(c, poisson, 1).configuration().problem.observed_max == 40);
  c.train.bank = "no_such_file";
  CHECK_THROWS_WITH_AS(Trainer(c, poisson, 1), doctest::Contains("no_such_file"), InputError);
}
