#include "published.hpp"

#include <fstream>
#include <sstream>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi_sbibm {
namespace {

std::string place(const std::string& task, const std::string& budget, const std::string& observation) {
  return task + "," + budget + "," + observation;
}

}  // namespace

Published::Published(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw alfi::InputError(path + ": cannot be read, expected the benchmark's published figures");
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::vector<std::string> fields;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, ',');) fields.push_back(field);
    double value = 0;
    if (number == 1) continue;
    if (fields.size() != 5 || !alfi::parse_number(fields[4], value)) {
      throw alfi::InputError(path + ":" + std::to_string(number) + ": got \"" + line +
                             "\", expected task,algorithm,budget,observation,c2st");
    }
    figures_[place(fields[0], fields[2], fields[3])][fields[1]] = value;
  }
}

std::map<std::string, double> Published::at(const std::string& task, alfi::Index budget,
                                            alfi::Index observation) const {
  const auto found = figures_.find(place(task, std::to_string(budget), std::to_string(observation)));
  return found != figures_.end() ? found->second : std::map<std::string, double>{};
}

}  // namespace alfi_sbibm
