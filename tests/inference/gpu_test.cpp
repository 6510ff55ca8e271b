// The whole machine on a GPU - the emulated one, whose memory the host cannot read - against the same on the CPU.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "alfi/core/error.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/shard.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/functor.hpp"
#include "emulated/device.hpp"
#include "inference/series.hpp"

using namespace alfi;
using alfi_test::small_configuration;

namespace {

// Two computations of the same in double: sums in other orders, a few thousand terms, 1e-13 relative, which a few of
// Adam's steps (each entry divided by its own size) and the precision matrices amplify by some 1e3. On a real GPU the
// last bit of the float log and cos behind the noise differs in some draws, too: 1e-6 after a few steps.
#if defined(ALFI_TEST_DEVICE)
constexpr double kSame = 1e-4, kSameGradient = 1e-4;
#else
constexpr double kSame = 1e-9, kSameGradient = 1e-8;
#endif

/// A simulator as a user's own .cpp makes it, without code for GPUs: Normal(theta_0, exp theta_1) counted in tenths.
struct HostOnly {
  struct Prepared {
    double mean, sd;
  };
  Prepared prepare(const float* theta) const { return {theta[0], std::exp(static_cast<double>(theta[1]))}; }
  Status operator()(const Prepared& p, Stream& random, float* x) const {
    *x = static_cast<float>(p.mean + p.sd * random.normal_double());
    return Status::ok;
  }
};

Simulator host_only() { return make_simulator(make_builtin_simulator("gaussian").info(), HostOnly{}); }

/// Every key that changes what kernels run, beside the defaults.
std::vector<Configuration> variants() {
  std::vector<Configuration> all(8, small_configuration("gaussian"));
  all[1].proposal.family = "diagonal";
  all[1].network.cell = "gru";
  all[1].network.features = "global";
  all[1].network.update = "absolute";
  all[1].network.encoder_output = "tanh";
  all[1].network.regression_step = false;
  all[1].network.coordinates = "legacy";
  all[1].network.bound_kind = "clamp";
  all[1].network.bound = 0.25;
  all[1].proposal.start = "draw";
  all[1].train.gradient = "reparameterized";
  all[1].train.through_time = true;
  all[1].train.weights = "exponential";
  all[2].proposal.start = "guess";
  all[2].network.cell = "gru";
  all[2].train.weights = "observed_improvement";  // of a shard's problems together: one shard holds them all
  all[2].train.shard = 16;
  all[3].proposal.family = "diagonal";
  all[3].train.dataset = 5;
  all[3].train.loss = "squared";
  all[3].train.weights = "last";
  all[4].train.loss = "absolute";
  all[4].train.nan_policy = "drop";
  all[4].train.schedule = "constant";
  all[5].proposal.head = "mixture";
  all[5].network.spread = "logarithmic";
  all[6].proposal.head = "mixture";
  all[6].proposal.components = 2;
  all[6].proposal.family = "diagonal";
  all[6].network.update = "absolute";
  all[6].network.regression_step = false;
  all[6].train.through_time = true;
  all[7].network.moments = true;
  all[7].network.pool = "mean+max";
  for (Configuration& c : all) c.train.precision = "double";
  return all;
}

/// Every number of the tensors whose names begin so.
std::vector<double> numbers_of(const TensorFile& file, const std::string& prefix) {
  std::vector<double> numbers;
  const auto append = [&](const Tensor& tensor, auto number) {
    for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof(number)) {
      std::memcpy(&number, tensor.bytes.data() + i, sizeof(number));
      numbers.push_back(static_cast<double>(number));
    }
  };
  for (const auto& [name, tensor] : file.tensors) {
    if (name.rfind(prefix, 0) != 0) continue;
    if (tensor.dtype == "F64") append(tensor, double());
    if (tensor.dtype == "F32") append(tensor, float());
  }
  return numbers;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

/// |a - b| / |b|, Euclidean.
double distance(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double squares = 0, all = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    squares += (a[i] - b[i]) * (a[i] - b[i]);
    all += b[i] * b[i];
  }
  return std::sqrt(squares / all);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

TEST_CASE("gpu: series, step by step or entry by entry, take the CPU's steps, failures and all") {
  for (const char* encoder : {"vector", "sequence"}) {
    for (const char* policy : {"drop", "resample"}) {
      Configuration c = alfi_test::line_configuration(encoder);
      c.train.nan_policy = policy;
      c.train.precision = "double";
      Trainer cpu(c, alfi_test::make_line(3), 1), gpu(c, alfi_test::make_line(3), 1, Context(Backend::cuda));
      for (int i = 0; i < 3; ++i) {
        const StepReport a = cpu.advance(), b = gpu.advance();
        CHECK(a.failed == b.failed);
        CHECK(a.simulator_calls == b.simulator_calls);
        CHECK(std::fabs(a.loss - b.loss) <= kSame * std::fabs(a.loss));
      }
    }
  }
}

TEST_CASE("gpu: in double, every kind of machine takes the CPU's steps, recorded and replayed") {
  const Simulator simulator = make_builtin_simulator("gaussian");
  for (const Configuration& c : variants()) {
    CAPTURE(c.proposal.family);
    CAPTURE(c.proposal.start);
    CAPTURE(c.train.loss);
    Trainer cpu(c, simulator, 1), gpu(c, simulator, 1, Context(Backend::cuda));
    for (int step = 0; step < 5; ++step) {  // the first as it is, the second recorded, the others replayed
      const StepReport wanted = cpu.advance(), got = gpu.advance();
      CHECK(std::fabs(got.loss - wanted.loss) <= kSame * (1 + std::fabs(wanted.loss)));
      CHECK(std::fabs(got.rmse - wanted.rmse) <= kSame * (1 + wanted.rmse));
      CHECK(std::fabs(got.gradient_norm - wanted.gradient_norm) <= kSameGradient * (1 + wanted.gradient_norm));
      CHECK(got.simulator_calls == wanted.simulator_calls);
      CHECK(got.learning_rate == wanted.learning_rate);
    }
    CHECK(std::fabs(gpu.validate_and_keep_best() - cpu.validate_and_keep_best()) <= kSameGradient);
    CHECK(gpu.simulator_calls() == cpu.simulator_calls());
    CHECK(largest_difference(numbers_of(gpu.checkpoint(), "weights."), numbers_of(cpu.checkpoint(), "weights.")) <=
          kSameGradient);
  }
}

TEST_CASE("gpu: in float, simulated and encoded in one go, the loss is the CPU's for every built-in simulator") {
  for (const std::string& name : builtin_simulators()) {
    // Event by event the last bit of a proposal decides which event comes next, and with it all that follow.
    if (name == "predator_prey_jumps") continue;
    CAPTURE(name);
    const Simulator simulator = make_builtin_simulator(name);
    const Configuration c = small_configuration(simulator);
    REQUIRE(simulator.offers_gpu());
    Trainer cpu(c, simulator, 1), gpu(c, simulator, 1, Context(Backend::cuda));
    for (int step = 0; step < 3; ++step) {
      const StepReport wanted = cpu.advance(), got = gpu.advance();
      CHECK(std::fabs(got.loss - wanted.loss) <= 2e-3 * (1 + std::fabs(wanted.loss)));
      CHECK(got.simulator_calls == wanted.simulator_calls);
    }
  }
}

TEST_CASE("gpu: the first gradient's error against double, in float that of the CPU, in tf32 what 11 bits leave") {
  std::vector<Configuration> both{small_configuration("poisson"), variants()[1]};
  for (Configuration& c : both) {
    CAPTURE(c.network.update);
    const Simulator simulator = make_builtin_simulator(c.simulator.name);
    // Adam's first moment after one step: a tenth of the clipped gradient.
    const auto moment = [&](const char* precision, const Context& context) {
      c.train.precision = precision;
      Trainer trainer(c, simulator, 1, context);
      trainer.advance();
      return numbers_of(trainer.checkpoint(), "first.");
    };
    // Medians: which problems are drawn changes a gradient's error tenfold.
    std::vector<double> on_cpu, in_float, in_tf32;
    for (std::uint64_t seed = 1; seed <= 9; ++seed) {
      c.train.seed = seed;
      const std::vector<double> exact = moment("double", Context());
      on_cpu.push_back(distance(moment("float", Context()), exact));
      in_float.push_back(distance(moment("float", Context(Backend::cuda)), exact));
      in_tf32.push_back(distance(moment("tf32", Context(Backend::cuda)), exact));
    }
    CHECK(moment("tf32", Context()) == moment("float", Context()));  // there it is float
    const double cpu = median(on_cpu), full = median(in_float), tf32 = median(in_tf32);
    MESSAGE("float on the CPU " << cpu << ", on the GPU " << full << ", tf32 " << tf32);
    CHECK(full <= 4 * cpu);
    // Factors are wrong by 2^-12 of themselves on average; through some ten layers and the regression, which takes
    // differences, a hundredfold of it is common. Layers that go through row blocks are float, which leaves the set
    // encoders: less than ten times float's error would mean that they were, too.
    CHECK(tf32 <= 0.05);
    CHECK(tf32 >= 10 * full);
  }
}

// From 65536 rows of one input on they are encoded by pieces, which the iterations share, and so the sums behind their
// weights' gradients.
TEST_CASE("gpu: what a step's passes share gives the CPU's gradients, taken as it is, recorded and replayed") {
  std::vector<Configuration> both{small_configuration("poisson"), variants()[1]};
  for (Configuration& c : both) {
    CAPTURE(c.network.update);
    c.train.problems = 64;
    c.train.thetas = 16;
    c.train.observations = 64;
    c.train.observations_min = 0;
    c.train.iterations = 2;
    const Simulator simulator = make_builtin_simulator(c.simulator.name);
    const auto moments = [&](const char* precision, const Context& context) {
      c.train.precision = precision;
      Trainer trainer(c, simulator, 1, context);
      std::vector<std::vector<double>> after;
      for (int step = 0; step < 3; ++step) {
        trainer.advance();
        after.push_back(numbers_of(trainer.checkpoint(), "first."));
      }
      return after;
    };
    const auto exact = moments("double", Context()), cpu = moments("float", Context());
    const auto gpu = moments("float", Context(Backend::cuda));
    for (std::size_t step = 0; step < exact.size(); ++step) {
      CAPTURE(step);
      CAPTURE(distance(cpu[step], exact[step]));
      CHECK(distance(gpu[step], exact[step]) <= 10 * distance(cpu[step], exact[step]) + 1e-5);
    }
  }
}

TEST_CASE("gpu: the same seed gives the same bits, resumed or not") {
  const Configuration c = small_configuration("poisson");
  const Simulator simulator = make_builtin_simulator("poisson");
  const Context context(Backend::cuda);
  Trainer first(c, simulator, 1, context), second(c, simulator, 1, Context(Backend::cuda));
  const auto wanted = alfi_test::bytes_after(first, 7);
  CHECK(alfi_test::bytes_after(second, 7) == wanted);
  Trainer begun(c, simulator, 1, context);
  for (int i = 0; i < 4; ++i) begun.advance();
  Trainer resumed(c, simulator, 1, context);
  resumed.advance();  // whatever it did before is forgotten
  resumed.resume(begun.checkpoint(), "checkpoint");
  CHECK(alfi_test::bytes_after(resumed, 3) == wanted);
}

#if !defined(ALFI_TEST_DEVICE)
TEST_CASE("gpu: an iteration is at most so many launches, and from the third step on the host makes none") {
  const auto launches = [](Index iterations) {
    Configuration c = small_configuration("poisson");
    c.train.iterations = iterations;
    const Context context(Backend::cuda);
    Trainer trainer(c, make_builtin_simulator("poisson"), 1, context);
    const auto count = [&] {
      const Index before = alfi_test::emulated(*context.device()).enqueued();
      trainer.advance();
      return alfi_test::emulated(*context.device()).enqueued() - before;
    };
    const Index first = count();
    CHECK(count() == first);  // recorded
    CHECK(count() == 0);      // replayed
    return first;
  };
  // Small batches are bound by them: a change that needs more should be worth it.
  CHECK(launches(4) - launches(3) <= 80);
}
#endif

TEST_CASE("gpu: a simulator without code for GPUs runs on the host, with the same steps") {
  for (const int threads : {1, 2}) {
    Configuration c = small_configuration("gaussian");
    c.train.precision = "double";
    Trainer cpu(c, host_only(), 1), gpu(c, host_only(), threads, Context(Backend::cuda));
    for (int step = 0; step < 4; ++step) {
      const StepReport wanted = cpu.advance(), got = gpu.advance();
      CHECK(std::fabs(got.loss - wanted.loss) <= kSame * (1 + std::fabs(wanted.loss)));
      CHECK(got.simulator_calls == wanted.simulator_calls);
    }
  }
}

namespace {

void check_answers(const std::string& head) {
  CAPTURE(head);
  Configuration c = small_configuration("poisson");
  c.proposal.head = head;
  c.train.precision = "double";
  const Simulator simulator = make_builtin_simulator("poisson");
  Trainer trainer(c, simulator, 1);
  for (int i = 0; i < 5; ++i) trainer.advance();
  const Machine machine = trainer.machine();
  const std::vector<float> x = alfi_test::poisson_counts(2.5, 30, 3);
  InferOptions options;
  const Inference wanted = machine.infer(simulator, {x.data(), 30, 1}, options);
  options.context = Context(Backend::cuda);
  const Inference got = machine.infer(simulator, {x.data(), 30, 1}, options);
  REQUIRE(got.trajectory.size() == wanted.trajectory.size());
  for (std::size_t t = 0; t < wanted.trajectory.size(); ++t) {
    CHECK(std::fabs(got.trajectory[t].mean()[0] - wanted.trajectory[t].mean()[0]) <= kSame);
    CHECK(std::fabs(got.trajectory[t].standard_deviation()[0] - wanted.trajectory[t].standard_deviation()[0]) <= kSame);
  }
  CHECK(got.simulator_calls == wanted.simulator_calls);
  CHECK(got.warnings == wanted.warnings);

  const std::vector<float> odd(30, 5000.0f);  // no answer predicts that: the warnings come from the GPU's simulations
  CHECK_FALSE(machine.infer(simulator, {odd.data(), 30, 1}, options).warnings.empty());

  EvaluateOptions many;
  many.problems = 20;
  const Evaluation on_cpu = evaluate(machine, simulator, many);
  many.infer.context = options.context;
  const Evaluation on_gpu = evaluate(machine, simulator, many);
  CHECK(std::fabs(on_gpu.negative_log_density.mean - on_cpu.negative_log_density.mean) <= kSameGradient);
  CHECK(on_gpu.simulator_calls_per_problem == on_cpu.simulator_calls_per_problem);
}

}  // namespace

TEST_CASE("gpu: inference and evaluation answer as the CPU does") {
  for (const char* head : {"none", "mixture"}) check_answers(head);
}

TEST_CASE("gpu: calls that fail end the training, or are dropped and counted, and the weights stay sound") {
  const float nan = std::nanf("");
  const SimulatorInfo info = make_builtin_simulator("gaussian").info();
  Configuration c = small_configuration("gaussian");
  const Simulator often = make_simulator(info, alfi_test::Poisonous{0, nan});
  Trainer refused(c, often, 1, Context(Backend::cuda));
  const auto before = serialize(refused.machine().to_file());
  CHECK_THROWS_AS(refused.advance(), NumericError);
  CHECK(serialize(refused.machine().to_file()) == before);

  c.train.nan_policy = "drop";
  c.train.max_failed = 0.9;
  Trainer dropped(c, often, 1, Context(Backend::cuda)), on_cpu(c, often, 1);
  for (int step = 0; step < 3; ++step) {
    const StepReport wanted = on_cpu.advance(), got = dropped.advance();
    CHECK(got.failed > 0);
    CHECK(got.failed == wanted.failed);
    CHECK(std::isfinite(got.loss));
  }
  c.train.max_failed = 0.01;
  Trainer limited(c, often, 1, Context(Backend::cuda));
  CHECK_THROWS_WITH_AS(limited.advance(), doctest::Contains("more than train.max_failed allows"), NumericError);
}

#if !defined(ALFI_TEST_DEVICE)  // a real one has too much of it
TEST_CASE("gpu: a machine that does not fit its memory is an error that says so, and nothing leaks") {
  alfi_test::emulated_machine().memory = std::size_t{320} << 20;
  const Context small(Backend::cuda);
  alfi_test::emulated_machine() = {};
  const Simulator simulator = make_builtin_simulator("poisson");
  Configuration c = small_configuration("poisson");
  c.train.problems = 20000;
  CHECK_THROWS_WITH_AS(
      [&] {
        Trainer trainer(c, simulator, 1, small);
        trainer.advance();
      }(),
      doctest::Contains("out of memory"), DeviceError);
  c.train.problems = 4;
  Trainer fits(c, simulator, 1, small);
  CHECK(std::isfinite(fits.advance().loss));
}
#endif
