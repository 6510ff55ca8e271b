#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/inference/inferrer.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/kernels/set_encoder.hpp"
#include "alfi/simulators/functor.hpp"

/// inference/published: one set of 100 observations by a machine with encoder [50, 50, 20] and state 40 on one core,
/// K = 8, M = 64, T = 5. Of one iteration, in microseconds: added_us, beside the simulator's own calls; encoder_us, the
/// bare encoder on the same 512 rows; both the least of many, each measured in turn with the other, so that a busy
/// machine tells the same. once_us: what a problem costs beside its iterations. first_ms: a fresh Inferrer's first
/// answer. Checked first: an Inferrer answers as the machine does.

namespace {

using alfi::Index;
using Clock = std::chrono::steady_clock;

constexpr Index kThetas = 8, kObservations = 64, kRows = kThetas * kObservations, kObserved = 100, kIterations = 5;

/// Nearly free, so that its own time hides nothing.
struct Cheap {
  struct Prepared {
    float mean;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {theta[0]}; }
  ALFI_HD alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    x[0] = p.mean + random.uniform();
    return alfi::Status::ok;
  }
};

alfi::Simulator cheap() {
  alfi::SimulatorInfo info;
  info.name = "cheap";
  info.parameters = {{"mean", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return alfi::make_simulator(info, Cheap{});
}

alfi::Configuration configuration() {
  alfi::Configuration c;
  c.simulator.name = "cheap";
  c.network.encoder[0] = c.network.encoder[1] = 50;
  c.network.encoder[2] = 20;
  c.network.state = 40;
  c.train.thetas = kThetas;
  c.train.observations = c.train.observations_min = kObservations;
  c.train.iterations = kIterations;
  return c;
}

/// Microseconds.
template <class Work>
double time_of(Work&& work) {
  const Clock::time_point start = Clock::now();
  work();
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

struct Bare {
  std::vector<float> weights = std::vector<float>(50 + 50 + 50 * 50 + 50 + 20 * 50 + 20, 0.01f);
  std::vector<float> x = std::vector<float>(kRows, 0.5f), saved, encoding = std::vector<float>(kThetas * 20);
  alfi::kernels::EncoderWeights<float> encoder;
  alfi::kernels::SetPool pool{kThetas, kObservations, {}, {}};
  alfi::Context context;

  explicit Bare(alfi::kernels::Activation last) {
    encoder.last = last;
    const float* at = weights.data();
    Index inputs = 1;
    for (int l = 0; l < 3; ++l) {
      const Index outputs = l < 2 ? 50 : 20;
      encoder.layer[l].weight = {at, outputs, inputs};
      encoder.layer[l].bias = {at + outputs * inputs, outputs};
      at += outputs * (inputs + 1);
      inputs = outputs;
    }
    saved.resize(static_cast<std::size_t>(alfi::kernels::set_encoder_saved_size(context, pool, encoder)));
  }
  void run() {
    alfi::kernels::set_encoder<float>(context, {x.data(), kRows, 1}, pool, encoder,
                                      {saved.data(), static_cast<Index>(saved.size())}, {encoding.data(), kThetas, 20});
  }
};

struct Calls {
  alfi::Simulator simulator;
  std::vector<float> theta = std::vector<float>(kThetas, 0.5f), x = std::vector<float>(kRows);
  std::vector<std::uint8_t> status = std::vector<std::uint8_t>(kRows);
  void run() {
    alfi::SimulateRequest r;
    r.problems = 1;
    r.proposals = kThetas;
    r.observations = kObservations;
    r.theta = {theta.data(), kThetas, 1};
    r.out = {x.data(), kRows, 1};
    r.status = {status.data(), kRows};
    simulator.simulate(alfi::Context(), r);
  }
};

void require_same(const alfi::Inference& a, const alfi::Inference& b) {
  if (a.posterior.mean() != b.posterior.mean())
    throw alfi::NumericError("bench_inference: two answers to one question");
}

void published(benchmark::State& state) {
  const alfi::Simulator simulator = cheap();
  const alfi::Machine machine = alfi::Trainer(configuration(), simulator, 1).machine();
  std::vector<float> x(kObserved);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.02f * static_cast<float>(i) - 1;
  const alfi::Observations observations{x.data(), kObserved, 1};
  alfi::InferOptions one;
  one.iterations = 1;
  double first = 1e9;
  for (int i = 0; i < 5; ++i) {
    first = std::min(first, time_of([&] { alfi::Inferrer(machine, simulator, kObserved).infer(observations); }));
  }
  alfi::Inferrer inferrer(machine, simulator, kObserved), brief(machine, simulator, kObserved, one);
  require_same(inferrer.infer(observations), machine.infer(simulator, observations));
  Bare bare(machine.configuration().network.encoder_output == "tanh" ? alfi::kernels::Activation::tanh
                                                                     : alfi::kernels::Activation::none);
  Calls calls{simulator};
  double all = 1e9, single = 1e9, encoder = 1e9, own = 1e9;
  for (auto _ : state) {
    all = std::min(all, time_of([&] { inferrer.infer(observations); }));
    single = std::min(single, time_of([&] { brief.infer(observations); }));
    encoder = std::min(encoder, time_of([&] { bare.run(); }));
    own = std::min(own, time_of([&] { calls.run(); }));
  }
  const double iteration = (all - single) / (kIterations - 1);
  state.counters["added_us"] = iteration - own;
  state.counters["encoder_us"] = encoder;
  state.counters["simulator_us"] = own;
  state.counters["once_us"] = single - iteration;
  state.counters["first_ms"] = first / 1000;
}

BENCHMARK(published)->Name("inference/published")->Unit(benchmark::kMicrosecond);

}  // namespace
