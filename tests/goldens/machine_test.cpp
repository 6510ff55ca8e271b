#include <doctest/doctest.h>

#include <cmath>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/inference/network.hpp"
#include "support/golden.hpp"

/// The published machine is one setting of the configurable one: the same Network that is trained, with noise and
/// simulations injected.

namespace {

using alfi::Index;
using alfi_test::Golden;

alfi::Configuration published(const Golden& golden, bool detached) {
  const auto rows = [&](const char* name) { return golden.array(name).shape[0]; };
  alfi::Configuration c;
  c.proposal.family = "diagonal";
  c.proposal.start = "draw";
  c.network.cell = "gru";
  c.network.encoder = {rows("x_W1"), rows("x_W2"), rows("x_W3")};
  c.network.encoder_output = "tanh";
  c.network.features = "global";
  c.network.aggregator = {rows("t_W1"), rows("t_W2"), rows("t_W3")};
  c.network.machine = {rows("r_W0"), rows("r_W1")};
  c.network.state = golden.array("r_W_hidden").shape[1];
  c.network.bound = golden.scalar("bound");
  c.network.bound_kind = "clamp";
  c.network.update = "absolute";
  c.network.regression_step = false;
  c.network.coordinates = "legacy";
  c.train.through_time = true;
  c.train.gradient = detached ? "detached" : "reparameterized";
  return c;
}

/// The golden's name of one of the machine's tensors.
std::string golden_name(const std::string& slot) {
  const std::pair<const char*, const char*> names[] = {
      {"encoder.0", "x_1"},    {"encoder.1", "x_2"},    {"encoder.2", "x_3"}, {"aggregator.0", "t_1"},
      {"aggregator.1", "t_2"}, {"aggregator.2", "t_3"}, {"body.0", "r_0"},    {"body.1", "r_1"},
      {"head.0", "r_3"},       {"head.1", "r_4"}};
  if (slot == "cell.input") return "r_W_input";
  if (slot == "cell.hidden") return "r_W_hidden";
  if (slot == "cell.bias") return "r_bias";
  const std::size_t dot = slot.rfind('.');
  for (const auto& [ours, theirs] : names) {
    if (slot.substr(0, dot) != ours) continue;
    return std::string(theirs, 2) + (slot.substr(dot) == ".weight" ? "W" : "b") + (theirs + 2);
  }
  return slot;  // no golden has that: the test fails there, by name
}

template <class Run>
void check_machine(Run& run, bool detached) {
  using Real = typename Run::Scalar;
  using Var = alfi::autodiff::Var<Real>;
  const Golden& golden = run.golden();
  auto& tape = run.tape();
  const auto& observed_shape = golden.array("observed").shape;
  const auto& simulated_shape = golden.array("simulated").shape;
  const Index problems = observed_shape[0], n = observed_shape[1], size = observed_shape[2];
  const Index steps = simulated_shape[0], thetas = simulated_shape[2], each = simulated_shape[3];
  const Index p_count = golden.array("theta_true").shape[1];

  const alfi::Configuration configuration = published(golden, detached);
  alfi::ObservationShape shape;
  shape.names.resize(static_cast<std::size_t>(size));
  const alfi::Architecture architecture(configuration, p_count, shape);
  alfi::Network<Real> network(architecture);
  std::vector<Var> leaves;
  for (const alfi::TensorSlot& slot : architecture.slots) leaves.push_back(run.leaf(golden_name(slot.name)));
  network.bind(leaves);

  const alfi::kernels::SetPool pool{problems, n, {}, {}};
  const auto reading = network.read(tape, {{run.values("observed").data, problems * n, size}, {}, {}}, pool, {});
  alfi::Psi<Real> psi{tape.output(problems, p_count, false), tape.output(problems, p_count, false)};
  const Index entries = problems * p_count;
  for (Index i = 0; i < entries; ++i) {
    psi.mean.value.data[i] = static_cast<Real>(-1 + 2 * static_cast<double>(i) / static_cast<double>(entries - 1));
    psi.spread.value.data[i] = static_cast<Real>(std::log(0.1));
  }
  auto memory = network.no_memory(tape, problems);
  const Var truth = run.data("theta_true");
  std::vector<Real> got(static_cast<std::size_t>(problems * steps * 2 * p_count));
  std::vector<Var> losses;
  for (Index t = 0; t < steps; ++t) {
    alfi::Evidence<Real> evidence;
    evidence.noise = {run.values("noise").data + t * problems * thetas * p_count, problems * thetas, p_count};
    evidence.theta = network.sample(tape, psi, evidence.noise);
    if (detached) evidence.theta = tape.detach(evidence.theta);
    const alfi::MatView<const Real> features{run.values("simulated").data + t * problems * thetas * each * size,
                                             problems * thetas * each, size};
    evidence.encoded = network.encode(tape, {features, {}, {}}, {problems * thetas, each, {}, {}});
    psi = network.update(tape, reading, psi, evidence, memory);
    losses.push_back(mean(tape, network.negative_log_density(tape, psi, truth)));
    for (Index i = 0; i < entries; ++i) {
      const Index at = (i / p_count * steps + t) * 2 * p_count + i % p_count;
      got[static_cast<std::size_t>(at)] = psi.mean.value.data[i];
      got[static_cast<std::size_t>(at + p_count)] = psi.spread.value.data[i];
    }
  }
  const Index cols = golden.array("psi").cols();
  run.check_value("psi", alfi::MatView<const Real>{got.data(), static_cast<Index>(got.size()) / cols, cols});
  const Var loss = combine_iterations(tape, alfi::autodiff::Weighting::exponential_published, 3.0, losses);
  run.check_gradients({{"", loss}});
}

}  // namespace

TEST_CASE("machine_detached") {
  alfi_test::run_golden("machine_detached", [](auto& run) { check_machine(run, true); });
}

TEST_CASE("machine_reparameterized") {
  alfi_test::run_golden("machine_reparameterized", [](auto& run) { check_machine(run, false); });
}
