#include "alfi/inference/machine.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/inference_run.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kChunk = 4;            // problems carried together by a thread,
constexpr Index kChunkOnGpu = 256;     // and by a GPU,
constexpr Index kRowsOnGpu = 1 << 22;  // fewer where a problem's iteration simulates much

Index chunk_of(const Context& context, const Plan& plan, Index problems) {
  if (context.backend() == Backend::cpu) return std::min(kChunk, problems);
  const Index fit = std::max(Index{1}, kRowsOnGpu / (plan.thetas * plan.observations));
  return std::min({kChunkOnGpu, fit, problems});
}

template <class Real>
std::vector<Inference> infer_all(const Machine::State& s, const Simulator& simulator, MatView<const float> x,
                                 VecView<const std::int32_t> counts, const InferOptions& options) {
  const Plan plan = inference_plan(s, options);
  const Index problems = counts.size, n_max = problems > 0 ? x.rows / problems : 0;
  const Index chunk = chunk_of(options.context, plan, problems);
  const bool on_gpu = options.context.backend() == Backend::cuda;
  ThreadPool pool(options.threads), one(1);
  ShardSetting setting = inference_setting(s, simulator, options, plan, {chunk, n_max});
  std::vector<Inference> results(static_cast<std::size_t>(problems));
  Buffer<Real> copied;
  const Chunk<Real> run{&s, &options, plan, inference_weights<Real>(s, setting.context, copied)};
  const Index chunks = chunk > 0 ? (problems + chunk - 1) / chunk : 0;
  // A GPU has one queue; one chunk alone leaves the threads to its simulator.
  ThreadPool& workers = on_gpu || chunks == 1 ? one : pool;
  setting.pool = &workers == &one ? &pool : nullptr;
  std::vector<std::unique_ptr<Shard<Real>>> shards(static_cast<std::size_t>(workers.size()));
  std::vector<Answers> answers(shards.size());
  const std::uint64_t seed = derived_seed(options.seed, Purpose::infer);
  workers.parallel_for(chunks, [&](Index i, int worker) {
    auto& shard = shards[static_cast<std::size_t>(worker)];
    if (!shard) shard = std::make_unique<Shard<Real>>(setting);
    const Index first = i * chunk, count = std::min(chunk, problems - first);
    ShardDraws draws;
    draws.seed = seed;
    draws.first_problem = options.first_problem + first;
    shard->give_problems(draws, {x.data + first * n_max * x.cols, count * n_max, x.cols}, {counts.data + first, count},
                         n_max);
    infer_chunk(run, *shard, answers[static_cast<std::size_t>(worker)], results.data() + first);
  });
  return results;
}

}  // namespace

const Configuration& Machine::configuration() const { return state_->configuration; }
Index Machine::weight_count() const { return state_->architecture.weights; }
Index Machine::training_calls() const { return state_->training_calls; }
const Simulator& Machine::simulator() const { return state_->simulator; }

Inference Machine::infer(const Simulator& simulator, Observations observations, const InferOptions& options) const {
  const std::int32_t count = observed_count(observations);
  std::vector<Inference> one = infer_many(simulator, observations, {&count, 1}, options);
  return std::move(one.front());
}

std::vector<Inference> Machine::infer_many(const Simulator& simulator, MatView<const float> observations,
                                           VecView<const std::int32_t> counts, const InferOptions& options) const {
  const State& s = *state_;
  require_inference(s, simulator, observations, counts);
  if (options.progress && counts.size > 1) {
    throw InputError("Machine::infer_many: got a progress callback, expected none with several problems");
  }
  refine_setting(s, simulator, options);  // what cannot be is told before anything is simulated
  std::vector<Inference> results = s.in_double() ? infer_all<double>(s, simulator, observations, counts, options)
                                                 : infer_all<float>(s, simulator, observations, counts, options);
  refine_answers(s, simulator, observations, counts, options, options.seed, nullptr, results.data());
  for (Index b = 0; b < counts.size; ++b)
    warn_of_count(s.configuration.problem, counts[b], results[static_cast<std::size_t>(b)].warnings);
  return results;
}

}  // namespace v0
}  // namespace alfi
