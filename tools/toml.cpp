#include "toml.hpp"

#include <toml++/toml.h>

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/safetensors.hpp"
#include "alfi/simulators/command.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

/// Leaves by dotted key.
using Leaves = std::map<std::string, const toml::node*>;

bool is_table_name(const std::string& key) {
  static const std::string parameters =
      std::string(kParameterPrefix).substr(0, std::string(kParameterPrefix).size() - 1);
  if (key == parameters) return true;
  const std::vector<std::string> keys = configuration_keys();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const std::string& known) { return known.rfind(key + ".", 0) == 0; });
}

/// What a node is, for messages.
std::string node_text(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (const auto* text = node.as_string()) return quoted(text->get());
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (node.is_floating_point()) return "a number with a fraction";
  return node.is_array() ? "a list" : "a date or time";
}

/// Reads nodes into the members they belong to; where() says where a node stands, origins gets that of each key.
class Reader {
 public:
  Reader(std::string source, Origins* origins) : source_(std::move(source)), origins_(origins) {}

  void read(const toml::table& table, Configuration& configuration) const {
    Leaves leaves;
    flatten(table, "", leaves);
    for (const auto& [key, node] : leaves) {
      if (origins_ != nullptr) (*origins_)[key] = place(*node);
    }
    read_served(leaves, configuration.simulator);
    visit_fields(configuration, [&](const char* key, auto& value, const auto& constraint) {
      const auto found = leaves.find(key);
      if (found == leaves.end()) return;
      assign(key, *found->second, value, constraint);
      leaves.erase(found);
    });
    const auto theta = leaves.find(kThetaKey);
    if (theta != leaves.end()) {
      read_theta(*theta->second, configuration.simulator.theta);
      leaves.erase(theta);
    }
    for (const auto& [key, node] : leaves) read_parameter(key, *node, configuration.simulator.options);
  }

 private:
  std::string place(const toml::node& node) const {
    const auto line = node.source().begin.line;
    return source_ + (line > 0 ? ":" + std::to_string(line) : "");
  }
  std::string where(const toml::node& node) const { return place(node) + ": "; }

  [[noreturn]] void refuse(const std::string& key, const toml::node& node, const std::string& wanted) const {
    throw InputError(where(node) + key + ": got " + node_text(node) + ", expected " + wanted);
  }

  void flatten(const toml::table& table, const std::string& prefix, Leaves& leaves) const {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const toml::table* inner = node.as_table();
      if (inner && is_table_name(key)) {
        flatten(*inner, key + ".", leaves);
      } else {
        leaves[key] = &node;
      }
    }
  }

  void read_parameter(const std::string& key, const toml::node& node, SimulatorOptions& options) const {
    const std::string prefix = kParameterPrefix;
    if (key.rfind(prefix, 0) != 0) {
      if (is_table_name(key)) refuse(key, node, "a table");
      throw InputError(where(node) + key + ": " + unknown_key_text(key));
    }
    const std::string name = key.substr(prefix.size());
    double value = 0;
    assign(key, node, value);
    const auto same = [&](const auto& option) { return option.first == name; };
    options.erase(std::remove_if(options.begin(), options.end(), same), options.end());
    options.emplace_back(name, value);
    std::sort(options.begin(), options.end());
  }

  /// simulator.url and simulator.model, of a model that UM-Bridge servers serve: the worker that asks them, a call at a
  /// time.
  void read_served(Leaves& leaves, SimulatorConfiguration& simulator) const {
    const auto url = leaves.find("simulator.url"), model = leaves.find("simulator.model");
    if (url == leaves.end() && model == leaves.end()) return;
    if (model == leaves.end()) refuse(url->first, *url->second, "simulator.model beside it: which one they serve");
    if (leaves.count("simulator.command") > 0) refuse(model->first, *model->second, "none with simulator.command");
    std::vector<std::string> words{"http://127.0.0.1:4242"};
    if (url != leaves.end()) assign(url->first, *url->second, words, CommandWords{});
    words.insert(words.begin(), "alfi-umbridge");
    assign(model->first, *model->second, words.emplace_back());
    simulator.command = words;
    simulator.window = 1;
    if (url != leaves.end()) leaves.erase(url);
    leaves.erase(model);
  }

  void read_theta(const toml::node& node, std::vector<Parameter>& theta) const {
    if (!node.is_array()) refuse(kThetaKey, node, "tables of a parameter each: [[simulator.theta]]");
    theta.clear();
    for (const toml::node& entry : *node.as_array()) {
      if (!entry.is_table()) refuse(kThetaKey, entry, "a table of a parameter");
      Parameter& parameter = theta.emplace_back();
      bool has_prior = false;
      for (const auto& [name, leaf] : *entry.as_table()) {
        const std::string key(name.str());
        has_prior = has_prior || key == "prior";
        try {
          read_theta_leaf(key, leaf, parameter);
        } catch (const InputError& error) {
          throw InputError(where(leaf) + error.what());
        }
      }
      if (!has_prior) throw InputError(where(entry) + kThetaKey + ": " + parameter.name + ": got no prior");
    }
  }

  void read_theta_leaf(const std::string& key, const toml::node& node, Parameter& parameter) const {
    const std::string full = std::string(kThetaKey) + "." + key + ": ";
    if (key != "prior") {
      set_theta_text(parameter, key, node.is_string() ? node.as_string()->get() : "");
      if (!node.is_string()) throw InputError(full + "got " + node_text(node) + ", expected text in quotes");
      return;
    }
    const toml::array* list = node.as_array();
    const bool sound = list != nullptr && !list->empty() && list->front().is_string() &&
                       std::all_of(list->begin() + 1, list->end(), [](const auto& entry) { return entry.is_number(); });
    if (!sound) {
      throw InputError(full + "got " + node_text(node) + ", expected a kind and its numbers: [\"uniform\", 0.2, 7]");
    }
    std::vector<double> numbers;
    for (auto entry = list->begin() + 1; entry != list->end(); ++entry) assign(full, *entry, numbers.emplace_back());
    try {
      parameter.prior = Prior::of(list->front().as_string()->get(), numbers);
    } catch (const InputError& error) {
      throw InputError(full + error.what());
    }
  }

  template <class T, class Constraint>
  void assign(const std::string& key, const toml::node& node, T& value, const Constraint&) const {
    if constexpr (std::is_same_v<Constraint, CommandWords>) {
      if (node.is_string()) {
        value = split_command(node.as_string()->get());
        return;
      }
    }
    assign(key, node, value);
  }
  void assign(const std::string& key, const toml::node& node, std::vector<std::string>& value) const {
    if (!node.is_array()) refuse(key, node, "a list of texts in quotes");
    value.clear();
    for (const toml::node& entry : *node.as_array()) assign(key, entry, value.emplace_back());
  }
  void assign(const std::string& key, const toml::node& node, std::string& value) const {
    if (!node.is_string()) refuse(key, node, "text in quotes");
    value = node.as_string()->get();
  }
  void assign(const std::string& key, const toml::node& node, bool& value) const {
    if (!node.is_boolean()) refuse(key, node, "true or false");
    value = node.as_boolean()->get();
  }
  void assign(const std::string& key, const toml::node& node, Index& value) const {
    if (!node.is_integer()) refuse(key, node, "an integer");
    value = node.as_integer()->get();
  }
  void assign(const std::string& key, const toml::node& node, std::uint64_t& value) const {
    if (!node.is_integer() || node.as_integer()->get() < 0) refuse(key, node, "an integer of at least 0");
    value = static_cast<std::uint64_t>(node.as_integer()->get());
  }
  void assign(const std::string& key, const toml::node& node, double& value) const {
    if (!node.is_number()) refuse(key, node, "a number");
    value = node.is_integer() ? static_cast<double>(node.as_integer()->get()) : node.as_floating_point()->get();
  }
  void assign(const std::string& key, const toml::node& node, std::vector<Index>& value) const {
    if (!node.is_array()) refuse(key, node, "a list of integers");
    value.clear();
    for (const toml::node& entry : *node.as_array()) assign(key, entry, value.emplace_back());
  }

  std::string source_;
  Origins* origins_;
};

[[noreturn]] void refuse_syntax(const std::string& path, const toml::parse_error& error) {
  throw InputError(path + ":" + std::to_string(error.source().begin.line) +
                   ": not sound TOML: " + std::string(error.description()));
}

}  // namespace

Configuration parse_configuration(const std::string& text, const std::string& path, Origins* origins) {
  Configuration configuration;
  try {
    Reader(path, origins).read(toml::parse(text), configuration);
  } catch (const toml::parse_error& error) {
    refuse_syntax(path, error);
  }
  return configuration;
}

Configuration read_configuration(const std::string& path, Origins* origins) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  return parse_configuration({bytes.begin(), bytes.end()}, path, origins);
}

void apply_setting(Configuration& configuration, const std::string& setting, Origins* origins) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("--set: got \"" + setting + "\", expected KEY=VALUE, such as train.steps=2000");
  }
  const std::string key = setting.substr(0, equals), text = setting.substr(equals + 1);
  toml::table table;
  try {
    table = toml::parse("value = " + text);
  } catch (const toml::parse_error&) {
    table.clear();
  }
  // Not one value: a bare word, or text that smuggles in a second line.
  if (table.size() != 1 || !table.contains("value")) {
    table.clear();
    table.insert("value", text);
  }
  // Nested as the file would have it: a.b.c = value.
  toml::table nested;
  std::size_t end = key.rfind('.');
  nested.insert(end == std::string::npos ? key : key.substr(end + 1), *table.get("value"));
  while (end != std::string::npos && end > 0) {
    const std::size_t begin = key.rfind('.', end - 1);
    toml::table outer;
    outer.insert(begin == std::string::npos ? key.substr(0, end) : key.substr(begin + 1, end - begin - 1), nested);
    nested = std::move(outer);
    end = begin;
  }
  Reader("--set " + key, origins).read(nested, configuration);
}

void with_origins(const Origins& origins, const std::function<void()>& work) {
  try {
    work();
  } catch (const InputError& error) {
    const std::string message = error.what(), keys = message.substr(0, message.find(": "));
    for (std::size_t begin = 0; begin < keys.size();) {  // "a.b", "a.b * a.c"
      const std::size_t end = std::min(keys.find(' ', begin), keys.size());
      const auto found = origins.find(keys.substr(begin, end - begin));
      if (found != origins.end()) throw InputError(found->second + ": " + message);
      begin = end + 1;
    }
    throw;
  }
}

}  // namespace alfi::tools
