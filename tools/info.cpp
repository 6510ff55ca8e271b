#include "alfi/core/text.hpp"
#include "alfi/inference/configured_simulator.hpp"
#include "alfi/inference/machine.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "toml.hpp"

namespace alfi::tools {

int info(const InfoArguments& arguments) {
  const std::string path = model_file(arguments.model);
  const TensorFile file = read_tensor_file(path);
  SimulatorConfiguration simulator = configuration_in(file, path).simulator;
  simulator.log.clear();  // a program is described, not run, and nothing is written for it
  const Machine machine = simulator.command.empty()
                              ? Machine::from_file(file, path)
                              : Machine::from_file(file, path, make_configured_simulator(simulator).simulator);
  std::vector<Row> rows{{"file", path},
                        {"size", bytes_text(static_cast<double>(serialize(file).size()))},
                        {"simulator", machine.simulator().info().name},
                        {"weights", std::to_string(machine.weight_count())},
                        {"tensors", std::to_string(file.tensors.size())}};
  for (const auto& [key, value] : file.metadata) {
    if (key == "configuration") continue;
    // A value of several lines goes below itself, and control characters of a foreign file reach no terminal.
    Row row{printable(key), ""};
    for (const char c : printable(value.substr(0, value.find_last_not_of('\n') + 1))) {
      if (c == '\n') {
        rows.push_back(row);
        row = {"", ""};
      } else {
        row[1] += c;
      }
    }
    rows.push_back(row);
  }
  std::string tensors;
  for (const auto& [name, tensor] : file.tensors)
    tensors += "  " + printable(name) + " " + tensor.dtype + shape_text(tensor.shape) + "\n";
  print(table_text(rows, 2) + "\n" + toml_text(machine.configuration()) + "\ntensors:\n" + tensors);
  return kDone;
}

}  // namespace alfi::tools
