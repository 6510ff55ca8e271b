#include "program.hpp"

#include "alfi/core/error.hpp"
#include "alfi/simulators/command.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace alfi::tools {

void replace_command(SimulatorConfiguration& simulator, const std::string& command) {
  simulator.command = split_command(command);
  if (simulator.command.empty()) throw InputError("--simulator-command: got nothing, expected a program");
}

ConfiguredSimulator simulator_in(const Configuration& configuration, const std::string& path,
                                 const ProgramArguments& program, int threads) {
  SimulatorConfiguration simulator = configuration.simulator;
  if (!program.command.empty() && program.trust) {
    throw UsageError("--simulator-command and --trust-model: got both, expected one of them");
  }
  if (simulator.command.empty()) {
    if (program.command.empty()) return make_configured_simulator(simulator, threads);
    throw InputError("--simulator-command: got " + program.command + ", expected none: the simulator of " + path +
                     ", " + simulator.name + ", is no program");
  }
  if (!program.command.empty()) {
    replace_command(simulator, program.command);
    // Not trusted: the file says neither what runs nor where anything is written.
    simulator.log.clear();
    simulator.directory.clear();
  } else if (!program.trust) {
    throw InputError(path + ": its simulator is the program " + command_text(simulator.command) +
                     ", which is not run because a file says so; expected --simulator-command COMMAND with the program "
                     "to run, or --trust-model to run this one");
  }
  return make_configured_simulator(simulator, threads);
}

LoadedMachine load_machine(const std::string& model, const ProgramArguments& program, int threads) {
  const std::string path = model_file(model);
  const TensorFile file = read_tensor_file(path);
  const Configuration configuration = configuration_in(file, path);
  if (configuration.simulator.command.empty() && program.command.empty()) {
    Machine machine = Machine::from_file(file, path);
    return {machine, {machine.simulator(), nullptr}};
  }
  const ConfiguredSimulator simulator = simulator_in(configuration, path, program, threads);
  return {Machine::from_file(file, path, simulator.simulator), simulator};
}

void tell_failures(const ConfiguredSimulator& simulator, bool quiet) {
  if (quiet || simulator.program == nullptr) return;
  const FailureReport report = simulator.program->failures();
  if (!report.nothing()) complain("alfi: warning: simulator " + simulator.simulator.info().name + ": " + report.text());
}

}  // namespace alfi::tools
