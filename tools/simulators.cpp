#include <algorithm>
#include <filesystem>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

constexpr int kDigits = 6;  // at most: 1.5708, 2.30259

std::string support_text(const Prior& prior) {
  return "[" + number_text(prior.lower(), kDigits) + ", " + number_text(prior.upper(), kDigits) + "]";
}

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

/// hare, lynx; of more than twenty the first two and the last: data_1, data_2, ..., data_100.
/// What they can be beside each, or once where all are alike.
std::string columns_text(const ObservationShape& shape) {
  std::string text;
  const std::vector<Support>& supports = shape.supports;
  bool alike = supports.size() > 1;
  for (const Support& support : supports) alike = alike && support.text() == supports[0].text();
  const std::size_t count = shape.names.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (count > 20 && i == 2) {
      text += ", ...";
      i = count - 1;
    }
    text += (i > 0 ? ", " : "") + with_unit(shape.names[i], i < shape.units.size() ? shape.units[i] : "");
    if (!supports.empty() && !alike) text += " (" + supports[i].text() + ")";
  }
  if (alike) text += " (each " + supports[0].text() + ")";
  if (shape.is_set || shape.length == 1) return text + (shape.is_set ? "; a set" : "; one row");
  text += "; a series of " + counted(shape.length, "row");
  return shape.index_column.empty() ? text : text + " by " + shape.index_column;
}

std::string description(const SimulatorInfo& info) {
  std::vector<Row> rows{{"  parameter", "unit", "prior", "support", "meaning"}};
  for (const Parameter& p : info.parameters) {
    rows.push_back(
        {"  " + p.name, p.unit.empty() ? "-" : p.unit, p.prior.text(kDigits), support_text(p.prior), p.description});
  }
  return info.name + ": " + info.summary + "\n" + table_text(rows, rows.front().size()) +
         "  observation: " + columns_text(info.observation) + "\n" +
         (info.source.empty() ? "" : "  source: " + info.source + "\n");
}

/// "alpha, beta", or where that is long "8 parameters".
std::string short_list(const std::vector<Parameter>& parameters) {
  constexpr std::size_t kLong = 24;
  std::string text;
  for (const Parameter& p : parameters) text += (text.empty() ? "" : ", ") + p.name;
  return text.size() <= kLong ? text : counted(static_cast<Index>(parameters.size()), "parameter");
}

std::string list_of_all() {
  std::vector<Row> rows{{"simulator", "parameters", "about"}};
  for (const std::string& name : builtin_simulators()) {
    const Simulator simulator = make_builtin_simulator(name);
    rows.push_back({name, short_list(simulator.info().parameters), simulator.info().summary});
  }
  return table_text(rows, rows.front().size()) + "\nalfi simulators NAME says all of one: priors, units, columns.\n";
}

/// Throws InputError where that is none of the names.
Simulator simulator_named(const std::string& name) {
  const std::vector<std::string> known = builtin_simulators();
  const bool is_other = std::find(known.begin(), known.end(), name) == known.end() && std::filesystem::exists(name);
  if (!is_other) return make_builtin_simulator(name);
  const bool is_toml = std::filesystem::path(name).extension() == ".toml";
  throw InputError(
      "NAME: got " + quoted(name) + ", expected a name that alfi simulators lists; " +
      (is_toml ? "a configuration is for alfi train and alfi simulate" : "what a model holds says alfi info " + name));
}

}  // namespace

int simulators(const SimulatorsArguments& arguments) {
  std::string text;
  for (const std::string& name : arguments.names) {
    text += (text.empty() ? "" : "\n") + description(simulator_named(name).info());
  }
  print(arguments.names.empty() ? list_of_all() : text);
  return kDone;
}

}  // namespace alfi::tools
