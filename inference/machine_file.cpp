#include <filesystem>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/model.hpp"
#include "alfi/simulators/command.hpp"

/// The half of Machine that is about its file.

namespace alfi {
inline namespace v0 {
namespace {

Simulator simulator_of(const SimulatorConfiguration& c, const std::string& path) {
  if (!c.command.empty()) {
    throw InputError(path + ": was trained for the program " + command_text(c.command) +
                     ", which is not run unasked; expected the simulator beside the file");
  }
  try {
    return make_builtin_simulator(c.name, c.options);
  } catch (const InputError& error) {
    throw InputError(path + ": " + error.what());
  }
}

Configuration resolved(const Configuration& configuration, const Simulator& simulator, const std::string& path) {
  try {
    return resolve(configuration, simulator.info().observation);
  } catch (const InputError& error) {
    throw InputError(path + ": metadata configuration: " + error.what());
  }
}

}  // namespace

std::string model_file(const std::string& model) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  return fs::is_directory(model, ignored) ? (fs::path(model) / "model.safetensors").string() : model;
}

Configuration configuration_in(const TensorFile& file, const std::string& path) {
  const std::string& version = metadata(file, path, "format_version");
  if (version != kFormatVersion) {
    throw InputError(path + ": format_version is \"" + version + "\", expected \"" + kFormatVersion + "\"");
  }
  return configuration_from_text(metadata(file, path, "configuration"), path);
}

Machine Machine::load(const std::string& path) {
  const std::string file = model_file(path);
  return from_file(read_tensor_file(file), file);
}

Machine Machine::load(const std::string& path, const Simulator& simulator) {
  const std::string file = model_file(path);
  return from_file(read_tensor_file(file), file, simulator);
}

Machine Machine::from_file(const TensorFile& file, const std::string& path) {
  return from_file(file, path, simulator_of(configuration_in(file, path).simulator, path));
}

Machine Machine::from_file(const TensorFile& file, const std::string& path, const Simulator& simulator) {
  Configuration c = resolved(configuration_in(file, path), simulator, path);
  if (metadata(file, path, "prior") != priors_text(simulator)) {
    throw InputError(path + ": was trained with the priors\n" + metadata(file, path, "prior") + "got " +
                     simulator.info().name + " with\n" + priors_text(simulator));
  }
  Architecture architecture(c, simulator.parameters(), simulator.info().observation);
  Normalization normalization = get_normalization(file, path, simulator.info().observation);
  auto state = std::make_shared<State>(State{std::move(c),
                                             std::move(simulator),
                                             std::move(architecture),
                                             std::move(normalization),
                                             {},
                                             0,
                                             nullptr,
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

void Machine::save(const std::string& path) const { write_file_atomically(path, serialize(to_file())); }

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

}  // namespace v0
}  // namespace alfi
