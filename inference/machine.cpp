#include "alfi/inference/machine.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/model.hpp"
#include "alfi/inference/predictive.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kChunk = 4;  // problems carried together
constexpr Index kMostIterations = 1023, kMostThetas = 4096, kMostObservations = Index{1} << 20;
constexpr Index kMostCalls = Index{1} << 26;  // of one iteration of a problem

std::string prior_text(const Prior& prior) {
  return prior.name() + "(" + number_text(prior.a) + ", " + number_text(prior.b) + ")";
}

std::string priors_text(const Simulator& simulator) {
  std::string text;
  for (const Parameter& p : simulator.info().parameters) {
    text += p.name + " ~ " + prior_text(p.prior) + "\n";
  }
  return text;
}

Index chosen(Index asked, Index configured, Index trained) {
  return asked > 0 ? asked : configured > 0 ? configured : trained;
}

void require_range(const char* what, Index got, Index least, Index most) {
  if (got >= least && got <= most) return;
  throw InputError(std::string("Machine::infer: ") + what + " is " + std::to_string(got) + ", expected " +
                   std::to_string(least) + " to " + std::to_string(most));
}

Plan plan_of(const Machine::State& s, const InferOptions& o) {
  const Configuration& c = s.configuration;
  const Plan plan{chosen(o.iterations, c.infer.iterations, c.train.iterations),
                  chosen(o.thetas, c.infer.thetas, c.train.thetas),
                  chosen(o.observations, c.infer.observations, c.train.observations), c.train.observations_min};
  require_range("iterations", plan.iterations, 1, kMostIterations);
  require_range("thetas", plan.thetas, s.architecture.regression ? s.architecture.parameters + 3 : 1, kMostThetas);
  require_range("observations", plan.observations, 1, kMostObservations);
  require_range("thetas * observations", plan.thetas * plan.observations, 1, kMostCalls);
  return plan;
}

Simulator simulator_of(const SimulatorConfiguration& c, const std::string& path) {
  try {
    return make_builtin_simulator(c.name, c.options);
  } catch (const InputError& error) {
    throw InputError(path + ": " + error.what());
  }
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
void infer_chunk(const Machine::State& s, const Plan& plan, const InferOptions& options, Shard<Real>& shard,
                 Inference* results) {
  const auto posterior = [&](Index b) {
    return Posterior(parameter_names(s.simulator), priors(s.simulator), s.coordinates(), shard.state(b));
  };
  shard.start(weights_of<Real>(s.weights).data(), nullptr);
  for (Index b = 0; b < shard.problems(); ++b) results[b].trajectory.push_back(posterior(b));
  for (Index t = 0; t < plan.iterations; ++t) {
    shard.propose(t);
    shard.simulate(t);
    const bool last = t + 1 == plan.iterations;
    for (Index b = 0; last && b < shard.problems(); ++b) warn_if_unlike(shard, b, results[b].warnings);
    shard.update(t);
    for (Index b = 0; b < shard.problems(); ++b) results[b].trajectory.push_back(posterior(b));
    if (options.progress && !options.progress(t + 1)) break;
  }
  for (Index b = 0; b < shard.problems(); ++b) {
    Inference& result = results[b];
    result.posterior = result.trajectory.back();
    for (Index t = 0; t + 1 < static_cast<Index>(result.trajectory.size()); ++t) {
      result.simulator_calls += plan.thetas * observations_at(plan, t);
    }
  }
}

template <class Real>
std::vector<Inference> infer_all(const Machine::State& s, const Simulator& simulator, MatView<const float> x,
                                 VecView<const std::int32_t> counts, const InferOptions& options) {
  const Plan plan = plan_of(s, options);
  const Index problems = counts.size, n_max = problems > 0 ? x.rows / problems : 0;
  ShardSetting setting = s.setting(std::min(kChunk, problems), n_max, plan);
  setting.simulator = &simulator;
  std::vector<Inference> results(static_cast<std::size_t>(problems));
  ThreadPool pool(options.threads);
  std::vector<std::unique_ptr<Shard<Real>>> shards(static_cast<std::size_t>(pool.size()));
  const std::uint64_t seed = derived_seed(options.seed, Purpose::infer);
  pool.parallel_for((problems + kChunk - 1) / kChunk, [&](Index chunk, int worker) {
    auto& shard = shards[static_cast<std::size_t>(worker)];
    if (!shard) shard = std::make_unique<Shard<Real>>(setting);
    const Index first = chunk * kChunk, count = std::min(kChunk, problems - first);
    ShardDraws draws;
    draws.seed = seed;
    draws.first_problem = options.first_problem + first;
    shard->give_problems(draws, {x.data + first * n_max * x.cols, count * n_max, x.cols}, {counts.data + first, count},
                         n_max);
    infer_chunk(s, plan, options, *shard, results.data() + first);
  });
  return results;
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

namespace {

std::string model_file(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? (fs::path(path) / "model.safetensors").string() : path;
}

Configuration configuration_of(const TensorFile& file, const std::string& path) {
  const std::string& version = metadata(file, path, "format_version");
  if (version != kFormatVersion) {
    throw InputError(path + ": format_version is \"" + version + "\", expected \"" + kFormatVersion + "\"");
  }
  return configuration_from_text(metadata(file, path, "configuration"), path);
}

}  // namespace

Machine Machine::load(const std::string& path) {
  const std::string file = model_file(path);
  return from_file(read_tensor_file(file), file);
}

Machine Machine::load(const std::string& path, const Simulator& simulator) {
  const std::string file = model_file(path);
  return from_file(read_tensor_file(file), file, simulator);
}

Machine Machine::from_file(const TensorFile& file, const std::string& path) {
  return from_file(file, path, simulator_of(configuration_of(file, path).simulator, path));
}

Machine Machine::from_file(const TensorFile& file, const std::string& path, const Simulator& simulator) {
  Configuration c = configuration_of(file, path);
  if (metadata(file, path, "prior") != priors_text(simulator)) {
    throw InputError(path + ": was trained with the priors\n" + metadata(file, path, "prior") + "got " +
                     simulator.info().name + " with\n" + priors_text(simulator));
  }
  Architecture architecture(c, simulator.parameters(), simulator.size());
  const Index size = simulator.size();
  auto state = std::make_shared<State>(State{std::move(c),
                                             std::move(simulator),
                                             std::move(architecture),
                                             get_normalization(file, path, size),
                                             {},
                                             0,
                                             metadata(file, path, "cpu_level")});
  const std::string& calls = metadata(file, path, "training_calls");
  if (!parse_number(calls, state->training_calls) || state->training_calls < 0) {
    throw InputError(path + ": metadata training_calls is \"" + calls + "\", expected a whole number");
  }
  const auto count = static_cast<std::size_t>(state->architecture.weights);
  if (state->in_double()) {
    state->weights.twice.resize(count);
    get_weights<double>(file, path, state->architecture, "weights.", state->weights.twice.data());
  } else {
    state->weights.single.resize(count);
    get_weights<float>(file, path, state->architecture, "weights.", state->weights.single.data());
  }
  return Machine(std::move(state));
}

TensorFile Machine::to_file() const {
  const State& s = *state_;
  TensorFile file;
  file.metadata["format_version"] = kFormatVersion;
  file.metadata["configuration"] = configuration_text(s.configuration);
  file.metadata["prior"] = priors_text(s.simulator);
  file.metadata["trained_range"] = "observed " + std::to_string(s.configuration.problem.observed_min) + " to " +
                                   std::to_string(s.configuration.problem.observed_max);
  file.metadata["seed"] = std::to_string(s.configuration.train.seed);
  file.metadata["training_calls"] = std::to_string(s.training_calls);
  file.metadata["cpu_level"] = s.cpu_level;
  put_normalization(file, s.normalization);
  if (s.in_double()) {
    put_weights(file, s.architecture, "weights.", s.weights.twice.data());
  } else {
    put_weights(file, s.architecture, "weights.", s.weights.single.data());
  }
  return file;
}

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
