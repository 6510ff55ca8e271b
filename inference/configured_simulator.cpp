#include "alfi/inference/configured_simulator.hpp"

#include <algorithm>
#include <set>

#include "alfi/core/error.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/simulators/command.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr const char* kSupportKey = "simulator.observation_support";

[[noreturn]] void refuse(const std::string& key, const std::string& got, const std::string& wanted) {
  throw InputError(key + ": got " + got + ", expected " + wanted);
}

/// Nothing about a program is there without one.
void require_no_program_keys(const SimulatorConfiguration& c) {
  if (!c.theta.empty()) {
    refuse(kThetaKey, std::to_string(c.theta.size()) + " parameters", "simulator.command, too: a program's");
  }
  const auto defaults = program_entries({});
  for (const auto& [key, value] : program_entries(c)) {
    const auto found = defaults.find(key);
    if (found != defaults.end() && found->second == value) continue;
    refuse(key, value, "simulator.command, too: it is about a program");
  }
}

/// A name that can be a column of a CSV file.
void require_column(const std::string& key, const std::string& name) {
  const bool good =
      !name.empty() && name.find_first_of(",\"#\t") == std::string::npos && name.front() != ' ' && name.back() != ' ';
  if (!good) refuse(key, '"' + name + '"', "a name without commas, quotes, # and blanks at its ends");
}

void require_theta(const std::vector<Parameter>& theta) {
  if (theta.empty()) refuse(kThetaKey, "none", "[[simulator.theta]] with a name and a prior for each parameter");
  std::set<std::string> names;
  for (const Parameter& parameter : theta) {
    require_column(std::string(kThetaKey) + ": name", parameter.name);
    if (!names.insert(parameter.name).second) refuse(kThetaKey, parameter.name + " twice", "different names");
    for (const char c : parameter.name + parameter.unit + parameter.description) {
      if (static_cast<unsigned char>(c) < 0x20) refuse(kThetaKey, "a control character", "texts of one line");
    }
    try {
      validate(parameter.prior, parameter.name);
    } catch (const InputError& error) {
      throw InputError(std::string(kThetaKey) + ": " + error.what());
    }
  }
}

void require_one_each(const std::string& key, const std::vector<std::string>& texts, const SimulatorConfiguration& c) {
  if (texts.empty() || texts.size() == c.observation.size()) return;
  refuse(key, std::to_string(texts.size()),
         std::to_string(c.observation.size()) + ", one for each of simulator.observation, or none");
}

std::vector<Support> supports_of(const SimulatorConfiguration& c) {
  std::vector<Support> supports;
  try {
    for (const std::string& text : c.observation_support) supports.push_back(support_from(text));
  } catch (const InputError& error) {
    throw InputError(std::string(kSupportKey) + ": " + error.what());
  }
  return supports;
}

void require_observation(const SimulatorConfiguration& c) {
  if (c.observation.empty()) refuse("simulator.observation", "none", "the names of what is observed");
  std::set<std::string> names;
  for (const std::string& name : c.observation) {
    require_column("simulator.observation", name);
    if (!names.insert(name).second) refuse("simulator.observation", name + " twice", "different names");
  }
  require_one_each("simulator.observation_units", c.observation_units, c);
  require_one_each(kSupportKey, c.observation_support, c);
  supports_of(c);
  if (c.index.empty()) {
    const SimulatorConfiguration defaults;
    if (c.index_first == defaults.index_first && c.index_step == defaults.index_step) return;
    refuse("simulator.index_first and index_step", "values", "none without simulator.index");
  }
  require_column("simulator.index", c.index);
  if (c.length == 0) refuse("simulator.index", c.index, "none without simulator.length");
  if (names.count(c.index) > 0) refuse("simulator.index", c.index, "a name that is not in simulator.observation");
}

/// Keys that the other mode has.
void require_of_mode(const SimulatorConfiguration& c) {
  if (c.mode == "run" && c.window != SimulatorConfiguration().window) {
    refuse("simulator.window", std::to_string(c.window), "none with simulator.mode = \"run\"");
  }
  if (c.mode == "worker" && !c.directory.empty()) {
    refuse("simulator.directory", c.directory, "none with simulator.mode = \"worker\"");
  }
}

SimulatorInfo described(const SimulatorConfiguration& c) {
  SimulatorInfo info;
  info.name = c.name;
  info.summary = "the program " + command_text(c.command);
  info.parameters = c.theta;
  info.observation.names = c.observation;
  info.observation.units = c.observation_units;
  info.observation.units.resize(c.observation.size());
  info.observation.supports = supports_of(c);
  info.observation.is_set = c.length == 0;
  info.observation.length = std::max<Index>(1, c.length);
  info.observation.index_column = c.index;
  info.observation.index_first = c.index_first;
  info.observation.index_step = c.index_step;
  return info;
}

}  // namespace

void validate_simulator(const SimulatorConfiguration& c) {
  if (c.command.empty()) return require_no_program_keys(c);
  const std::vector<std::string> builtin = builtin_simulators();
  if (std::find(builtin.begin(), builtin.end(), c.name) != builtin.end()) {
    refuse("simulator.name", '"' + c.name + '"', "another name with simulator.command: this one is built in");
  }
  if (!c.options.empty()) {
    refuse(kParameterPrefix + c.options.front().first, "it",
           "none with simulator.command, which holds a program's options");
  }
  require_theta(c.theta);
  require_observation(c);
  require_of_mode(c);
  if (c.mode != "run") return;
  std::vector<std::string> names;
  for (const Parameter& parameter : c.theta) names.push_back(parameter.name);
  CommandPattern(c.command, names);
}

ConfiguredSimulator make_configured_simulator(const SimulatorConfiguration& c, int threads) {
  if (c.command.empty()) return {make_builtin_simulator(c.name, c.options), nullptr};
  validate_simulator(c);
  ProgramOptions options;
  options.command = c.command;
  options.mode = c.mode == "run" ? ProgramMode::run : ProgramMode::worker;
  options.workers = c.workers > 0 ? static_cast<int>(c.workers) : std::max(1, threads);
  options.window = c.window;
  options.timeout = c.timeout;
  options.retries = c.retries;
  options.log = c.log;
  options.directory = c.directory;
  const SimulatorInfo info = described(c);
  const auto program = std::make_shared<const ProgramSimulator>(info, options);
  return {make_row_simulator(info, program), program};
}

}  // namespace v0
}  // namespace alfi
