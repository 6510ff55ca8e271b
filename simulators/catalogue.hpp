#pragma once
#include <string>
#include <vector>

#include "alfi/simulators/simulator.hpp"

/// The built-in simulators, by name.

namespace alfi {
inline namespace v0 {

/// Numbers a configuration may set ([simulator] parameters.*), such as linear_regression's number of slopes.
using SimulatorOptions = std::vector<std::pair<std::string, double>>;

/// Throws InputError for an unknown name (with a suggestion) or option.
Simulator make_builtin_simulator(const std::string& name, const SimulatorOptions& options = {});

/// In alphabetical order.
std::vector<std::string> builtin_simulators();

}  // namespace v0
}  // namespace alfi
