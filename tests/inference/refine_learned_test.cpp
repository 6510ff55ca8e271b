#include "alfi/inference/refine_learned.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "alfi/core/error.hpp"
#include "alfi/inference/count_network.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/likelihood_network.hpp"
#include "alfi/inference/mixture_fit.hpp"
#include "inference/series.hpp"

using namespace alfi;

namespace {

double normal_density(double x, double sd) {
  return std::exp(-0.5 * x * x / (sd * sd)) / (sd * std::sqrt(6.283185307));
}

/// x = |theta| and noise whose sd is 0.05 or 0.5, as a coin says: two modes, each a peak within a peak.
struct Folded {
  static constexpr double kNarrow = 0.05, kBroad = 0.5;
  struct Prepared {
    double fold;
  };
  Prepared prepare(const float* theta) const { return {std::abs(static_cast<double>(theta[0]))}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    const double sd = random.uniform_double() < 0.5 ? kNarrow : kBroad;
    *x = static_cast<float>(p.fold + sd * random.normal_double());
    return Status::ok;
  }
  static double density(double theta, double x) {
    const double away = x - std::abs(theta);
    return 0.5 * normal_density(away, kNarrow) + 0.5 * normal_density(away, kBroad);
  }
};

/// x = theta and Gaussian noise.
struct Plain {
  struct Prepared {
    double theta;
  };
  Prepared prepare(const float* theta) const { return {static_cast<double>(theta[0])}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    *x = static_cast<float>(p.theta + 0.5 * random.normal_double());
    return Status::ok;
  }
};

/// x = theta and noise by Cauchy's law, which has no variance.
struct HeavyTailed {
  struct Prepared {
    double theta;
  };
  Prepared prepare(const float* theta) const { return {static_cast<double>(theta[0])}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    const double z = random.normal_double();
    *x = static_cast<float>(p.theta + 0.2 * z / random.normal_double());
    return Status::ok;
  }
};

/// A count of a few, Poisson with mean exp(theta / 2), and a number that hangs on both: 0.3 theta - 0.4 count, noise of
/// sd 0.5.
struct Counted {
  static constexpr double kSd = 0.5;
  struct Prepared {
    double theta;
  };
  Prepared prepare(const float* theta) const { return {static_cast<double>(theta[0])}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    const double floor = std::exp(-std::exp(p.theta / 2));
    double product = 1;
    int count = -1;
    for (; product > floor; ++count) product *= random.uniform_double();
    x[0] = static_cast<float>(count);
    x[1] = static_cast<float>(0.3 * p.theta - 0.4 * count + kSd * random.normal_double());
    return Status::ok;
  }
  static double density(double theta, const float* x) {
    const double count = static_cast<double>(x[0]), away = static_cast<double>(x[1]) - 0.3 * theta + 0.4 * count;
    return std::exp(count * theta / 2 - std::exp(theta / 2)) * normal_density(away, kSd);
  }
};

SimulatorInfo one_number(const std::string& name) {
  SimulatorInfo info;
  info.name = name;
  info.parameters = {{"theta", "", "", Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  info.observation.is_set = false;
  return info;
}

Simulator make_folded() { return make_simulator(one_number("folded"), Folded{}); }

/// By an answer to one parameter with a normal prior; by sums over a grid.
double nats_lost(const MixtureState& answer, const std::function<double(double)>& likelihood) {
  double total = 0, lost = 0;
  Points grid{{}, 1};
  std::vector<double> exact;
  for (double u = -5; u < 5; u += 0.002) {
    grid.data.push_back(u);
    exact.push_back(normal_density(u, 1) * likelihood(u));
    total += exact.back();
  }
  const std::vector<double> found = log_density_of(answer, grid);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    lost += exact[i] / total * (std::log(exact[i] / total / 0.002) - found[i]);
  }
  return lost;
}

RefineSetting setting_of(const Simulator& simulator, const Normalization& normalization, Index simulations) {
  RefineSetting setting;
  setting.by = RefineBy::learned;
  setting.simulator = &simulator;
  setting.normalization = &normalization;
  setting.simulations = simulations;
  return setting;
}

}  // namespace

TEST_CASE("likelihood network: learns what a regression cannot, and says which is the better") {
  const Index count = 6000;
  std::vector<double> places, values;
  double entropy = 0;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(1, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    const double theta = random.normal_double();
    float x = 0;
    Folded{}(Folded{}.prepare(std::vector<float>{static_cast<float>(theta)}.data()), random, &x);
    places.push_back(theta);
    values.push_back(static_cast<double>(x));
    entropy += std::log(Folded::density(theta, values.back())) / static_cast<double>(count);
  }
  const auto learned = [&](Index components, Index steps) {
    LikelihoodPlan plan;
    plan.components = components;
    plan.steps = steps;
    return LikelihoodNetwork({places.data(), count, 1}, 1, {values.data(), count, 1}, {1e-9}, plan);
  };
  const LikelihoodNetwork one = learned(1, 600), several = learned(4, 1500);
  CHECK(one.regression_held_out() < one.held_out());
  CHECK(one.held_out() < several.held_out() - 0.2);
  // The held-out 600 know their own mean log density to 1 / sqrt(600) = 0.04.
  CHECK(std::abs(several.held_out() - entropy) < 0.15);
  double worst = 0;
  const std::vector<double> grid{-1.5, -0.8, -0.3, 0.4, 1.0, 1.7};
  const double x = 0.9;
  const std::vector<double> found = several.log_likelihood({grid.data(), 6, 1}, {&x, 1, 1});
  for (std::size_t i = 0; i < grid.size(); ++i) {
    worst = std::max(worst, std::abs(found[i] - std::log(Folded::density(grid[i], x))));
  }
  CHECK(worst < 0.4);
  MESSAGE("held out ", several.held_out(), " of ", entropy, ", worst log density off by ", worst);
  CHECK_THROWS_WITH_AS(LikelihoodNetwork({places.data(), 4, 1}, 1, {values.data(), 4, 1}, {1e-9}, {}),
                       doctest::Contains("got 4 simulations, expected at least 6"), NumericError);
}

TEST_CASE("refine by a learned likelihood: two modes, noise that is no Gaussian: nearly the exact posterior") {
  const Simulator folded = make_folded();
  const Normalization normalization = standardize(folded, 1, 500, 1);
  const RefineSetting setting = setting_of(folded, normalization, 5000);
  const MixtureState start{{MixtureComponent{0, {{0}, {1}}}}};
  const float x = 0.8f;
  const Refinement refined = refine(setting, start, {&x, 1, 1});
  CHECK(refined.holds);
  CHECK(refined.by == RefineBy::learned);
  REQUIRE(refined.warnings.size() == 1);
  CHECK(refined.warnings[0].find(": answers from fewer than 10000 can be too narrow") != std::string::npos);
  CHECK(refined.simulator_calls == 5000);
  const double lost = nats_lost(refined.answer, [&](double u) { return Folded::density(u, static_cast<double>(x)); });
  CHECK(lost < 0.08);
  MESSAGE("nats lost: ", lost, " with ", refined.answer.components.size(), " components");
}

TEST_CASE("count network: how likely a count is the observed one, where a density would be smooth across it") {
  const Index count = 10000;
  std::vector<double> places, beyond;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(1, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    places.push_back(random.normal_double());
    float x[2];
    Counted{}({places.back()}, random, x);
    beyond.push_back(static_cast<double>(x[0]) - 1);
  }
  const CountNetwork network({places.data(), count, 1}, beyond, 800, 1);
  const std::vector<double> grid{-2, -1, 0, 1, 2};
  const std::vector<double> found = network.log_probability({grid.data(), 5, 1});
  for (std::size_t i = 0; i < grid.size(); ++i) {
    CAPTURE(grid[i]);
    CHECK(found[i] == doctest::Approx(grid[i] / 2 - std::exp(grid[i] / 2)).epsilon(0.05));
  }
}

TEST_CASE(
    "refine by a learned likelihood: a count of a few and a number that hangs on it: nearly the exact posterior") {
  SimulatorInfo info = one_number("counted");
  info.observation.names = {"count", "number"};
  info.observation.units = {"", ""};
  const Simulator counted = make_simulator(info, Counted{});
  const Normalization normalization = standardize(counted, 1, 500, 1);
  const RefineSetting setting = setting_of(counted, normalization, 8000);
  const float x[2] = {0, 0.9f};
  const Refinement refined = refine(setting, MixtureState{{MixtureComponent{0, {{0}, {1}}}}}, {x, 1, 2});
  CHECK(refined.holds);
  const double lost = nats_lost(refined.answer, [&](double u) { return Counted::density(u, x); });
  CHECK(lost < 0.002);  // 0.005 where the count is blurred, as others are
  MESSAGE("nats lost: ", lost, " with ", refined.answer.components.size(), " components");
}

TEST_CASE("refine by what explains simulations better: Gaussian noise near by is left to the emulator, other is not") {
  const MixtureState start{{MixtureComponent{0, {{0}, {1}}}}};
  const float x = 0.8f;
  const auto refined = [&](const Simulator& simulator, RefineBy by) {
    const Normalization normalization = standardize(simulator, 1, 500, 1);
    RefineSetting setting = setting_of(simulator, normalization, 2000);
    setting.by = by;
    return refine(setting, start, {&x, 1, 1});
  };
  // By the emulator: one Gaussian.
  const Simulator plain = make_simulator(one_number("plain"), Plain{});
  const Refinement gaussian = refined(plain, RefineBy::automatic);
  CHECK(gaussian.simulator_calls == 2000);
  CHECK(gaussian.by == RefineBy::local);
  CHECK(gaussian.warnings.empty());
  REQUIRE(gaussian.answer.components.size() == 1);
  // Of N(theta, 0.5) under N(0, 1): mean 0.8 x, sd 0.2^0.5; from 2000 simulations to some tenth of that.
  CHECK(std::abs(gaussian.answer.components[0].gaussian.mean[0] - 0.64) < 0.08);
  CHECK(std::abs(gaussian.answer.components[0].gaussian.cholesky[0] - std::sqrt(0.2)) < 0.08);
  const Refinement folded = refined(make_folded(), RefineBy::automatic);
  CHECK(folded.simulator_calls == 2000);
  CHECK(folded.holds);
  CHECK(folded.by == RefineBy::learned);
  CHECK(folded.answer.components.size() > 1);
}

TEST_CASE("refine by a learned likelihood: simulations that are enough by the choice that was made") {
  const MixtureState start{{MixtureComponent{0, {{0}, {1}}}}};
  const float x = 0.8f;
  const auto warned = [&](RefineBy by, const std::string& enough) {
    const Simulator folded = make_folded();
    const Normalization normalization = standardize(folded, 1, 500, 1);
    RefineSetting setting = setting_of(folded, normalization, 2000);
    setting.by = by;
    const Refinement refined = refine(setting, start, {&x, 1, 1});
    REQUIRE(refined.holds);
    REQUIRE(refined.by == RefineBy::learned);
    REQUIRE(refined.warnings.size() == 1);
    return refined.warnings[0].find(" refine " + enough + " or more") != std::string::npos;
  };
  CHECK(warned(RefineBy::learned, "10000"));
  CHECK(warned(RefineBy::automatic, "12500"));  // a fifth of them tries the emulator
}

TEST_CASE("refine: what an answer says of a place where nothing is simulated comes with a warning") {
  const Simulator plain = make_simulator(one_number("plain"), Plain{});
  const Normalization normalization = standardize(plain, 1, 500, 1);
  const RefineSetting setting = setting_of(plain, normalization, 2000);
  const auto far = [&](float x) {
    const Refinement refined = refine(setting, {{MixtureComponent{0, {{0}, {1}}}}}, {&x, 1, 1});
    REQUIRE(refined.holds);
    std::string found;
    for (const std::string& warning : refined.warnings) {
      if (warning.find("further than 5.2 prior sds out") != std::string::npos) found = warning;
    }
    MESSAGE("at ", x, ": mean ", moments_of(refined.answer).mean[0], ", ", found);
    return found;
  };
  // Of N(theta, 0.5) under N(0, 1): mean 0.8 x, sd 0.45: 6.4, and 2.4, six sds from 5.2.
  CHECK(far(3).empty());
  const std::string warning = far(8);
  CHECK(warning.rfind("refinement: ", 0) == 0);
  CHECK(warning.find(" % of its answer have theta further") != std::string::npos);
}

TEST_CASE("refine: an answer that is left out says why in one warning, and gives no advice about itself") {
  const Simulator tailed = make_simulator(one_number("tailed"), HeavyTailed{});
  const Normalization normalization = standardize(tailed, 1, 500, 1);
  RefineSetting setting = setting_of(tailed, normalization, 1000);
  setting.by = RefineBy::local;
  const float x = 0.8f;
  const Refinement refined = refine(setting, {{MixtureComponent{0, {{0}, {1}}}}}, {&x, 1, 1});
  CHECK_FALSE(refined.holds);
  REQUIRE(refined.warnings.size() == 1);
  const std::string& warning = refined.warnings[0];
  CHECK(warning.rfind("refinement: left out, the answer is the machine's own: ", 0) == 0);
  CHECK(warning.find("not Gaussian") != std::string::npos);
  CHECK(warning.find("a learned likelihood does not assume it") != std::string::npos);
  CHECK(warning.find("believe") == std::string::npos);
}

TEST_CASE("refine by a learned likelihood: a machine's answer, calls counted; what it is not for is refused") {
  const Simulator folded = make_folded();
  Configuration c = alfi_test::small_configuration(folded);
  c.infer.refine = 1000;
  c.infer.likelihood = "learned";
  Trainer trainer(c, folded, 1);
  for (int i = 0; i < 5; ++i) trainer.advance();
  const float x = 0.8f;
  const Machine machine = trainer.machine();
  const Inference inference = machine.infer(folded, {&x, 1, 1});
  CHECK(machine.infer(folded, {&x, 1, 1}).posterior.mean() == inference.posterior.mean());
  CHECK(inference.simulator_calls == 1000 + c.train.iterations * c.train.thetas);
  CHECK(inference.posterior.components().size() > 1);
  REQUIRE(inference.warnings.size() >= 1);
  CHECK(inference.warnings.back().find("learned from 1000 simulations") != std::string::npos);

  CHECK(can_refine_learned(folded.info().observation));
  CHECK_FALSE(can_refine_learned(make_builtin_simulator("lotka_volterra").info().observation));
  CHECK_FALSE(can_refine_learned(make_builtin_simulator("poisson").info().observation));
  Configuration sets = alfi_test::small_configuration("poisson");
  sets.infer = c.infer;
  Trainer poisson(sets, make_builtin_simulator("poisson"), 1);
  const float counts[3] = {2, 3, 4};
  InferOptions wrong;
  wrong.likelihood = "exact";
  CHECK_THROWS_WITH_AS(machine.infer(folded, {&x, 1, 1}, wrong), doctest::Contains("likelihood is \"exact\", expected"),
                       InputError);
  CHECK_THROWS_WITH_AS(poisson.machine().infer(make_builtin_simulator("poisson"), {counts, 3, 1}),
                       doctest::Contains("got \"learned\" for sets"), InputError);
  c.infer.refine = 0;
  Trainer plain(c, folded, 1);
  plain.advance();
  wrong.likelihood = "auto";
  CHECK_THROWS_WITH_AS(plain.machine().infer(folded, {&x, 1, 1}, wrong),
                       doctest::Contains("likelihood is \"auto\", which is a refinement's, but refine is 0"),
                       InputError);
}
