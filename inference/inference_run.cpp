#include "alfi/inference/inference_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/predictive.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kMostIterations = 1023, kMostThetas = 4096, kMostObservations = Index{1} << 20;

Index chosen(Index asked, Index configured, Index trained) {
  return asked > 0 ? asked : configured > 0 ? configured : trained;
}

/// Whether stored simulations can stand for the simulator's.
void require_bank(const Machine::State& s, const InferOptions& o, const Plan& plan) {
  if (o.context.backend() != Backend::cpu) throw NotAvailableError("Machine::infer: bank: got a GPU, expected a CPU");
  if (s.coordinates() != Coordinates::normal) {
    throw NotAvailableError("Machine::infer: bank: got a machine in \"legacy\" coordinates, expected \"normal\"");
  }
  require_infer_range("observations, of which the bank holds so many of each theta,", plan.observations, 1,
                      o.bank->observed);
  require_infer_range("thetas, for which the bank holds so many rows,", plan.thetas, 1, o.bank->rows);
}

void require_priors(const Simulator& got, const Simulator& trained) {
  for (std::size_t p = 0; p < trained.info().parameters.size(); ++p) {
    const Parameter &ours = trained.info().parameters[p], &theirs = got.info().parameters[p];
    if (theirs.prior == ours.prior) continue;
    throw InputError("Machine::infer: " + theirs.name + " has the prior " + theirs.prior.text() +
                     ", expected the trained " + ours.prior.text());
  }
}

void require_observations(const Simulator& simulator, MatView<const float> x, VecView<const std::int32_t> counts) {
  const char* function = "Machine::infer";
  const ObservationShape& shape = simulator.info().observation;
  const Index problems = counts.size;
  if (x.cols != simulator.size() || (problems > 0 && x.rows % problems != 0)) {
    throw ShapeError(std::string(function) + ": observations has shape " + shape_text(x) + ", expected [N," +
                     std::to_string(simulator.size()) + "]");
  }
  const Index n_max = problems > 0 ? x.rows / problems : 0;
  if (!shape.is_set && n_max > 1) {
    throw ShapeError(std::string(function) + ": got " + std::to_string(n_max) +
                     " samples of a problem, expected one: " + simulator.info().name + " makes one series or vector");
  }
  for (Index b = 0; b < problems; ++b) {
    if (counts[b] < 1 || counts[b] > n_max) {
      throw ShapeError(std::string(function) + ": problem " + std::to_string(b) + " has " + std::to_string(counts[b]) +
                       " observations, expected 1 to " + std::to_string(n_max));
    }
    for (Index i = b * n_max * x.cols; i < (b * n_max + counts[b]) * x.cols; ++i) {
      const auto where = [&] {
        return std::string(function) + ": observation " + std::to_string(i / x.cols - b * n_max) + " of problem " +
               std::to_string(b);
      };
      const Index d = i % x.cols;
      if (!std::isfinite(x.data[i])) throw NumericError(where() + " is not finite");
      if (shape.holds(d, x.data[i])) continue;
      throw InputError(where() + ": " + shape.names[static_cast<std::size_t>(d % shape.columns())] + " is " +
                       number_text(static_cast<double>(x.data[i]), 7) + ", expected " + shape.support(d).text());
    }
  }
}

/// The simulations that options and configuration ask a refinement for.
Index refine_simulations(const Machine::State& s, const InferOptions& o) {
  const Index calls = o.refine < 0 ? 0 : o.refine > 0 ? o.refine : o.bank == nullptr ? s.configuration.infer.refine : 0;
  if (calls == 0 && !o.likelihood.empty()) {
    throw InputError("Machine::infer: likelihood is \"" + o.likelihood +
                     "\", which is a refinement's, but refine is 0: expected a number of simulations");
  }
  if (calls == 0) return 0;
  if (o.bank != nullptr) {
    throw InputError("Machine::infer: refine is " + std::to_string(calls) + ", expected 0 with a bank");
  }
  if (s.coordinates() != Coordinates::normal) {
    throw InputError("Machine::infer: refine: got a machine in \"legacy\" coordinates, expected \"normal\"");
  }
  require_infer_range("refine", calls, fewest_refine_simulations(s.architecture.parameters), kMostRefined);
  return calls;
}

constexpr const char* kLocal = "local";
constexpr const char* kLearned = "learned";

RefineBy refine_by(const std::string& likelihood) {
  if (likelihood == kLocal) return RefineBy::local;
  if (likelihood == kLearned) return RefineBy::learned;
  if (likelihood == "auto") return RefineBy::automatic;
  throw InputError("Machine::infer: likelihood is \"" + likelihood + "\", expected \"local\", \"learned\" or \"auto\"");
}

}  // namespace

void require_infer_range(const char* what, Index got, Index least, Index most) {
  if (got >= least && got <= most) return;
  throw InputError(std::string("Machine::infer: ") + what + " is " + std::to_string(got) + ", expected " +
                   std::to_string(least) + (least == most ? "" : " to " + std::to_string(most)));
}

std::vector<std::string> parameter_names(const Simulator& simulator) {
  std::vector<std::string> names;
  for (const Parameter& p : simulator.info().parameters) names.push_back(p.name);
  return names;
}

std::vector<Prior> parameter_priors(const Simulator& simulator) {
  std::vector<Prior> all;
  for (const Parameter& p : simulator.info().parameters) all.push_back(p.prior);
  return all;
}

Plan inference_plan(const Machine::State& s, const InferOptions& o) {
  const Configuration& c = s.configuration;
  const Plan plan{chosen(o.iterations, c.infer.iterations, c.train.iterations),
                  chosen(o.thetas, c.infer.thetas, c.train.thetas),
                  chosen(o.observations, c.infer.observations, c.train.observations), c.train.observations_min};
  // Trained to guess alone, a machine knows no other iteration.
  const bool guesses = c.train.iterations == 0;
  require_infer_range("iterations", plan.iterations, guesses ? 0 : 1, guesses ? 0 : kMostIterations);
  require_infer_range("thetas", plan.thetas, s.architecture.regression ? s.architecture.parameters + 3 : 1,
                      kMostThetas);
  require_infer_range("observations", plan.observations, 1,
                      s.simulator.info().observation.is_set ? kMostObservations : Index{1});
  require_infer_range("thetas * observations", plan.thetas * plan.observations, 1, kMostCalls);
  if (o.bank != nullptr) require_bank(s, o, plan);
  return plan;
}

void require_inference(const Machine::State& s, const Simulator& simulator, MatView<const float> observations,
                       VecView<const std::int32_t> counts) {
  if (simulator.parameters() != s.architecture.parameters || simulator.size() != s.architecture.size) {
    throw ShapeError("Machine::infer: simulator " + simulator.info().name + " has " +
                     std::to_string(simulator.parameters()) + " parameters and " + std::to_string(simulator.size()) +
                     " columns, expected " + std::to_string(s.architecture.parameters) + " and " +
                     std::to_string(s.architecture.size));
  }
  require_priors(simulator, s.simulator);
  require_observations(simulator, observations, counts);
}

std::int32_t observed_count(Observations observations) {
  require_infer_range("the number of observations", observations.rows, 1, std::numeric_limits<std::int32_t>::max());
  return static_cast<std::int32_t>(observations.rows);
}

void warn_of_count(const ProblemConfiguration& trained, Index count, std::vector<std::string>& warnings) {
  if (count >= trained.observed_min && count <= trained.observed_max) return;
  warnings.push_back(counted(count, "observation") + ", trained on " + std::to_string(trained.observed_min) + " to " +
                     std::to_string(trained.observed_max));
}

ShardSetting inference_setting(const Machine::State& s, const Simulator& simulator, const InferOptions& options,
                               const Plan& plan, const Sizes& sizes) {
  ShardSetting setting = s.setting(sizes.problems, sizes.observed, plan);
  setting.simulator = &simulator;
  setting.context = s.with_products(options.context);
  setting.keeps_simulated = true;
  setting.bank = options.bank;
  return setting;
}

template <class Real>
const Real* inference_weights(const Machine::State& s, const Context& context, Buffer<Real>& copied) {
  const std::vector<Real>& kept = weights_of<Real>(s.weights);
  if (context.backend() == Backend::cpu) return kept.data();
  copied = Buffer<Real>(context, static_cast<Index>(kept.size()));
  copied.copy_in(kept.data());
  return copied.data();
}

template <class Real>
void infer_chunk(const Chunk<Real>& chunk, Shard<Real>& shard, Answers& space, Inference* results) {
  const Machine::State& s = *chunk.state;
  const InferOptions& options = *chunk.options;
  const Plan& plan = chunk.plan;
  const auto keep_answers = [&](std::size_t t) {
    std::vector<MixtureState>& answers = t == 0 ? space.first : space.later;
    shard.answers(answers);
    for (std::size_t b = 0; b < answers.size(); ++b) {
      std::vector<Posterior>& path = results[b].trajectory;
      if (t < path.size()) {
        path[t].replace(answers[b]);
      } else {
        path.emplace_back(parameter_names(s.simulator), parameter_priors(s.simulator), s.coordinates(), answers[b]);
      }
    }
  };
  shard.start(chunk.weights, nullptr);
  keep_answers(0);
  Index done = 0;
  while (done < plan.iterations) {
    shard.propose(done);
    shard.simulate(done);
    shard.update(done);
    keep_answers(static_cast<std::size_t>(++done));
    if (done == plan.iterations) {
      shard.fetch();
      for (Index b = 0; b < shard.problems(); ++b) warn_if_unlike(shard, b, results[b].warnings);
    }
    if (options.progress && !options.progress(done)) break;
  }
  for (Index b = 0; b < shard.problems(); ++b) {
    Inference& result = results[b];
    result.trajectory.resize(static_cast<std::size_t>(done + 1));
    result.posterior = result.trajectory.back();
    result.refined = false;
    result.likelihood.clear();
    for (Index t = 0; t < done && options.bank == nullptr; ++t) {
      result.simulator_calls += plan.thetas * observations_at(plan, t);
    }
  }
}

RefineSetting refine_setting(const Machine::State& s, const Simulator& simulator, const InferOptions& options) {
  RefineSetting setting;
  setting.simulator = &simulator;
  setting.normalization = &s.normalization;
  const std::string& likelihood = options.likelihood.empty() ? s.configuration.infer.likelihood : options.likelihood;
  setting.by = refine_by(likelihood);
  setting.simulations = refine_simulations(s, options);
  if (setting.simulations > 0) require_refine_by(setting.by, simulator.info().observation);
  return setting;
}

void refine_answers(const Machine::State& s, const Simulator& simulator, MatView<const float> x,
                    VecView<const std::int32_t> counts, const InferOptions& options, std::uint64_t seed,
                    ThreadPool* pool, Inference* results) {
  RefineSetting setting = refine_setting(s, simulator, options);
  setting.seed = derived_seed(seed, Purpose::infer);
  if (setting.simulations == 0) return;
  const Index problems = counts.size, n_max = problems > 0 ? x.rows / problems : 0;
  const Index iterations = inference_plan(s, options).iterations;
  ThreadPool own_pool(pool == nullptr ? options.threads : 1), one(1);
  if (pool == nullptr) pool = &own_pool;
  const bool rows = simulator.answers_rows();
  setting.pool = rows ? pool : nullptr;
  (rows ? one : *pool).parallel_for(problems, [&](Index b, int) {
    Inference& result = results[b];
    if (static_cast<Index>(result.trajectory.size()) <= iterations) return;  // stopped by its progress callback
    RefineSetting own = setting;
    own.problem = static_cast<std::uint32_t>(options.first_problem + b);
    Refinement refined = refine(own, {result.posterior.components()}, {x.data + b * n_max * x.cols, counts[b], x.cols});
    if (refined.holds) {
      result.likelihood = refined.by == RefineBy::learned ? kLearned : kLocal;
      result.posterior =
          Posterior(parameter_names(s.simulator), parameter_priors(s.simulator), s.coordinates(), refined.answer);
    }
    result.trajectory.push_back(result.posterior);
    result.refined = true;
    result.simulator_calls += refined.simulator_calls;
    result.warnings.insert(result.warnings.end(), refined.warnings.begin(), refined.warnings.end());
  });
}

template const float* inference_weights(const Machine::State&, const Context&, Buffer<float>&);
template const double* inference_weights(const Machine::State&, const Context&, Buffer<double>&);
template void infer_chunk(const Chunk<float>&, Shard<float>&, Answers&, Inference*);
template void infer_chunk(const Chunk<double>&, Shard<double>&, Answers&, Inference*);

}  // namespace v0
}  // namespace alfi
