#include "alfi/inference/inferrer.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/inference_run.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// What depends on the precision of the weights.
template <class Real>
struct Engine {
  Buffer<Real> copied;
  Chunk<Real> chunk;
  Shard<Real> shard;

  Engine(const Machine::State& state, const InferOptions& options, const Plan& plan, const ShardSetting& setting)
      : chunk{&state, &options, plan, inference_weights<Real>(state, setting.context, copied)}, shard(setting) {}
};

}  // namespace

struct Inferrer::State {
  Machine machine;
  Simulator simulator;
  InferOptions options;
  Index most_observed;
  ThreadPool pool;
  std::unique_ptr<Engine<float>> single;
  std::unique_ptr<Engine<double>> twice;
  Answers answers;
  Inference result;

  State(const Machine& m, const Simulator& s, Index most, const InferOptions& o)
      : machine(m), simulator(s), options(o), most_observed(most), pool(o.threads) {}

  template <class Real>
  void infer(Engine<Real>& engine, Observations observations, std::int32_t count, std::uint64_t seed) {
    ShardDraws draws;
    draws.seed = derived_seed(seed, Purpose::infer);
    draws.first_problem = options.first_problem;
    engine.shard.give_problems(draws, observations, {&count, 1}, count);
    infer_chunk(engine.chunk, engine.shard, answers, &result);
  }
};

Inferrer::Inferrer(const Machine& machine, const Simulator& simulator, Index most_observed, const InferOptions& options)
    : state_(new State(machine, simulator, most_observed, options)) {
  State& s = *state_;
  const Machine::State& model = *machine.state_;
  if (most_observed < 1) {
    throw InputError("Inferrer: most_observed is " + std::to_string(most_observed) + ", expected at least 1");
  }
  require_inference(model, simulator, {nullptr, 0, simulator.size()}, {});
  const Plan plan = inference_plan(model, options);
  refine_setting(model, simulator, options);  // what cannot be is told here
  ShardSetting setting = inference_setting(model, s.simulator, s.options, plan, {1, most_observed});
  setting.pool = &s.pool;
  if (model.in_double()) {
    s.twice = std::make_unique<Engine<double>>(model, s.options, plan, setting);
  } else {
    s.single = std::make_unique<Engine<float>>(model, s.options, plan, setting);
  }
}

Inferrer::~Inferrer() = default;
Inferrer::Inferrer(Inferrer&&) noexcept = default;
Inferrer& Inferrer::operator=(Inferrer&&) noexcept = default;

const Inference& Inferrer::infer(Observations observations) { return infer(observations, state_->options.seed); }

const Inference& Inferrer::infer(Observations observations, std::uint64_t seed) {
  State& s = *state_;
  const Machine::State& model = *s.machine.state_;
  const std::int32_t count = observed_count(observations);
  require_inference(model, s.simulator, observations, {&count, 1});
  if (observations.rows > s.most_observed) {
    throw ShapeError("Inferrer::infer: got " + std::to_string(observations.rows) + " observations, expected at most " +
                     std::to_string(s.most_observed));
  }
  s.result.simulator_calls = 0;
  s.result.warnings.clear();
  if (model.in_double()) {
    s.infer(*s.twice, observations, count, seed);
  } else {
    s.infer(*s.single, observations, count, seed);
  }
  refine_answers(model, s.simulator, observations, {&count, 1}, s.options, seed, &s.pool, &s.result);
  warn_of_count(model.configuration.problem, observations.rows, s.result.warnings);
  return s.result;
}

}  // namespace v0
}  // namespace alfi
