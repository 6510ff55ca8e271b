#pragma once
#include <string>

#include "alfi/inference/configured_simulator.hpp"
#include "alfi/inference/machine.hpp"
#include "commands.hpp"

/// Simulators that are programs: a model file names one, but only who calls the command may have it run.

namespace alfi::tools {

/// Puts a command of the command line in the place of a configuration's.
/// Throws InputError where the text is no command.
void replace_command(SimulatorConfiguration& simulator, const std::string& command);

struct LoadedMachine {
  Machine machine;
  ConfiguredSimulator simulator;
};
/// A model and its simulator: built in, or the program of the command line, or the file's where that is trusted.
/// Throws InputError where neither was given for a program, and --simulator-command for what is none.
LoadedMachine load_machine(const std::string& model, const ProgramArguments& program, int threads);

/// The simulator alone; info() of a program's runs nothing.
ConfiguredSimulator simulator_in(const Configuration& configuration, const std::string& path,
                                 const ProgramArguments& program, int threads);

/// A warning where a program's calls failed.
void tell_failures(const ConfiguredSimulator& simulator, bool quiet);

}  // namespace alfi::tools
