#include <algorithm>
#include <cmath>
#include <filesystem>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/bank.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "toml.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A configuration of the caller's own is theirs to trust; a model file is not.
ConfiguredSimulator make_simulator_of(const SimulateArguments& arguments) {
  Configuration configuration;
  const std::vector<std::string> builtin = builtin_simulators();
  const bool named = std::find(builtin.begin(), builtin.end(), arguments.simulator) != builtin.end();
  const bool is_toml = !named && ends_with(arguments.simulator, ".toml");
  const bool is_model = !named && !is_toml && std::filesystem::exists(arguments.simulator);
  if (!named && !is_toml && !is_model) {
    throw InputError("NAME: got \"" + arguments.simulator + "\"" + suggestion(arguments.simulator, builtin) +
                     ", expected a simulator that alfi simulators lists, a configuration (.toml) or a model");
  }
  const std::string path = is_model ? model_file(arguments.simulator) : arguments.simulator;
  configuration.simulator.name = arguments.simulator;
  Origins origins;
  if (is_toml) configuration = read_configuration(path, &origins);
  if (is_model) configuration = configuration_in(read_tensor_file(path), path);
  for (const std::string& setting : arguments.set) {
    if (setting.rfind(kParameterPrefix, 0) != 0) {
      throw UsageError("--set: got \"" + setting + "\", expected simulator.parameters.KEY=VALUE");
    }
    apply_setting(configuration, setting, &origins);
  }
  ProgramArguments program = arguments.program;
  if (is_toml && !program.command.empty()) {
    replace_command(configuration.simulator, program.command);
    program.command.clear();
  }
  if (is_toml) program.trust = true;
  ConfiguredSimulator simulator;
  with_origins(origins, [&] {
    if (is_toml) validate(configuration);
    simulator = simulator_in(configuration, path, program, arguments.common.threads);
  });
  return simulator;
}

void require_theta(const SimulatorInfo& info, const std::vector<double>& theta) {
  if (theta.size() != info.parameters.size()) {
    std::string names;
    for (const Parameter& p : info.parameters) names += (names.empty() ? "" : ",") + p.name;
    throw InputError("--theta: got " + counted(static_cast<Index>(theta.size()), "number") + ", expected " +
                     std::to_string(info.parameters.size()) + ": " + names);
  }
  for (std::size_t p = 0; p < theta.size(); ++p) {
    const Prior& prior = info.parameters[p].prior;
    if (theta[p] >= prior.lower() && theta[p] <= prior.upper()) continue;
    throw InputError("--theta: " + info.parameters[p].name + ": got " + number_text(theta[p]) +
                     ", expected a value inside the prior's support, " + number_text(prior.lower()) + " to " +
                     number_text(prior.upper()));
  }
}

/// Observations [report.count, D] that did not fail, in order; counts those that did in the report.
std::vector<float> draw(const Simulator& simulator, const SimulateArguments& arguments, SimulationReport& report) {
  // Without a wish: the processor, whose draws are the same on every machine.
  const Context context = context_of(arguments.common.device == "auto" ? "cpu" : arguments.common.device);
  const std::vector<float> values(arguments.theta.begin(), arguments.theta.end());
  const Index rows = report.count, columns = simulator.size();
  Buffer<float> theta(context, simulator.parameters()), made(context, rows * columns);
  Buffer<std::uint8_t> marks(context, rows);
  theta.copy_in(values.data());
  const auto count = static_cast<std::size_t>(report.count), size = static_cast<std::size_t>(simulator.size());
  std::vector<float> out(count * size);
  std::vector<std::uint8_t> status(count);
  SimulateRequest request;
  request.problems = 1;
  request.observations = report.count;
  request.theta = theta.matrix(1, simulator.parameters());
  request.out = made.matrix(rows, columns);
  request.status = marks.view();
  request.key = step_key(report.seed, Purpose::user, 0);
  simulator.simulate(context, request);
  made.copy_out(out.data());
  marks.copy_out(status.data());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (status[i] != 0) continue;
    for (std::size_t d = 0; d < size; ++d) out[kept * size + d] = out[i * size + d];
    ++kept;
  }
  out.resize(kept * size);
  report.failed = static_cast<Index>(count - kept);
  return out;
}

/// As asked; else as many as the bank has; of a new one 1, which of sets is seldom meant.
Index observed_of(const SimulateArguments& arguments, const Bank& bank, bool is_set) {
  if (arguments.observed > 0) return arguments.observed;
  if (bank.rows > 0) return bank.observed;
  if (is_set) {
    warn({"one observation a draw: trainings from " + arguments.bank + " have problems of one; --observed N keeps N"},
         arguments.common.quiet);
  }
  return 1;
}

/// Makes a bank, or what it lacks.
int simulate_bank(const SimulateArguments& arguments) {
  if (!arguments.theta.empty() || arguments.output != "-") {
    throw UsageError("--bank: got --theta or --output beside it, expected neither");
  }
  const std::string& path = arguments.bank;
  if (arguments.count == 0) throw UsageError("--count: got nothing, expected the number of draws in " + path);
  require_writable("--bank", path);
  require_writable("--json", arguments.common.json);
  const Progress clock(true);
  const ConfiguredSimulator configured = make_simulator_of(arguments);
  const Simulator& simulator = configured.simulator;
  const std::uint64_t seed = arguments.common.seed.value_or(1);
  Bank bank;
  if (std::filesystem::exists(path)) bank = bank_from_file(read_tensor_file(path), path, simulator);
  const Index before = bank.rows, observed = observed_of(arguments, bank, simulator.info().observation.is_set);
  ThreadPool pool(arguments.common.threads);
  Waiting waiting(configured, arguments.common.quiet);
  try {
    extend_bank(bank, simulator, arguments.count, observed, seed, &pool);
  } catch (const InputError& error) {
    throw InputError(path + ": " + error.what());
  }
  waiting.end();
  write_file_atomically(path, serialize(to_file(bank, simulator)));
  SimulationReport report;
  report.count = (bank.rows - before) * bank.observed;
  for (Index i = before * bank.observed; i < bank.calls(); ++i) {
    report.failed += bank.status[static_cast<std::size_t>(i)] != 0 ? 1 : 0;
  }
  report.seed = seed;
  report.seconds = clock.seconds();
  if (arguments.common.json != "-") {
    print(path + ": " + counted(bank.rows, "draw") + " of the prior of " + simulator.info().name + ", " +
          counted(bank.observed, "observation") + " each; " + counted(report.count, "simulator call") + " made, " +
          std::to_string(report.failed) + " of them failed\n");
  }
  if (!arguments.common.json.empty()) write_text(arguments.common.json, simulation_json(simulator.info(), report));
  tell_failures(configured, arguments.common.quiet);
  return kDone;
}

}  // namespace

int simulate(const SimulateArguments& arguments) {
  if (arguments.common.json == "-" && arguments.output == "-") {
    throw UsageError("--json - and --output -: got both on standard output, expected one of them to be a file");
  }
  if (!arguments.bank.empty()) return simulate_bank(arguments);
  if (arguments.theta.empty()) throw UsageError("--theta: got nothing, expected --theta A,B,.. or --bank FILE");
  require_writable("--output", arguments.output);
  require_writable("--json", arguments.common.json);
  const Progress clock(true);
  const ConfiguredSimulator configured = make_simulator_of(arguments);
  const Simulator& simulator = configured.simulator;
  const SimulatorInfo& info = simulator.info();
  require_theta(info, arguments.theta);
  if (arguments.count == 0 && info.observation.is_set) {
    throw UsageError("--count: got nothing, expected the number of observations");
  }
  SimulationReport report;
  report.theta = arguments.theta;
  report.count = std::max<Index>(1, arguments.count);
  report.seed = arguments.common.seed.value_or(1);
  Waiting waiting(configured, arguments.common.quiet);
  const std::vector<float> values = draw(simulator, arguments, report);
  waiting.end();
  if (report.failed == report.count) {
    tell_failures(configured, arguments.common.quiet);
    throw Error(report.count == 1 ? "simulate: the call failed"
                                  : "simulate: all " + std::to_string(report.count) + " calls failed");
  }
  std::string theta;
  for (std::size_t p = 0; p < arguments.theta.size(); ++p) {
    theta += (p > 0 ? ", " : "") + info.parameters[p].name + " = " + number_text(arguments.theta[p]);
  }
  const std::vector<std::string> comment{"alfi simulate " + info.name + ", seed " + std::to_string(report.seed), theta};
  const Index rows = report.count - report.failed;
  write_text(arguments.output, observations_text(comment, info.observation, {values.data(), rows, simulator.size()}));
  report.seconds = clock.seconds();
  if (!arguments.common.json.empty()) write_text(arguments.common.json, simulation_json(info, report));
  tell_failures(configured, arguments.common.quiet);
  if (report.failed > 0 && !arguments.common.quiet) {
    complain("alfi: warning: left out, as they failed: " + std::to_string(report.failed) + " of " +
             counted(report.count, "call"));
  }
  return kDone;
}

}  // namespace alfi::tools
