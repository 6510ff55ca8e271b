#include "alfi/inference/shard.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "inference/small.hpp"
#include "support/allocation_counter.hpp"

using namespace alfi;
using alfi_test::small_configuration;

namespace {

std::vector<Index> observations(const Plan& plan) {
  std::vector<Index> all;
  for (Index t = 0; t < plan.iterations; ++t) all.push_back(observations_at(plan, t));
  return all;
}

/// What a shard needs, of an untrained machine in double.
struct Fixture {
  Configuration configuration;
  Simulator simulator;
  Architecture architecture;
  Normalization normalization;
  std::vector<double> weights;
  ShardSetting setting;

  explicit Fixture(const Configuration& c, const char* name = "gaussian")
      : configuration(c),
        simulator(make_builtin_simulator(name)),
        architecture(c, simulator.parameters(), simulator.info().observation),
        normalization(standardize(simulator, 3, 50, 20)),
        weights(static_cast<std::size_t>(architecture.weights)) {
    initialize_weights(architecture, 3, weights.data());
    setting.architecture = &architecture;
    setting.simulator = &simulator;
    setting.normalization = &normalization;
    setting.configuration = &configuration;
    setting.problems = 4;
    setting.observed = c.problem.observed_max;
    setting.plan = {c.train.iterations, c.train.thetas, c.train.observations, c.train.observations_min};
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
};

ShardDraws draws_of(Index first, std::uint64_t seed = 5) {
  ShardDraws draws;
  draws.seed = seed;
  draws.first_problem = first;
  draws.training = true;
  return draws;
}

void iterate(Shard<double>& shard, Index iterations) {
  for (Index t = 0; t < iterations; ++t) {
    shard.propose(t);
    shard.simulate(t);
    shard.update(t);
  }
}

ShardLoss learn(Shard<double>& shard, const Fixture& f, const ShardDraws& draws, Index count, double* gradient) {
  shard.draw_problems(draws, count);
  shard.start(f.weights.data(), gradient);
  iterate(shard, f.setting.plan.iterations);
  shard.backward();
  return shard.loss();
}

}  // namespace

TEST_CASE("observations of an iteration grow geometrically, by hand") {
  // 512 / 16 = 32, a factor of 32^(1/4) = 2.3784 for each iteration: 38.05, 90.51, 215.27.
  CHECK(observations({5, 1, 512, 16}) == std::vector<Index>{16, 38, 91, 215, 512});
  CHECK(observations({3, 1, 64, 16}) == std::vector<Index>{16, 32, 64});
  CHECK(observations({1, 1, 512, 16}) == std::vector<Index>{512});
  CHECK(observations({3, 1, 512, 0}) == std::vector<Index>{512, 512, 512});
  CHECK(observations({3, 1, 10, 10}) == std::vector<Index>{10, 10, 10});
  CHECK(observations({3, 1, 10, 20}) == std::vector<Index>{10, 10, 10});
}

TEST_CASE("a shard makes the calls of its plan and its problems") {
  const Fixture f(small_configuration("gaussian"));
  Shard<double> shard(f.setting);
  std::vector<double> gradient(f.weights.size(), 0.0);
  learn(shard, f, draws_of(0), 3, gradient.data());
  Index wanted = 0;
  for (const std::int32_t n : shard.counts()) {
    CHECK(n >= f.configuration.problem.observed_min);
    CHECK(n <= f.configuration.problem.observed_max);
    wanted += n;
  }
  for (const Index m : observations(f.setting.plan)) wanted += 3 * f.setting.plan.thetas * m;
  CHECK(shard.simulator_calls() == wanted);
  CHECK(shard.failed_calls() == 0);
}

TEST_CASE("a problem does not know which others share its shard") {
  const Fixture f(small_configuration("gaussian"));
  Shard<double> together(f.setting), alone(f.setting);
  std::vector<double> gradient(f.weights.size(), 0.0), sum(f.weights.size(), 0.0);
  const ShardLoss all = learn(together, f, draws_of(8), 4, gradient.data());
  double loss = 0;
  for (Index b = 0; b < 4; ++b) {
    loss += learn(alone, f, draws_of(8 + b), 1, sum.data()).loss;
    CHECK(alone.truth()(0, 0) == together.truth()(b, 0));
    CHECK(alone.counts()[0] == together.counts()[b]);
    const GaussianState one = alone.answers()[0].components[0].gaussian,
                        many = together.answers()[static_cast<std::size_t>(b)].components[0].gaussian;
    CHECK(std::abs(one.mean[1] - many.mean[1]) <= 1e-12);
  }
  // The same sums in another order: a few thousand roundings of terms no larger than the largest entry's.
  double largest = 0;
  for (const double g : gradient) largest = std::max(largest, std::abs(g));
  CHECK(largest > 1e-3);
  for (std::size_t i = 0; i < sum.size(); ++i) CHECK(std::abs(sum[i] - gradient[i]) <= 1e-11 * largest);
  CHECK(std::abs(loss - all.loss) <= 1e-12 * (1 + std::abs(all.loss)));
}

TEST_CASE("another seed, or another step, gives other problems") {
  const Fixture f(small_configuration("gaussian"));
  Shard<double> shard(f.setting);
  const auto truth = [&](const ShardDraws& draws) {
    shard.draw_problems(draws, 1);
    return shard.truth()(0, 0);
  };
  const double first = truth(draws_of(0));
  CHECK(truth(draws_of(0)) == first);
  CHECK(truth(draws_of(0, 6)) != first);
  CHECK(truth(draws_of(1)) != first);
  ShardDraws later = draws_of(0);
  later.step = 1;
  CHECK(truth(later) != first);
}

TEST_CASE("with a fixed dataset the problems of training are those few, step after step") {
  Configuration c = small_configuration("gaussian");
  c.train.dataset = 2;
  const Fixture f(c);
  Shard<double> shard(f.setting);
  std::vector<double> seen;
  for (std::uint64_t step = 0; step < 20; ++step) {
    ShardDraws draws = draws_of(0);
    draws.step = step;
    shard.draw_problems(draws, 4);
    for (Index b = 0; b < 4; ++b) seen.push_back(shard.truth()(b, 0));
  }
  std::sort(seen.begin(), seen.end());
  // 80 picks of 2: both are there but for odds of 2^-79.
  CHECK(std::unique(seen.begin(), seen.end()) - seen.begin() == 2);
}

TEST_CASE("a drawn start has the sd it was told, and a mean of its own for each problem") {
  Configuration c = small_configuration("gaussian");
  c.proposal.start = "draw";
  c.proposal.initial_sd = 0.25;
  const Fixture f(c);
  Shard<double> shard(f.setting);
  shard.draw_problems(draws_of(0), 2);
  shard.start(f.weights.data(), nullptr);
  for (Index b = 0; b < 2; ++b) {
    const GaussianState psi = shard.answers()[static_cast<std::size_t>(b)].components.front().gaussian;
    CHECK(std::abs(psi.cholesky[0] - 0.25) <= 1e-15);  // exp(log 0.25)
    CHECK(psi.cholesky[1] == 0);
    CHECK(psi.cholesky[2] == 0);
    CHECK(std::abs(psi.cholesky[3] - 0.25) <= 1e-15);
  }
  const std::vector<MixtureState> answers = shard.answers();
  CHECK(answers[0].components.front().gaussian.mean != answers[1].components.front().gaussian.mean);
}

TEST_CASE("after the first meta-step nothing is allocated") {
  Configuration c = small_configuration("gaussian");
  c.problem.observed_min = c.problem.observed_max;
  const Fixture f(c);
  Shard<double> shard(f.setting);
  std::vector<double> gradient(f.weights.size(), 0.0);
  learn(shard, f, draws_of(0), 4, gradient.data());
  const alfi_test::AllocationCounter allocations;
  for (int i = 0; i < 3; ++i) learn(shard, f, draws_of(4), 4, gradient.data());
  CHECK(allocations.count() == 0);
}

TEST_CASE("given problems must fit the shard") {
  const Fixture f(small_configuration("gaussian"));
  Shard<double> shard(f.setting);
  const std::vector<float> x(5 * 40, 1.0f);
  const std::int32_t counts[] = {3, 3, 3, 3, 3};
  CHECK_THROWS_WITH_AS(shard.give_problems(draws_of(0), {x.data(), 15, 1}, {counts, 5}, 3),
                       "Shard::give_problems: got 5 problems of 3, expected at most 4 of 40", ShapeError);
  CHECK_THROWS_WITH_AS(shard.give_problems(draws_of(0), {x.data(), 7, 1}, {counts, 2}, 3),
                       "Shard::give_problems: observations has shape [7,1], expected [6,1]", ShapeError);
}
