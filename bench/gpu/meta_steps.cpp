#include <cmath>
#include <memory>

#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "benchmark.hpp"
#include "support/published.hpp"

/// meta_step/paper/<precision>: a whole meta-step (priors, simulations, encoders, cell, loss, adjoint, Adam) at the
/// published sizes (support/published.hpp); meta_step/reference/<precision>: B 4096, K 20, M 20, T 15, N 20;
/// meta_step/default/<precision>: the default machine and training. By the host's clock: what a user waits for.
/// Checked: the first step's loss against the CPU's in float, which draws the same problems.

namespace bench {
namespace {

struct Size {
  const char* name;
  void (*change)(alfi::Configuration&);
};

void reference_sizes(alfi::Configuration& c) {
  c.problem.observed_min = c.problem.observed_max = 20;
  c.train.problems = 4096;
  c.train.shard = 32;  // on the CPU
  c.train.iterations = 15;
}

void default_sizes(alfi::Configuration& c) {
  const std::string precision = c.train.precision;
  c = alfi::Configuration();
  c.simulator.name = "poisson";
  c.train.precision = precision;
}

constexpr Size kSizes[] = {
    {"paper", [](alfi::Configuration&) {}}, {"reference", reference_sizes}, {"default", default_sizes}};

alfi::Configuration configuration(const Size& size, const std::string& precision) {
  alfi::Configuration c = published("poisson", precision);
  size.change(c);
  return c;
}

/// Multiply-adds, twice: both encodings, the theta network and the machine, forward and, two more for each, backward.
double flop(const alfi::Configuration& c) {
  const auto& n = c.network;
  const auto& t = c.train;
  const auto layers = [](double inputs, const std::vector<alfi::Index>& widths) {
    double sum = 0;
    for (const alfi::Index width : widths) sum += inputs * static_cast<double>(width), inputs = double(width);
    return sum;
  };
  const double b = double(t.problems), k = double(t.thetas), m = double(t.observations), steps = double(t.iterations);
  const double encoded = b * (double(c.problem.observed_max) + k * m * steps);
  const double theta = b * k * steps, e = double(n.encoder.back()), state = double(n.state);
  const double machine =
      layers(double(n.aggregator.back()) + 2, n.machine) + 3 * state * (double(n.machine.back()) + state);
  return 2 * 3 * (encoded * layers(1, n.encoder) + theta * layers(2 * e + 3, n.aggregator) + b * steps * machine);
}

Measured meta_step(const Session& session, const Size& size, const Products& products) {
  const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");
  const alfi::Configuration c = configuration(size, products.precision == kFloat.precision ? "float" : "tf32");
  auto check = std::make_unique<alfi::Trainer>(configuration(size, "float"), simulator, 0);
  alfi::Trainer trainer(c, simulator, 0, session.gpu);
  const double wanted = check->advance().loss, loss = trainer.advance().loss;
  check.reset();
  Measured m;
  // One count in many thousands is another than the CPU's, and thousands of sums are rounded otherwise; T updates
  // follow each other. TF32 is wrong by 1e-3 in each product.
  m.answer = {std::fabs(loss - wanted) / (1 + std::fabs(wanted)), products.precision == kFloat.precision ? 1e-3 : 2e-2};
  for (int i = 0; i < 3; ++i) trainer.advance();  // recorded in the second step
  m.timing = time_by_clock(session.seconds, [&] { trainer.advance(); });
  if (size.change != default_sizes) m.least = {flop(c), products.rate(session.roofs), 0};
  const double calls = double(c.train.thetas * c.train.observations * c.train.iterations + c.problem.observed_max);
  m.items = static_cast<double>(c.train.problems) * (size.change == default_sizes ? 0 : calls);
  m.item = "simulator_call";
  return m;
}

}  // namespace

void add_meta_steps(std::vector<Benchmark>& all) {
  for (const Size& size : kSizes) {
    for (const Products& products : {kFloat, kTf32}) {
      all.push_back({std::string("meta_step/") + size.name + "/" + products.name,
                     [=](const Session& session) { return meta_step(session, size, products); }});
    }
  }
}

}  // namespace bench
