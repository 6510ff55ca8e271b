#include "alfi/inference/machine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/model.hpp"
#include "alfi/inference/predictive.hpp"
#include "alfi/inference/refine.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kChunk = 4;            // problems carried together by a thread,
constexpr Index kChunkOnGpu = 256;     // and by a GPU,
constexpr Index kRowsOnGpu = 1 << 22;  // fewer where a problem's iteration simulates much
constexpr Index kMostIterations = 1023, kMostThetas = 4096, kMostObservations = Index{1} << 20;
constexpr Index kMostCalls = Index{1} << 26;  // of one iteration of a problem

Index chosen(Index asked, Index configured, Index trained) {
  return asked > 0 ? asked : configured > 0 ? configured : trained;
}

void require_range(const char* what, Index got, Index least, Index most) {
  if (got >= least && got <= most) return;
  throw InputError(std::string("Machine::infer: ") + what + " is " + std::to_string(got) + ", expected " +
                   std::to_string(least) + " to " + std::to_string(most));
}

/// Whether stored simulations can stand for the simulator's.
void require_bank(const Machine::State& s, const InferOptions& o, const Plan& plan) {
  if (o.context.backend() != Backend::cpu) throw NotAvailableError("Machine::infer: bank: got a GPU, expected a CPU");
  if (s.coordinates() != Coordinates::normal) {
    throw NotAvailableError("Machine::infer: bank: got a machine in \"legacy\" coordinates, expected \"normal\"");
  }
  require_range("observations, of which the bank holds so many of each theta,", plan.observations, 1, o.bank->observed);
  require_range("thetas, for which the bank holds so many rows,", plan.thetas, 1, o.bank->rows);
}

Plan plan_of(const Machine::State& s, const InferOptions& o) {
  const Configuration& c = s.configuration;
  const Plan plan{chosen(o.iterations, c.infer.iterations, c.train.iterations),
                  chosen(o.thetas, c.infer.thetas, c.train.thetas),
                  chosen(o.observations, c.infer.observations, c.train.observations), c.train.observations_min};
  require_range("iterations", plan.iterations, 1, kMostIterations);
  require_range("thetas", plan.thetas, s.architecture.regression ? s.architecture.parameters + 3 : 1, kMostThetas);
  require_range("observations", plan.observations, 1,
                s.simulator.info().observation.is_set ? kMostObservations : Index{1});
  require_range("thetas * observations", plan.thetas * plan.observations, 1, kMostCalls);
  if (o.bank != nullptr) require_bank(s, o, plan);
  return plan;
}

std::vector<std::string> parameter_names(const Simulator& simulator) {
  std::vector<std::string> names;
  for (const Parameter& p : simulator.info().parameters) names.push_back(p.name);
  return names;
}

std::vector<Prior> priors(const Simulator& simulator) {
  std::vector<Prior> all;
  for (const Parameter& p : simulator.info().parameters) all.push_back(p.prior);
  return all;
}

/// One chunk of problems on one worker's shard.
template <class Real>
void infer_chunk(const Machine::State& s, const Plan& plan, const InferOptions& options, const Real* weights,
                 Shard<Real>& shard, Inference* results) {
  const auto keep_answers = [&] {
    std::vector<MixtureState> answers = shard.answers();
    for (std::size_t b = 0; b < answers.size(); ++b) {
      results[b].trajectory.emplace_back(parameter_names(s.simulator), priors(s.simulator), s.coordinates(),
                                         std::move(answers[b]));
    }
  };
  shard.start(weights, nullptr);
  keep_answers();
  for (Index t = 0; t < plan.iterations; ++t) {
    shard.propose(t);
    shard.simulate(t);
    shard.update(t);
    keep_answers();
    if (t + 1 == plan.iterations) {
      shard.fetch();
      for (Index b = 0; b < shard.problems(); ++b) warn_if_unlike(shard, b, results[b].warnings);
    }
    if (options.progress && !options.progress(t + 1)) break;
  }
  for (Index b = 0; b < shard.problems(); ++b) {
    Inference& result = results[b];
    result.posterior = result.trajectory.back();
    for (Index t = 0; t + 1 < static_cast<Index>(result.trajectory.size()) && options.bank == nullptr; ++t) {
      result.simulator_calls += plan.thetas * observations_at(plan, t);
    }
  }
}

Index chunk_of(const Context& context, const Plan& plan, Index problems) {
  if (context.backend() == Backend::cpu) return std::min(kChunk, problems);
  const Index fit = std::max(Index{1}, kRowsOnGpu / (plan.thetas * plan.observations));
  return std::min({kChunkOnGpu, fit, problems});
}

template <class Real>
std::vector<Inference> infer_all(const Machine::State& s, const Simulator& simulator, MatView<const float> x,
                                 VecView<const std::int32_t> counts, const InferOptions& options) {
  const Plan plan = plan_of(s, options);
  const Index problems = counts.size, n_max = problems > 0 ? x.rows / problems : 0;
  const Context context = s.with_products(options.context);
  const Index chunk = chunk_of(context, plan, problems);
  const bool on_gpu = context.backend() == Backend::cuda;
  ThreadPool pool(options.threads), one(1);
  ShardSetting setting = s.setting(chunk, n_max, plan);
  setting.simulator = &simulator;
  setting.context = context;
  setting.keeps_simulated = true;
  setting.bank = options.bank;
  std::vector<Inference> results(static_cast<std::size_t>(problems));
  const std::vector<Real>& kept = weights_of<Real>(s.weights);
  Buffer<Real> copied;
  if (on_gpu) {
    copied = Buffer<Real>(context, static_cast<Index>(kept.size()));
    copied.copy_in(kept.data());
  }
  const Real* weights = on_gpu ? copied.data() : kept.data();
  const Index chunks = chunk > 0 ? (problems + chunk - 1) / chunk : 0;
  // A GPU has one queue; one chunk alone leaves the threads to its simulator.
  ThreadPool& workers = on_gpu || chunks == 1 ? one : pool;
  setting.pool = &workers == &one ? &pool : nullptr;
  std::vector<std::unique_ptr<Shard<Real>>> shards(static_cast<std::size_t>(workers.size()));
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
    infer_chunk(s, plan, options, weights, *shard, results.data() + first);
  });
  return results;
}

/// The simulations that options and configuration ask a refinement for.
Index refine_simulations(const Machine::State& s, const InferOptions& o) {
  const Index calls = o.refine < 0 ? 0 : o.refine > 0 ? o.refine : o.bank == nullptr ? s.configuration.infer.refine : 0;
  if (calls == 0) return 0;
  if (o.bank != nullptr)
    throw InputError("Machine::infer: refine is " + std::to_string(calls) + ", expected 0 with a bank");
  if (s.coordinates() != Coordinates::normal) {
    throw NotAvailableError("Machine::infer: refine: got a machine in \"legacy\" coordinates, expected \"normal\"");
  }
  require_range("refine", calls, fewest_refine_simulations(s.architecture.parameters), kMostRefined);
  return calls;
}

void refine_all(const Machine::State& s, const Simulator& simulator, MatView<const float> x,
                VecView<const std::int32_t> counts, const InferOptions& options, std::vector<Inference>& results) {
  RefineSetting setting;
  setting.simulator = &simulator;
  setting.normalization = &s.normalization;
  setting.simulations = refine_simulations(s, options);
  setting.seed = derived_seed(options.seed, Purpose::infer);
  if (setting.simulations == 0) return;
  const Index n_max = counts.size > 0 ? x.rows / counts.size : 0, iterations = plan_of(s, options).iterations;
  ThreadPool pool(options.threads), one(1);
  ThreadPool& workers = simulator.answers_rows() ? one : pool;
  setting.pool = &workers == &one ? &pool : nullptr;
  workers.parallel_for(static_cast<Index>(results.size()), [&](Index b, int) {
    Inference& result = results[static_cast<std::size_t>(b)];
    if (static_cast<Index>(result.trajectory.size()) <= iterations) return;  // stopped by its progress callback
    RefineSetting own = setting;
    own.problem = static_cast<std::uint32_t>(options.first_problem + b);
    Refinement refined = refine(own, {result.posterior.components()}, {x.data + b * n_max * x.cols, counts[b], x.cols});
    result.posterior = Posterior(parameter_names(s.simulator), priors(s.simulator), s.coordinates(), refined.state);
    result.trajectory.push_back(result.posterior);
    result.simulator_calls += refined.simulator_calls;
    result.warnings.insert(result.warnings.end(), refined.warnings.begin(), refined.warnings.end());
  });
}

void require_priors(const Simulator& got, const Simulator& trained) {
  for (std::size_t p = 0; p < trained.info().parameters.size(); ++p) {
    const Parameter &ours = trained.info().parameters[p], &theirs = got.info().parameters[p];
    if (theirs.prior == ours.prior) continue;
    throw InputError("Machine::infer: " + theirs.name + " has the prior " + prior_text(theirs.prior) +
                     ", expected the trained " + prior_text(ours.prior));
  }
}

void require_observations(const Simulator& simulator, MatView<const float> x, VecView<const std::int32_t> counts) {
  const char* function = "Machine::infer";
  const Index problems = counts.size;
  if (x.cols != simulator.size() || (problems > 0 && x.rows % problems != 0)) {
    throw ShapeError(std::string(function) + ": observations has shape " + shape_text(x) + ", expected [N," +
                     std::to_string(simulator.size()) + "]");
  }
  const Index n_max = problems > 0 ? x.rows / problems : 0;
  if (!simulator.info().observation.is_set && n_max > 1) {
    throw ShapeError(std::string(function) + ": got " + std::to_string(n_max) +
                     " samples of a problem, expected one: " + simulator.info().name + " makes one series or vector");
  }
  for (Index b = 0; b < problems; ++b) {
    if (counts[b] < 1 || counts[b] > n_max) {
      throw ShapeError(std::string(function) + ": problem " + std::to_string(b) + " has " + std::to_string(counts[b]) +
                       " observations, expected 1 to " + std::to_string(n_max));
    }
    for (Index i = b * n_max * x.cols; i < (b * n_max + counts[b]) * x.cols; ++i) {
      if (!std::isfinite(x.data[i])) {
        throw NumericError(std::string(function) + ": observation " + std::to_string(i / x.cols - b * n_max) +
                           " of problem " + std::to_string(b) + " is not finite");
      }
    }
  }
}

}  // namespace

const Configuration& Machine::configuration() const { return state_->configuration; }
Index Machine::weight_count() const { return state_->architecture.weights; }
Index Machine::training_calls() const { return state_->training_calls; }
const Simulator& Machine::simulator() const { return state_->simulator; }

Inference Machine::infer(const Simulator& simulator, Observations observations, const InferOptions& options) const {
  require_range("the number of observations", observations.rows, 1, std::numeric_limits<std::int32_t>::max());
  const auto count = static_cast<std::int32_t>(observations.rows);
  std::vector<Inference> one = infer_many(simulator, observations, {&count, 1}, options);
  return std::move(one.front());
}

std::vector<Inference> Machine::infer_many(const Simulator& simulator, MatView<const float> observations,
                                           VecView<const std::int32_t> counts, const InferOptions& options) const {
  const State& s = *state_;
  if (simulator.parameters() != s.architecture.parameters || simulator.size() != s.architecture.size) {
    throw ShapeError("Machine::infer: simulator " + simulator.info().name + " has " +
                     std::to_string(simulator.parameters()) + " parameters and " + std::to_string(simulator.size()) +
                     " columns, expected " + std::to_string(s.architecture.parameters) + " and " +
                     std::to_string(s.architecture.size));
  }
  require_priors(simulator, s.simulator);
  require_observations(simulator, observations, counts);
  if (options.progress && counts.size > 1) {
    throw InputError("Machine::infer_many: got a progress callback, expected none with several problems");
  }
  std::vector<Inference> results = s.in_double() ? infer_all<double>(s, simulator, observations, counts, options)
                                                 : infer_all<float>(s, simulator, observations, counts, options);
  refine_all(s, simulator, observations, counts, options, results);
  const ProblemConfiguration& trained = s.configuration.problem;
  for (Index b = 0; b < counts.size; ++b) {
    if (counts[b] >= trained.observed_min && counts[b] <= trained.observed_max) continue;
    results[static_cast<std::size_t>(b)].warnings.push_back(std::to_string(counts[b]) + " observations, trained on " +
                                                            std::to_string(trained.observed_min) + " to " +
                                                            std::to_string(trained.observed_max));
  }
  return results;
}

}  // namespace v0
}  // namespace alfi
