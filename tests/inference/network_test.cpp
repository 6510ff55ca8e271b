#include "alfi/inference/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "alfi/autodiff/elementwise.hpp"
#include "support/gradient.hpp"

using namespace alfi;
namespace ad = alfi::autodiff;
using alfi_test::random_input;

namespace {

constexpr Index kProblems = 2, kObserved = 5, kThetas = 7, kSimulated = 3, kSize = 2, kIterations = 2;

/// The two published ways of building a machine, as small as they go.
Configuration tiny(const std::string& family, const std::string& cell, bool relative) {
  Configuration c;
  c.proposal.family = family;
  c.network.cell = cell;
  c.network.encoder = {9, 4, 3};
  c.network.aggregator = {4, 3, 3};
  c.network.machine = {4, 4};
  c.network.state = 3;
  c.network.summaries = 3;
  if (!relative) {
    c.network.features = "global";
    c.network.update = "absolute";
    c.network.encoder_output = "tanh";
    c.network.regression_step = false;
    c.network.bound = 0.25;
  }
  return c;
}

Configuration with_mixture(Configuration c) {
  c.proposal.head = "mixture";
  c.proposal.components = 3;
  return c;
}

ObservationShape columns(Index count) {
  ObservationShape shape;
  shape.names.resize(static_cast<std::size_t>(count));
  return shape;
}

/// Everything the machine reads, made up.
struct World {
  Architecture architecture;
  Network<double> network;
  Index each, n_max;  ///< samples of a proposal, and observed ones of a problem
  ad::CheckInput observed, observed_absolute, observed_rough, observed_moments, absolute, log_ratio, ratio, truth;
  std::vector<ad::CheckInput> noise, simulated, simulated_absolute, rough, moments, rows, levels;
  std::vector<std::int32_t> counts{5, 3};
  std::vector<double> proposal_weights;
  std::vector<std::uint8_t> failed;

  World(const Configuration& c, Index parameters, const ObservationShape& shape = columns(kSize))
      : architecture(c, parameters, shape),
        network(architecture),
        each(shape.is_set ? kSimulated : 1),
        n_max(shape.is_set ? kObserved : 1),
        observed(random_input("observed", kProblems * n_max, shape.size())),
        observed_absolute(random_input("observed absolute", kProblems * n_max, shape.size())),
        observed_rough(random_input("observed roughness", kProblems * n_max, architecture.roughness)),
        observed_moments(random_input("observed moments", kProblems, architecture.moments)),
        absolute(random_input("absolute", kProblems, architecture.absolute)),
        log_ratio(random_input("log ratio", kProblems, 1)),
        ratio(random_input("ratio", kProblems, 1, 0.3)),
        truth(random_input("truth", kProblems, parameters)) {
    for (double& r : ratio.values) r = std::exp(r);
    for (Index t = 0; t < kIterations; ++t) {
      const std::string name = std::to_string(t);
      noise.push_back(random_input("noise" + name, kProblems * kThetas, parameters));
      simulated.push_back(random_input("simulated" + name, kProblems * kThetas * each, shape.size(), 3));
      rough.push_back(random_input("roughness" + name, kProblems * kThetas * each, architecture.roughness));
      moments.push_back(random_input("moments" + name, kProblems * kThetas, architecture.moments));
      levels.push_back(random_input("levels" + name, kProblems, architecture.levels));
      rows.push_back(random_input("rows" + name, kProblems * shape.length, architecture.row_inputs));
      simulated_absolute.push_back(random_input("shown" + name, kProblems * kThetas * each, shape.size(), 3));
    }
    if (!shape.is_set) counts = {1, 1};
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// One input for each tensor: its start, and something on what starts at zero.
  std::vector<ad::CheckInput> weights() const {
    std::vector<double> initial(static_cast<std::size_t>(architecture.weights));
    initialize_weights(architecture, 11, initial.data());
    std::vector<ad::CheckInput> all;
    for (const TensorSlot& slot : architecture.slots) {
      // More on the summaries, so that their ReLUs do not all answer alike with and without a difference.
      const bool summary = slot.name.rfind("summary.", 0) == 0 && slot.name != "summary.log_floor";
      ad::CheckInput input = random_input(slot.name, slot.rows, slot.cols, summary ? 0.8 : 0.2);
      for (std::size_t i = 0; i < input.values.size(); ++i) {
        input.values[i] += initial[static_cast<std::size_t>(slot.offset) + i];
      }
      all.push_back(input);
    }
    return all;
  }

  static MatView<const double> view(const ad::CheckInput& input) {
    return {input.values.data(), input.rows, input.cols};
  }

  Reading<double> read(ad::Tape<double>& tape) const {
    const kernels::SetPool pool{kProblems, n_max, {counts.data(), kProblems}, {}};
    return network.read(tape, {view(observed), view(observed_absolute), view(observed_rough), view(observed_moments)},
                        pool, view(absolute));
  }

  Psi<double> update(ad::Tape<double>& tape, const Reading<double>& reading, const Psi<double>& psi, std::size_t t,
                     ad::Memory<double>& memory) const {
    Evidence<double> evidence;
    evidence.noise = view(noise[t]);
    evidence.theta = network.sample(tape, psi, evidence.noise);
    const Samples<double> samples{view(simulated[t]), view(simulated_absolute[t]), view(rough[t]), view(moments[t])};
    const kernels::SetPool pool{kProblems * kThetas, each, {}, {}};
    evidence.encoded = network.encode(tape, samples, pool);
    evidence.projected = network.project(tape, samples, pool);
    evidence.observed = {counts.data(), kProblems};
    if (architecture.row_inputs > 0) evidence.rows = view(rows[t]), evidence.levels = view(levels[t]);
    evidence.weights = {proposal_weights.data(), static_cast<Index>(proposal_weights.size())};
    evidence.failed = {failed.data(), static_cast<Index>(failed.size())};
    evidence.ratio = {ratio.values.data(), kProblems};
    evidence.log_ratio = view(log_ratio);
    return network.update(tape, reading, psi, evidence, memory);
  }

  /// The whole machine: the mean loss of every iteration, added up.
  ad::Var<double> loss(ad::Tape<double>& tape, const std::vector<ad::Var<double>>& leaves) {
    network.bind(leaves);
    const Reading<double> reading = read(tape);
    Psi<double> psi = network.start(tape, reading);
    ad::Memory<double> memory = network.no_memory(tape, kProblems);
    ad::Var<double> sum;
    for (std::size_t t = 0; t < kIterations; ++t) {
      psi = update(tape, reading, psi, t, memory);
      const ad::Var<double> here = ad::mean(tape, network.trained_loss(tape, psi, tape.data(view(truth))));
      sum = t == 0 ? here : ad::add(tape, sum, here);
    }
    return sum;
  }
};

std::vector<ad::Var<double>> as_data(ad::Tape<double>& tape, const std::vector<ad::CheckInput>& weights) {
  std::vector<ad::Var<double>> leaves;
  for (const ad::CheckInput& w : weights) leaves.push_back(tape.data(World::view(w)));
  return leaves;
}

ObservationShape series(Index columns, Index length) {
  ObservationShape shape = ::columns(columns);
  shape.is_set = false;
  shape.length = length;
  return shape;
}

void check_gradient_of(const Configuration& c, Index parameters, const ObservationShape& shape = columns(kSize)) {
  CAPTURE(c.proposal.family);
  CAPTURE(c.network.cell);
  CAPTURE(c.network.update);
  CAPTURE(parameters);
  World world(c, parameters, shape);
  // A step this small so that next to no ReLU changes sides within it; what remains of the differences' error is
  // rounding, 5 eps |loss| / step = 1e-9 for a loss of 10, some ten times that for the sums behind it.
  const ad::GradientError worst = ad::check_gradient(
      [&world](ad::Tape<double>& tape, const std::vector<ad::Var<double>>& leaves) { return world.loss(tape, leaves); },
      world.weights(), 1e-5);
  CAPTURE(worst.where);
  CAPTURE(worst.adjoint);
  CAPTURE(worst.difference);
  CHECK(worst.error <= 1e-7);
}

}  // namespace

TEST_CASE("the whole machine has the right gradient: both families, cells and ways, through time") {
  for (const char* family : {"diagonal", "full"}) {
    for (const char* cell : {"lstm", "gru"}) {
      for (const bool relative : {true, false}) check_gradient_of(tiny(family, cell, relative), 2);
    }
  }
}

TEST_CASE("the whole machine has the right gradient for one parameter and for three") {
  check_gradient_of(tiny("full", "gru", true), 1);
  check_gradient_of(tiny("full", "lstm", true), 3);
}

TEST_CASE("the whole machine has the right gradient with a first guess and without the regression step") {
  Configuration c = tiny("full", "lstm", true);
  c.proposal.start = "guess";
  check_gradient_of(c, 2);
  c.network.regression_step = false;
  check_gradient_of(c, 2);
}

TEST_CASE("the whole machine has the right gradient where sets have moments and are seen along directions") {
  Configuration c = tiny("full", "lstm", true);
  c.network.pool = "mean+max";
  check_gradient_of(c, 2);
  c.network.moments = true;
  c.proposal.start = "guess";
  check_gradient_of(c, 2);
}

TEST_CASE("the whole machine has the right gradient where it sees a vector or a sequence") {
  Configuration c = tiny("full", "lstm", true);
  c.network.encoder_kind = "vector";
  check_gradient_of(c, 2, series(4, 1));
  c.network.encoder_kind = "sequence";
  check_gradient_of(c, 2, series(2, 4));
  c.network.features = "global";
  check_gradient_of(c, 2, series(2, 4));
}

TEST_CASE("the whole machine has the right gradient with a mixture as its answer, whatever proposes") {
  for (const char* family : {"diagonal", "full"}) {
    for (const bool relative : {true, false}) check_gradient_of(with_mixture(tiny(family, "lstm", relative)), 2);
  }
  check_gradient_of(with_mixture(tiny("full", "gru", true)), 1);
  Configuration logarithmic = with_mixture(tiny("full", "lstm", true));
  logarithmic.network.spread = "logarithmic";
  check_gradient_of(logarithmic, 2);
}

TEST_CASE("a mixture's components start apart, with the mean and the sds of the proposal") {
  for (const Index parameters : {1, 2, 5}) {
    for (const Index components : {1, 2, 4, 16}) {
      CAPTURE(parameters);
      CAPTURE(components);
      const std::vector<double> all = initial_components(components, parameters);
      const Index size = 1 + parameters + parameters * (parameters + 1) / 2;
      REQUIRE(static_cast<Index>(all.size()) == components * size);
      const auto at = [&](Index j, Index i) { return all[static_cast<std::size_t>(j * size + i)]; };
      for (Index p = 0; p < parameters; ++p) {
        double mean = 0, square = 0;
        for (Index j = 0; j < components; ++j) {
          CHECK(at(j, 0) == 0);  // they weigh the same
          const double share = 1 / static_cast<double>(components),
                       sd = std::exp(at(j, 1 + parameters + p * (p + 3) / 2));
          mean += share * at(j, 1 + p);
          square += share * (sd * sd + at(j, 1 + p) * at(j, 1 + p));
        }
        CHECK(std::abs(mean) <= 1e-14);  // a few roundings of sums of size 1
        CHECK(std::abs(square - 1) <= 1e-14);
      }
      // Points that fill a cube of sides 0.7 sqrt 12: none much closer than a third of what an even grid leaves.
      const double even =
          0.7 * std::sqrt(12.0) * std::pow(static_cast<double>(components), -1.0 / static_cast<double>(parameters));
      for (Index j = 0; j < components; ++j) {
        for (Index k = 0; k < j; ++k) {
          double square = 0;
          for (Index p = 1; p <= parameters; ++p) square += (at(j, p) - at(k, p)) * (at(j, p) - at(k, p));
          CHECK(std::sqrt(square) >= 0.3 * even);
        }
      }
    }
  }
}

TEST_CASE("before it has learned anything a machine's mixture is near its proposal") {
  for (const char* family : {"diagonal", "full"}) {
    World world(with_mixture(tiny(family, "lstm", true)), 2);
    std::vector<double> initial(static_cast<std::size_t>(world.architecture.weights));
    initialize_weights(world.architecture, 11, initial.data());
    ad::Tape<double> tape{alfi::Context()};
    world.network.bind(tape, initial.data(), nullptr);
    const Reading<double> reading = world.read(tape);
    ad::Memory<double> memory = world.network.no_memory(tape, kProblems);
    const Psi<double> psi = world.update(tape, reading, world.network.start(tape, reading), 0, memory);
    REQUIRE(psi.mixture.mean.rows() == 3 * kProblems);
    for (Index b = 0; b < kProblems; ++b) {
      const double sd = std::exp(psi.spread.value(b, 0));
      double mean = 0, square = 0;
      for (Index row = 3 * b; row < 3 * b + 3; ++row) {
        const double away = (psi.mixture.mean.value(row, 0) - psi.mean.value(b, 0)) / sd;
        const double narrower = std::exp(psi.mixture.cholesky.value(row, 0)) / sd;
        mean += away / 3;
        square += (away * away + narrower * narrower) / 3;
      }
      // The bound's tanh takes 0.9^3 / (3 * 25) = 1 % of a move of 0.9.
      CHECK(std::abs(mean) <= 0.01);
      CHECK(std::abs(square - 1) <= 0.02);
    }
  }
}

TEST_CASE("a mixture of components that are all the proposal has its density") {
  World world(with_mixture(tiny("full", "lstm", true)), 2);
  auto weights = world.weights();
  for (ad::CheckInput& w : weights) {
    if (w.name.rfind("mixture.1", 0) == 0) std::fill(w.values.begin(), w.values.end(), 0.0);
  }
  ad::Tape<double> tape{alfi::Context()};
  world.network.bind(as_data(tape, weights));
  const Reading<double> reading = world.read(tape);
  ad::Memory<double> memory = world.network.no_memory(tape, kProblems);
  const Psi<double> psi = world.update(tape, reading, world.network.start(tape, reading), 0, memory);
  const ad::Var<double> truth = tape.data(World::view(world.truth));
  const ad::Var<double> answer = world.network.negative_log_density(tape, psi, truth),
                        trained = world.network.trained_loss(tape, psi, truth),
                        proposal = world.network.negative_log_density(tape, {psi.mean, psi.spread}, truth);
  for (Index b = 0; b < kProblems; ++b) {  // a few roundings of sums of size 10
    CHECK(std::abs(answer.value(b, 0) - proposal.value(b, 0)) <= 1e-13 * (1 + std::abs(proposal.value(b, 0))));
    CHECK(std::abs(trained.value(b, 0) - proposal.value(b, 0)) <= 1e-13 * (1 + std::abs(proposal.value(b, 0))));
  }
}

TEST_CASE("what could not be simulated is as good as never proposed") {
  // Two of the seven proposals of each problem: whatever they hold, the next psi is that of the other five, but for
  // the fewer degrees of freedom, which the regression takes from K.
  Configuration c = tiny("full", "lstm", true);
  c.network.encoder_kind = "vector";
  const auto next_psi = [&](double junk) {
    World world(c, 2, series(3, 1));
    for (Index row = 0; row < kProblems * kThetas; ++row) {
      const bool lost = row % kThetas == 1 || row % kThetas == 4;
      world.failed.push_back(lost ? 1 : 0);
      world.proposal_weights.push_back(lost ? 0 : 7.0 / 5);
      for (Index d = 0; lost && d < 3; ++d) {
        world.simulated[0].values[static_cast<std::size_t>(row * 3 + d)] = junk;
        if (d < 2) world.noise[0].values[static_cast<std::size_t>(row * 2 + d)] = junk / 10;
      }
    }
    ad::Tape<double> tape{alfi::Context()};
    const auto weights = world.weights();
    world.network.bind(as_data(tape, weights));
    const Reading<double> reading = world.read(tape);
    ad::Memory<double> memory = world.network.no_memory(tape, kProblems);
    const Psi<double> psi = world.update(tape, reading, world.network.start(tape, reading), 0, memory);
    std::vector<double> all(psi.mean.value.data, psi.mean.value.data + psi.mean.value.size());
    all.insert(all.end(), psi.spread.value.data, psi.spread.value.data + psi.spread.value.size());
    return all;
  };
  const std::vector<double> a = next_psi(0), b = next_psi(3), c5 = next_psi(-20);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(std::abs(a[i] - b[i]) < 1e-12);
    CHECK(std::abs(a[i] - c5[i]) < 1e-12);
  }
}

TEST_CASE("no tensor is without effect, but for the bias that the summaries' zero takes away again") {
  World world(with_mixture(tiny("full", "lstm", true)), 2);
  const auto weights = world.weights();
  ad::Tape<double> tape{alfi::Context()};
  std::vector<std::vector<double>> gradients;
  std::vector<ad::Var<double>> leaves;
  for (const ad::CheckInput& w : weights) gradients.emplace_back(w.values.size(), 0.0);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    leaves.push_back(tape.leaf(World::view(weights[i]), {gradients[i].data(), weights[i].rows, weights[i].cols}));
  }
  tape.backward(world.loss(tape, leaves));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CAPTURE(weights[i].name);
    double largest = 0;
    for (const double g : gradients[i]) largest = std::max(largest, std::abs(g));
    CAPTURE(largest);
    CHECK((largest > 1e-6) == (weights[i].name != "summary.1.bias"));
  }
}

TEST_CASE("psi_0 of the prior start is the prior, whatever was observed") {
  for (const char* family : {"diagonal", "full"}) {
    World world(tiny(family, "lstm", true), 2);
    ad::Tape<double> tape{alfi::Context()};
    const auto weights = world.weights();
    world.network.bind(as_data(tape, weights));
    const Psi<double> psi = world.network.start(tape, world.read(tape));
    for (const double m : psi.mean.value.flat()) CHECK(m == 0);
    for (const double s : psi.spread.value.flat()) CHECK(s == 0);  // logarithms on the diagonal: the identity
    // Samples of N(0, I) are their noise, and the loss at theta is theta^2 / 2 + P log(2 pi) / 2.
    const auto samples = world.network.sample(tape, psi, World::view(world.noise[0]));
    for (Index i = 0; i < samples.value.size(); ++i) {
      CHECK(samples.value.data[i] == world.noise[0].values[static_cast<std::size_t>(i)]);
    }
    const auto loss = world.network.negative_log_density(tape, psi, tape.data(World::view(world.truth)));
    for (Index b = 0; b < kProblems; ++b) {
      const double x = world.truth.values[static_cast<std::size_t>(2 * b)];
      const double y = world.truth.values[static_cast<std::size_t>(2 * b + 1)];
      const double wanted = (x * x + y * y) / 2 + std::log(2 * 3.14159265358979323846);
      CHECK(std::abs(loss.value(b, 0) - wanted) <= 1e-14 * (1 + wanted));  // a few roundings
    }
  }
}

TEST_CASE("an update moves no further than its bound, and remembers") {
  World world(tiny("diagonal", "gru", false), 2);
  ad::Tape<double> tape{alfi::Context()};
  auto weights = world.weights();
  for (ad::CheckInput& w : weights) {
    for (double& entry : w.values) entry *= 20;
  }
  world.network.bind(as_data(tape, weights));
  const Reading<double> reading = world.read(tape);
  const Psi<double> prior = world.network.start(tape, reading);
  ad::Memory<double> memory = world.network.no_memory(tape, kProblems);
  const double* before = memory.h.value.data;
  const Psi<double> next = world.update(tape, reading, prior, 0, memory);
  double furthest = 0;
  for (const double m : next.mean.value.flat()) furthest = std::max(furthest, std::abs(m));
  for (const double s : next.spread.value.flat()) furthest = std::max(furthest, std::abs(s));
  CHECK(furthest <= 0.25);
  CHECK(furthest > 0.2);  // such weights do push against it
  CHECK(memory.h.value.data != before);
  CHECK(memory.h.value(0, 0) != 0);
}
