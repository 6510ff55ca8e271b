#pragma once
#include <memory>

#include "alfi/inference/configuration.hpp"
#include "alfi/simulators/program.hpp"

/// The simulator that a configuration names or describes.

namespace alfi {
inline namespace v0 {

struct ConfiguredSimulator {
  Simulator simulator;
  std::shared_ptr<const ProgramSimulator> program;  ///< to be asked of its failures; null: it is built in
};

/// Built in, or, where there is simulator.command, that program, which does not run before it is asked to simulate.
/// threads: processes where simulator.workers is 0. Throws InputError naming the key.
ConfiguredSimulator make_configured_simulator(const SimulatorConfiguration& configuration, int threads = 1);

}  // namespace v0
}  // namespace alfi
