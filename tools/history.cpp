#include "history.hpp"

#include <fstream>
#include <map>
#include <sstream>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi::tools {
namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

}  // namespace

report::History read_history(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line))
    throw InputError(path + ": is empty or cannot be read, expected what alfi train wrote");
  const std::vector<std::string> names = split(line);
  report::History history;
  std::vector<std::vector<double>*> columns(names.size(), nullptr);
  const std::map<std::string, std::vector<double>*> wanted{{"step", &history.step},
                                                           {"loss", &history.loss},
                                                           {"rmse", &history.rmse},
                                                           {"gradient_norm", &history.gradient_norm},
                                                           {"learning_rate", &history.learning_rate},
                                                           {"simulator_calls", &history.simulator_calls}};
  std::size_t found = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto column = wanted.find(names[i]);
    if (column == wanted.end()) continue;
    columns[i] = column->second;
    ++found;
  }
  if (found != wanted.size()) throw InputError(path + ": got the columns " + line + ", expected those of alfi train");
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = split(line);
    std::vector<double> values(names.size());
    bool whole = fields.size() == names.size();
    for (std::size_t i = 0; whole && i < names.size(); ++i) whole = parse_number(fields[i], values[i]);
    for (std::size_t i = 0; whole && i < names.size(); ++i) {
      if (columns[i] != nullptr) columns[i]->push_back(values[i]);
    }
  }
  return history;
}

}  // namespace alfi::tools
