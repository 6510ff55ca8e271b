#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration.hpp"
#include "alfi/inference/configuration_fields.hpp"

namespace alfi {
inline namespace v0 {
namespace {

std::string entry_text(const std::string& value) { return value; }
std::string entry_text(bool value) { return value ? "true" : "false"; }
std::string entry_text(Index value) { return std::to_string(value); }
std::string entry_text(std::uint64_t value) { return std::to_string(value); }
std::string entry_text(double value) { return number_text(value); }
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
const char* wanted(const std::vector<Index>&) { return "integers separated by spaces"; }

template <class T>
void require_read(const std::string& key, const std::string& text, T& value) {
  if (!read_entry(text, value)) throw InputError(key + ": got \"" + text + "\", expected " + wanted(value));
}

}  // namespace

std::vector<std::string> configuration_keys() {
  std::vector<std::string> keys;
  const Configuration defaults;
  visit_fields(defaults, [&](const char* key, const auto&, const auto&) { keys.push_back(key); });
  return keys;
}

std::string unknown_key_text(const std::string& key) {
  const std::vector<std::string> keys = configuration_keys();
  const std::string leaf = key.substr(key.rfind('.') + 1);
  // A right name in a wrong table is a likelier slip than three wrong letters.
  for (const std::string& known : keys) {
    if (known.substr(known.rfind('.') + 1) == leaf) return "unknown key (did you mean \"" + known + "\"?)";
  }
  const std::string nearest = suggestion(key, keys);
  return "unknown key" + (nearest.empty() ? ", expected one of those that alfi train --dump-defaults prints" : nearest);
}

std::map<std::string, std::string> to_entries(const Configuration& configuration) {
  std::map<std::string, std::string> entries;
  visit_fields(configuration,
               [&](const char* key, const auto& value, const auto&) { entries[key] = entry_text(value); });
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
  const std::string prefix = kParameterPrefix;
  for (const auto& [key, text] : left) {
    if (key.compare(0, prefix.size(), prefix) != 0) throw InputError(key + ": " + unknown_key_text(key));
    double value = 0;
    require_read(key, text, value);
    configuration.simulator.options.emplace_back(key.substr(prefix.size()), value);
  }
  return configuration;
}

}  // namespace v0
}  // namespace alfi
