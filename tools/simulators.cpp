#include "alfi/core/text.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

std::string support_text(const Prior& prior) {
  return "[" + number_text(prior.lower()) + ", " + number_text(prior.upper()) + "]";
}

/// uniform(0.2, 7), exponential(5).
std::string prior_text(const Prior& prior) {
  std::string text = prior.name() + "(" + number_text(prior.a);
  if (prior.kind != Prior::Kind::exponential) text += ", " + number_text(prior.b);
  return text + ")";
}

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

std::string columns_text(const ObservationShape& shape) {
  std::string text;
  for (std::size_t i = 0; i < shape.names.size(); ++i) {
    text += (i > 0 ? ", " : "") + with_unit(shape.names[i], i < shape.units.size() ? shape.units[i] : "");
  }
  if (!shape.index_column.empty()) text += "; by " + shape.index_column;
  return text + (shape.is_set ? "" : "; series of " + std::to_string(shape.length) + " rows");
}

std::string description(const SimulatorInfo& info) {
  std::vector<Row> rows{{"  parameter", "unit", "prior", "support", "meaning"}};
  for (const Parameter& p : info.parameters) {
    rows.push_back(
        {"  " + p.name, p.unit.empty() ? "-" : p.unit, prior_text(p.prior), support_text(p.prior), p.description});
  }
  return info.name + ": " + info.summary + "\n" + table_text(rows, rows.front().size()) +
         "  observation: " + columns_text(info.observation) + "\n  source: " + info.source + "\n";
}

}  // namespace

int simulators() {
  std::string text;
  for (const std::string& name : builtin_simulators()) {
    text += (text.empty() ? "" : "\n") + description(make_builtin_simulator(name).info());
  }
  print(text);
  return kDone;
}

}  // namespace alfi::tools
