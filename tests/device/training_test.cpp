#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/functor.hpp"
#include "emulated/gpu.hpp"
#include "inference/small.hpp"
#include "support/statistics.hpp"

/// Trainings, inference and evaluation in float, as they are used. tests/inference/gpu_test.cpp holds every kind of
/// machine against the CPU in double.

using alfi::Backend;
using alfi::Context;
using alfi::Index;
using alfi_test::small_configuration;

namespace {

/// Poisson counts from a functor that has no code for GPUs: the host simulates.
struct HostPoisson {
  struct Prepared {
    double exp_minus_rate;
  };
  Prepared prepare(const float* theta) const { return {std::exp(-std::exp(static_cast<double>(theta[0])))}; }
  alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    *x = 0;
    for (double product = random.uniform_double(); product > p.exp_minus_rate; product *= random.uniform_double()) {
      *x += 1;
    }
    return alfi::Status::ok;
  }
};

/// Steps of a sanitizer's run, which is slow.
int steps_of(int full) { return alfi_test::small_sizes() ? 4 : full; }

double trained_loss(alfi::Configuration c, std::uint64_t seed, const Context& context, int steps) {
  c.train.seed = seed;
  alfi::Trainer trainer(c, alfi::make_builtin_simulator("poisson"), 1, context);
  for (int i = 0; i < steps; ++i) trainer.advance();
  return trainer.validate_and_keep_best();
}

}  // namespace

// The two start alike and part by rounding, which training amplifies without end: what stays comparable is how good
// they become. Of eight seeds each the means differ by less than 4 standard errors of their difference (with 14 degrees
// of freedom: 1e-3 false alarms for one seed of seeds, and these are fixed); 0.02 for what eight losses that happen to
// agree say too little of.
TEST_CASE("training: as good on a GPU as on the CPU") {
  alfi::Configuration c = small_configuration("poisson");
  const Context gpu(Backend::cuda);
  std::vector<double> here, there;
  const int seeds = alfi_test::small_sizes() ? 2 : 8, steps = steps_of(100);
  for (int seed = 1; seed <= seeds; ++seed) {
    here.push_back(trained_loss(c, static_cast<std::uint64_t>(seed), Context(), steps));
    there.push_back(trained_loss(c, static_cast<std::uint64_t>(seed), gpu, steps));
  }
  const auto a = alfi_test::sample_moments(here), b = alfi_test::sample_moments(there);
  CAPTURE(a.mean);
  CAPTURE(b.mean);
  CHECK(std::fabs(a.mean - b.mean) <= 4 * std::sqrt((a.variance + b.variance) / seeds) + 0.02);
}

TEST_CASE("training: the first step's loss is the CPU's, with the GPU's simulations and the host's") {
  const auto info = alfi::make_builtin_simulator("poisson").info();
  for (const auto& simulator : {alfi::make_builtin_simulator("poisson"), alfi::make_simulator(info, HostPoisson{})}) {
    CAPTURE(simulator.offers_gpu());
    const alfi::Configuration c = small_configuration("poisson");
    alfi::Trainer cpu(c, simulator, 1), gpu(c, simulator, 2, Context(Backend::cuda));
    const double wanted = cpu.advance().loss, got = gpu.advance().loss;
    // Float sums in other orders, three updates in series, a precision matrix: 1e-7 times 1e4 at most.
    CHECK(std::fabs(got - wanted) <= 2e-3 * (1 + std::fabs(wanted)));
  }
}

TEST_CASE("training: the same seed twice gives the same bits, recorded, replayed and resumed") {
  for (const char* precision : {"float", "tf32", "double"}) {
    CAPTURE(precision);
    alfi::Configuration c = small_configuration("poisson");
    c.train.precision = precision;
    const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");
    const Context gpu(Backend::cuda);
    alfi::Trainer first(c, simulator, 1, gpu), second(c, simulator, 2, Context(Backend::cuda));
    const auto bits = alfi_test::bytes_after(first, 6);
    CHECK(alfi_test::bytes_after(second, 6) == bits);
    alfi::Trainer begun(c, simulator, 1, gpu), resumed(c, simulator, 1, gpu);
    for (int i = 0; i < 3; ++i) begun.advance();
    resumed.resume(begun.checkpoint(), "checkpoint");
    CHECK(alfi_test::bytes_after(resumed, 3) == bits);
  }
}

TEST_CASE("training: the loss falls for every built-in simulator, in float and in tf32") {
  for (const std::string& name : alfi::builtin_simulators()) {
    for (const char* precision : {"float", "tf32"}) {
      CAPTURE(name);
      CAPTURE(precision);
      const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
      alfi::Configuration c = small_configuration(simulator);
      c.train.precision = precision;
      c.train.dataset = 12;  // the same twelve problems over and over
      c.train.steps = 150;
      c.train.learning_rate = 5e-3;
      alfi::Trainer trainer(c, simulator, 1, Context(Backend::cuda));
      std::vector<double> losses;
      for (int i = 0; i < steps_of(150); ++i) losses.push_back(trainer.advance().loss);
      for (const double loss : losses) REQUIRE(std::isfinite(loss));
      if (losses.size() < 20) continue;
      double fall = 0;
      for (std::size_t i = 0; i < 10; ++i) fall += losses[i] - losses[losses.size() - 1 - i];
      CHECK(fall > 0);
    }
  }
}

TEST_CASE("training: inference and evaluation on a GPU are the CPU's, for many problems at once too") {
  const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");
  alfi::Trainer trainer(small_configuration("poisson"), simulator, 1);
  for (int i = 0; i < 20; ++i) trainer.advance();
  const alfi::Machine machine = trainer.machine();
  const Index problems = 33, most = 40;
  std::vector<float> x;
  std::vector<std::int32_t> counts;
  for (Index b = 0; b < problems; ++b) {
    const auto some =
        alfi_test::poisson_counts(0.5 + 0.1 * static_cast<double>(b), most, 3 + static_cast<std::uint64_t>(b));
    x.insert(x.end(), some.begin(), some.end());
    counts.push_back(static_cast<std::int32_t>(1 + b * 7 % most));
  }
  alfi::InferOptions options;
  const auto infer = [&] {
    return machine.infer_many(simulator, {x.data(), problems * most, 1}, {counts.data(), problems}, options);
  };
  const auto wanted = infer();
  options.context = Context(Backend::cuda);
  const auto got = infer();
  REQUIRE(got.size() == wanted.size());
  for (std::size_t b = 0; b < got.size(); ++b) {
    CAPTURE(b);
    const double mean = wanted[b].posterior.mean()[0], sd = wanted[b].posterior.standard_deviation()[0];
    // As for the loss above: 1e-3 of the posterior's width, of which a hundredth would be no harm.
    CHECK(std::fabs(got[b].posterior.mean()[0] - mean) <= 0.01 * sd);
    CHECK(std::fabs(got[b].posterior.standard_deviation()[0] - sd) <= 0.01 * sd);
    CHECK(got[b].simulator_calls == wanted[b].simulator_calls);
  }
  alfi::EvaluateOptions many;
  many.problems = 50;
  const alfi::Evaluation here = alfi::evaluate(machine, simulator, many);
  many.infer.context = options.context;
  const alfi::Evaluation there = alfi::evaluate(machine, simulator, many);
  CHECK(std::fabs(there.negative_log_density.mean - here.negative_log_density.mean) <= 0.01);
  CHECK(std::fabs(there.rmse_by_iteration.back()[0] - here.rmse_by_iteration.back()[0]) <=
        0.01 * here.rmse_by_iteration.back()[0]);
}
