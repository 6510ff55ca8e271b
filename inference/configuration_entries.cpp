#include <algorithm>
#include <iterator>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/simulators/command.hpp"

namespace alfi {
inline namespace v0 {
namespace {

std::string entry_text(const std::string& value) { return value; }
std::string entry_text(bool value) { return value ? "true" : "false"; }
std::string entry_text(Index value) { return std::to_string(value); }
std::string entry_text(std::uint64_t value) { return std::to_string(value); }
std::string entry_text(double value) { return number_text(value); }
std::string entry_text(const std::vector<std::string>& value) { return command_text(value); }
std::string entry_text(const std::vector<Index>& value) {
  std::string text;
  for (const Index width : value) text += (text.empty() ? "" : " ") + std::to_string(width);
  return text;
}

bool read_entry(const std::string& text, std::string& value) {
  value = text;
  return true;
}
bool read_entry(const std::string& text, bool& value) {
  if (text != "true" && text != "false") return false;
  value = text == "true";
  return true;
}
bool read_entry(const std::string& text, Index& value) { return parse_number(text, value); }
bool read_entry(const std::string& text, std::uint64_t& value) { return parse_number(text, value); }
bool read_entry(const std::string& text, double& value) { return parse_number(text, value); }
bool read_entry(const std::string& text, std::vector<std::string>& value) {
  value = split_command(text);
  return true;
}
bool read_entry(const std::string& text, std::vector<Index>& value) {
  value.clear();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    value.push_back(0);
    if (!parse_number(text.substr(begin, end - begin), value.back())) return false;
    begin = end + 1;
  }
  return true;
}

const char* wanted(const std::string&) { return "text"; }
const char* wanted(bool) { return "true or false"; }
const char* wanted(Index) { return "an integer"; }
const char* wanted(std::uint64_t) { return "an integer of at least 0"; }
const char* wanted(double) { return "a number"; }
const char* wanted(const std::vector<std::string>&) { return "words"; }
const char* wanted(const std::vector<Index>&) { return "integers separated by spaces"; }

template <class T>
void require_read(const std::string& key, const std::string& text, T& value) {
  if (!read_entry(text, value)) throw InputError(key + ": got \"" + text + "\", expected " + wanted(value));
}

/// "uniform 0.2 7".
std::string entry_text(const Prior& prior) {
  std::string text = prior.name();
  for (const double number : prior.numbers()) text += " " + number_text(number);
  return text;
}

Prior read_prior(const std::string& key, const std::string& text) {
  const std::vector<std::string> words = split_command(text);
  std::vector<double> numbers;
  for (std::size_t i = 1; i < words.size(); ++i) require_read(key, words[i], numbers.emplace_back());
  try {
    return Prior::of(words.empty() ? "" : words[0], numbers);
  } catch (const InputError& error) {
    throw InputError(key + ": " + error.what());
  }
}

/// "simulator.theta.3.unit".
void read_theta_entry(const std::string& key, const std::string& text, std::map<Index, Parameter>& theta) {
  const std::string place = key.substr(std::string(kThetaKey).size() + 1);
  const std::size_t dot = std::min(place.find('.'), place.size());
  Index i = 0;
  require_read(key, place.substr(0, dot), i);
  const std::string leaf = place.substr(std::min(dot + 1, place.size()));
  if (leaf == "prior") {
    theta[i].prior = read_prior(key, text);
  } else {
    set_theta_text(theta[i], leaf, text);
  }
}

bool begins(const std::string& text, const std::string& prefix) { return text.compare(0, prefix.size(), prefix) == 0; }

}  // namespace

bool is_program_key(const std::string& key) {
  return begins(key, "simulator.") && key != "simulator.name" && !begins(key, kParameterPrefix);
}

bool is_running_key(const std::string& key) {
  for (const char* leaf : {"command", "mode", "workers", "window", "timeout", "retries", "log", "directory"}) {
    if (key == std::string("simulator.") + leaf) return true;
  }
  return false;
}

void set_theta_text(Parameter& parameter, const std::string& key, const std::string& text) {
  if (key == "name") {
    parameter.name = text;
  } else if (key == "unit") {
    parameter.unit = text;
  } else if (key == "description") {
    parameter.description = text;
  } else {
    const std::vector<std::string> known(std::begin(kThetaKeys), std::end(kThetaKeys));
    throw InputError(std::string(kThetaKey) + ": unknown key " + key + suggestion(key, known) + ", expected " +
                     list_text(known));
  }
}

std::map<std::string, std::string> program_entries(const SimulatorConfiguration& simulator) {
  std::map<std::string, std::string> entries;
  Configuration configuration;
  configuration.simulator = simulator;
  visit_fields(configuration, [&](const std::string& key, const auto& value, const auto&) {
    if (is_program_key(key)) entries[key] = entry_text(value);
  });
  for (std::size_t i = 0; i < simulator.theta.size(); ++i) {
    const Parameter& parameter = simulator.theta[i];
    const std::string prefix = kThetaKey + ("." + std::to_string(i)) + ".";
    entries[prefix + "name"] = parameter.name;
    entries[prefix + "prior"] = entry_text(parameter.prior);
    entries[prefix + "unit"] = parameter.unit;
    entries[prefix + "description"] = parameter.description;
  }
  return entries;
}

std::vector<std::string> configuration_keys() {
  std::vector<std::string> keys;
  const Configuration defaults;
  visit_fields(defaults, [&](const char* key, const auto&, const auto&) { keys.push_back(key); });
  keys.push_back(kThetaKey);
  return keys;
}

namespace {

/// "train", "train.adam", ...: what keys are in.
std::vector<std::string> tables_of(const std::vector<std::string>& keys) {
  std::vector<std::string> tables;
  for (const std::string& key : keys) {
    for (std::size_t dot = key.find('.'); dot != key.npos; dot = key.find('.', dot + 1)) {
      const std::string table = key.substr(0, dot);
      if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
    }
  }
  return tables;
}

}  // namespace

std::string unknown_key_text(const std::string& key) {
  const std::vector<std::string> keys = configuration_keys();
  const std::string leaf = key.substr(key.rfind('.') + 1);
  // A right name in a wrong table is a likelier slip than three wrong letters.
  for (const std::string& known : keys) {
    if (known.substr(known.rfind('.') + 1) == leaf) return "unknown key (did you mean \"" + known + "\"?)";
  }
  const std::vector<std::string> tables = tables_of(keys);
  std::string nearest = suggestion(key, keys);
  if (nearest.empty()) nearest = suggestion(key, tables);  // [trian]
  for (const std::string& table : tables) {                // [training], [net]
    if (nearest.empty() && (key.find(table) == 0 || table.find(key) == 0)) nearest = suggestion(table, {table});
  }
  return "unknown key" + (nearest.empty() ? ", expected one of those that alfi train --dump-defaults prints" : nearest);
}

std::map<std::string, std::string> to_entries(const Configuration& configuration) {
  std::map<std::string, std::string> entries;
  if (!configuration.simulator.command.empty()) entries = program_entries(configuration.simulator);
  visit_fields(configuration, [&](const char* key, const auto& value, const auto&) {
    if (!is_program_key(key)) entries[key] = entry_text(value);
  });
  for (const auto& [name, value] : configuration.simulator.options) {
    entries[kParameterPrefix + name] = number_text(value);
  }
  return entries;
}

Configuration from_entries(const std::map<std::string, std::string>& entries) {
  Configuration configuration;
  std::map<std::string, std::string> left = entries;
  visit_fields(configuration, [&](const char* key, auto& value, const auto&) {
    const auto found = left.find(key);
    if (found == left.end()) return;
    require_read(key, found->second, value);
    left.erase(found);
  });
  std::map<Index, Parameter> theta;
  for (const auto& [key, text] : left) {
    if (begins(key, kThetaKey + std::string("."))) {
      read_theta_entry(key, text, theta);
      continue;
    }
    if (!begins(key, kParameterPrefix)) throw InputError(key + ": " + unknown_key_text(key));
    double value = 0;
    require_read(key, text, value);
    configuration.simulator.options.emplace_back(key.substr(std::string(kParameterPrefix).size()), value);
  }
  for (const auto& [i, parameter] : theta) {
    const auto expected = static_cast<Index>(configuration.simulator.theta.size());
    if (i != expected) {
      throw InputError(std::string(kThetaKey) + ": got number " + std::to_string(i) + ", expected " +
                       std::to_string(expected));
    }
    configuration.simulator.theta.push_back(parameter);
  }
  return configuration;
}

}  // namespace v0
}  // namespace alfi
