#pragma once
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "alfi/inference/configuration.hpp"
#include "alfi/kernels/regression_step.hpp"

/// The one table of configuration keys: name, member, and what values it takes. Validation, the map form and the
/// TOML reader and writer are all made of it.

namespace alfi {
inline namespace v0 {

/// What a field accepts.
struct OneOf {
  std::vector<std::string> names;
};
struct AnyText {};
struct AnyTextOrNone {};
struct AnyTexts {};
struct CommandWords {};  ///< texts, or one that split_command() makes them of
struct AnyFlag {};
struct IndexRange {
  Index low, high;
};
struct SeedRange {
  std::uint64_t high = std::numeric_limits<std::int64_t>::max();  ///< TOML's integers are signed
};
struct NumberRange {
  double low, high;
  bool open_low = false;  ///< low itself is refused
};
/// Layer widths: how many, and each at least 1 and at most kWidest.
struct Widths {
  std::size_t least, most;
};

/// Upper limits that keep memory sane: a training that needs more is a mistyped one.
constexpr Index kWidest = 4096;              ///< of a layer or a cell
constexpr Index kMostRefined = 4000000;      ///< simulations of a refinement: their numbers fit a stream's name
constexpr Index kMostRows = Index{1} << 26;  ///< simulated observations of one shard, and real ones of a step

/// Calls visit(key, member, constraint) for every key but simulator.parameters.* and simulator.theta, in the order of
/// the file.
/// C is Configuration or const Configuration.
template <class C, class Visit>
void visit_fields(C& c, Visit&& visit) {
  visit("simulator.name", c.simulator.name, AnyText{});
  visit("simulator.command", c.simulator.command, CommandWords{});
  visit("simulator.mode", c.simulator.mode, OneOf{{"worker", "run"}});
  visit("simulator.workers", c.simulator.workers, IndexRange{0, 1024});
  visit("simulator.window", c.simulator.window, IndexRange{1, 65536});
  visit("simulator.timeout", c.simulator.timeout, NumberRange{0, 1e9});
  visit("simulator.retries", c.simulator.retries, IndexRange{0, 1000});
  visit("simulator.log", c.simulator.log, AnyTextOrNone{});
  visit("simulator.directory", c.simulator.directory, AnyTextOrNone{});
  visit("simulator.observation", c.simulator.observation, AnyTexts{});
  visit("simulator.observation_units", c.simulator.observation_units, AnyTexts{});
  visit("simulator.observation_support", c.simulator.observation_support, AnyTexts{});
  visit("simulator.length", c.simulator.length, IndexRange{0, 1000000});
  visit("simulator.index", c.simulator.index, AnyTextOrNone{});
  visit("simulator.index_first", c.simulator.index_first, NumberRange{-1e30, 1e30});
  visit("simulator.index_step", c.simulator.index_step, NumberRange{0, 1e30, true});

  visit("problem.observed_min", c.problem.observed_min, IndexRange{0, 1000000});
  visit("problem.observed_max", c.problem.observed_max, IndexRange{0, 1000000});

  visit("proposal.family", c.proposal.family, OneOf{{"diagonal", "full"}});
  visit("proposal.head", c.proposal.head, OneOf{{"none", "mixture"}});
  visit("proposal.components", c.proposal.components, IndexRange{1, 64});
  visit("proposal.start", c.proposal.start, OneOf{{"prior", "guess", "draw"}});
  visit("proposal.initial_sd", c.proposal.initial_sd, NumberRange{0, 100, true});

  visit("network.cell", c.network.cell, OneOf{{"lstm", "gru"}});
  visit("network.encoder_kind", c.network.encoder_kind, OneOf{{"auto", "set", "vector", "sequence"}});
  visit("network.encoder", c.network.encoder, Widths{3, 3});
  visit("network.encoder_output", c.network.encoder_output, OneOf{{"linear", "tanh"}});
  visit("network.pool", c.network.pool, OneOf{{"mean", "mean+max"}});
  visit("network.moments", c.network.moments, AnyFlag{});
  visit("network.features", c.network.features, OneOf{{"relative", "global"}});
  visit("network.aggregator", c.network.aggregator, Widths{3, 3});
  visit("network.machine", c.network.machine, Widths{2, 2});
  visit("network.state", c.network.state, IndexRange{1, kWidest});
  visit("network.bound", c.network.bound, NumberRange{0, 100});
  visit("network.bound_kind", c.network.bound_kind, OneOf{{"smooth", "clamp"}});
  visit("network.update", c.network.update, OneOf{{"relative", "absolute"}});
  visit("network.spread", c.network.spread, OneOf{{"plain", "logarithmic"}});
  visit("network.regression_step", c.network.regression_step, AnyFlag{});
  visit("network.summaries", c.network.summaries, IndexRange{1, kernels::kMaxSummaries});
  visit("network.coordinates", c.network.coordinates, OneOf{{"normal", "legacy"}});

  visit("train.steps", c.train.steps, IndexRange{1, 1000000000});
  visit("train.problems", c.train.problems, IndexRange{1, 65536});
  visit("train.shard", c.train.shard, IndexRange{1, 1024});
  visit("train.dataset", c.train.dataset, IndexRange{0, 100000000});
  visit("train.thetas", c.train.thetas, IndexRange{1, 4096});
  visit("train.observations", c.train.observations, IndexRange{0, 1000000});
  visit("train.observations_min", c.train.observations_min, IndexRange{0, 1000000});
  visit("train.iterations", c.train.iterations, IndexRange{0, 1000});
  visit("train.learning_rate", c.train.learning_rate, NumberRange{0, 1, true});
  visit("train.schedule", c.train.schedule, OneOf{{"cosine", "constant"}});
  visit("train.clip_norm", c.train.clip_norm, NumberRange{0, 1e30});
  visit("train.weight_decay", c.train.weight_decay, NumberRange{0, 1});
  visit("train.average", c.train.average, NumberRange{0, 0.999999});
  visit("train.loss", c.train.loss, OneOf{{"density", "squared", "absolute"}});
  visit("train.weights", c.train.weights,
        OneOf{{"exponential", "exponential_published", "constant", "last", "observed_improvement"}});
  visit("train.beta", c.train.beta, NumberRange{0, 100});
  visit("train.gradient", c.train.gradient, OneOf{{"reparameterized", "detached"}});
  visit("train.through_time", c.train.through_time, AnyFlag{});
  visit("train.precision", c.train.precision, OneOf{{"float", "double", "tf32"}});
  visit("train.nan_policy", c.train.nan_policy, OneOf{{"error", "drop", "resample"}});
  visit("train.max_failed", c.train.max_failed, NumberRange{0, 1});
  visit("train.bank", c.train.bank, AnyTextOrNone{});
  visit("train.budget", c.train.budget, IndexRange{0, 1000000000});
  visit("train.standardize", c.train.standardize, IndexRange{20, 1000000});
  visit("train.validation_problems", c.train.validation_problems, IndexRange{1, 1000000});
  visit("train.checkpoint_every", c.train.checkpoint_every, IndexRange{1, 1000000000});
  visit("train.seed", c.train.seed, SeedRange{});

  visit("infer.iterations", c.infer.iterations, IndexRange{0, 1000});
  visit("infer.thetas", c.infer.thetas, IndexRange{0, 4096});
  visit("infer.observations", c.infer.observations, IndexRange{0, 1000000});
  visit("infer.refine", c.infer.refine, IndexRange{0, kMostRefined});
  visit("infer.likelihood", c.infer.likelihood, OneOf{{"local", "learned", "auto"}});
}

/// Every key of the table, and simulator.theta.
std::vector<std::string> configuration_keys();

/// "unknown key, ... (did you mean ..?)": what to say of a key that is in no table.
std::string unknown_key_text(const std::string& key);

constexpr const char* kParameterPrefix = "simulator.parameters.";
constexpr const char* kThetaKey = "simulator.theta";
constexpr const char* kThetaKeys[] = {"name", "prior", "unit", "description"};  ///< of each of its tables

/// Whether a key is about a program: without simulator.command it is neither written nor may it be set.
bool is_program_key(const std::string& key);

/// Of these, whether it says how the program is run, and not what it simulates: a training may be resumed with another.
bool is_running_key(const std::string& key);

/// The entries of the keys that are about a program.
std::map<std::string, std::string> program_entries(const SimulatorConfiguration& simulator);

/// Throws InputError as validate(const Configuration&) where the value of that key, alone, cannot be used. Keys that
/// the table does not have are not looked at.
void validate_value(const Configuration& configuration, const std::string& key);

/// Throws InputError as validate(const Configuration&).
void validate_simulator(const SimulatorConfiguration& simulator);

/// Sets one of kThetaKeys but the prior. Throws InputError for another.
void set_theta_text(Parameter& parameter, const std::string& key, const std::string& text);

}  // namespace v0
}  // namespace alfi
