#include <cmath>

#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "toml.hpp"

namespace alfi::tools {
namespace {

std::string value_text(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      text += c;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      text += std::string("\\u00") + kDigits[(c >> 4) & 7] + kDigits[c & 15];
    }
  }
  return text + "\"";
}
std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(Index value) { return std::to_string(value); }
std::string value_text(std::uint64_t value) { return std::to_string(value); }
std::string value_text(double value) {
  const std::string text = number_text(value);
  // 3 would be read as an integer: the same value, but not the same type of number.
  return std::isfinite(value) && text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}
std::string value_text(const std::vector<std::string>& value) {
  std::string text;
  for (const std::string& entry : value) text += (text.empty() ? "" : ", ") + value_text(entry);
  return "[" + text + "]";
}
std::string value_text(const std::vector<Index>& value) {
  std::string text;
  for (const Index width : value) text += (text.empty() ? "" : ", ") + std::to_string(width);
  return "[" + text + "]";
}

std::string comment(const OneOf& allowed) { return allowed.names.size() > 1 ? list_text(allowed.names) : ""; }
std::string comment(AnyText) { return "required; alfi simulators lists them"; }
std::string comment(AnyTextOrNone) { return "text"; }
std::string comment(AnyTexts) { return "texts"; }
std::string comment(CommandWords) { return "a program, and what follows: docs/your-own-simulator.md"; }
std::string comment(AnyFlag) { return "true or false"; }
std::string comment(IndexRange range) { return std::to_string(range.low) + " to " + std::to_string(range.high); }
std::string comment(SeedRange range) { return "0 to " + std::to_string(range.high); }
std::string comment(NumberRange range) {
  return (range.open_low ? "above " : "") + number_text(range.low) + " to " + number_text(range.high);
}
std::string comment(Widths widths) {
  return (widths.least == widths.most ? "" : std::to_string(widths.least) + " to ") + std::to_string(widths.most) +
         " widths, each 1 to " + std::to_string(kWidest);
}

std::string key_text(const std::string& name) {
  const bool bare = !name.empty() && name.find_first_not_of(
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_-") == std::string::npos;
  return bare ? name : value_text(name);
}

std::string parameters_text(const SimulatorOptions& options) {
  if (options.empty()) return "";
  std::string text = "\n[simulator.parameters]\n";
  for (const auto& [name, value] : options) text += key_text(name) + " = " + value_text(value) + "\n";
  return text;
}

std::string theta_text(const std::vector<Parameter>& theta, bool comments) {
  if (theta.empty() && comments) {
    return "\n# [[simulator.theta]]  # of a program: its parameters, in order\n# name = \"rate\"\n"
           "# prior = [\"uniform\", 0.2, 7.0]  # uniform, normal, lognormal, positive_normal, gamma, exponential, "
           "beta\n"
           "# unit = \"1/s\"\n# description = \"of decays\"\n";
  }
  std::string text;
  for (const Parameter& parameter : theta) {
    text += "\n[[simulator.theta]]\nname = " + value_text(parameter.name) + "\nprior = [" +
            value_text(parameter.prior.name());
    for (const double number : parameter.prior.numbers()) text += ", " + value_text(number);
    text += "]\n";
    if (!parameter.unit.empty()) text += "unit = " + value_text(parameter.unit) + "\n";
    if (!parameter.description.empty()) text += "description = " + value_text(parameter.description) + "\n";
  }
  return text;
}

}  // namespace

std::string toml_text(const Configuration& configuration, bool comments) {
  std::string text, table;
  const SimulatorConfiguration& simulator = configuration.simulator;
  visit_fields(configuration, [&](const std::string& key, const auto& value, const auto& constraint) {
    if (is_program_key(key) && simulator.command.empty() && !comments) return;
    const std::size_t dot = key.find('.');
    if (key.substr(0, dot) != table) {
      if (table == "simulator") text += parameters_text(simulator.options) + theta_text(simulator.theta, comments);
      text += table.empty() ? "[" : "\n[";
      table = key.substr(0, dot);
      text += table + "]\n";
    }
    text += key.substr(dot + 1) + " = " + value_text(value);
    const std::string explained = comments ? comment(constraint) : "";
    text += explained.empty() ? "\n" : "  # " + explained + "\n";
  });
  return text;
}

}  // namespace alfi::tools
