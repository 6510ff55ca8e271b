#include <cstdio>

#include "alfi/simulators/catalogue.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

/// Six digits at most: 1.5708, 2.30259.
std::string rounded(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", x);
  return text;
}

std::string support_text(const Prior& prior) {
  return "[" + rounded(prior.lower()) + ", " + rounded(prior.upper()) + "]";
}

/// uniform(0.2, 7), exponential(5).
std::string prior_text(const Prior& prior) {
  std::string text = prior.name() + "(" + rounded(prior.a);
  if (prior.kind != Prior::Kind::exponential) text += ", " + rounded(prior.b);
  return text + ")";
}

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " [" + unit + "]";
}

/// hare, lynx; of more than twenty the first two and the last: data_1, data_2, ..., data_100.
std::string columns_text(const ObservationShape& shape) {
  std::string text;
  const std::size_t count = shape.names.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (count > 20 && i == 2) {
      text += ", ...";
      i = count - 1;
    }
    text += (i > 0 ? ", " : "") + with_unit(shape.names[i], i < shape.units.size() ? shape.units[i] : "");
  }
  if (shape.is_set || shape.length == 1) return text + (shape.is_set ? "; a set" : "; one row");
  text += "; a series of " + std::to_string(shape.length) + " rows";
  return shape.index_column.empty() ? text : text + " by " + shape.index_column;
}

std::string description(const SimulatorInfo& info) {
  std::vector<Row> rows{{"  parameter", "unit", "prior", "support", "meaning"}};
  for (const Parameter& p : info.parameters) {
    rows.push_back(
        {"  " + p.name, p.unit.empty() ? "-" : p.unit, prior_text(p.prior), support_text(p.prior), p.description});
  }
  return info.name + ": " + info.summary + "\n" + table_text(rows, rows.front().size()) +
         "  observation: " + columns_text(info.observation) + "\n" +
         (info.source.empty() ? "" : "  source: " + info.source + "\n");
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
