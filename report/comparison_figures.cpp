#include "report/comparison_figures.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr double kWidth = 450, kHeight = 264;  // pixels of a panel,
constexpr double kBeside = 110, kApart = 12;   // of what is not its answers, and of each of those

/// machine and exact have colours of their own; the others differ.
std::string tone_of(const Comparison& c, std::size_t i) {
  const std::string& name = c.methods[i].name;
  if (name == "machine" || name == "exact") return name;
  constexpr std::size_t others[] = {1, 3, 4, 5};  // hues unlike those two
  return hue(others[i % std::size(others)]);
}

/// A place for each method, with its name below.
Axis methods_axis(const Comparison& c) {
  Axis axis{"", "", Range{0.5, static_cast<double>(c.methods.size()) + 0.5}};
  for (const MethodScore& m : c.methods) axis.labels.push_back(m.name);
  return axis;
}

/// A value of each method, one beside the other; null: that method has none.
using Value = std::function<const MeanWithError*(const MethodScore& method)>;

Plot panel(const Comparison& c, const std::string& title, const Axis& y, const Value& value) {
  Plot plot(title, methods_axis(c), y);
  for (std::size_t i = 0; i < c.methods.size(); ++i) {
    const MeanWithError* const v = value(c.methods[i]);
    if (v == nullptr) continue;
    const double at = static_cast<double>(i + 1);
    plot.intervals({tone_of(c, i), c.methods[i].name, false}, {at}, {v->mean - v->standard_error},
                   {v->mean + v->standard_error}, "thick");
    plot.dots({tone_of(c, i), c.methods[i].name}, {at}, {v->mean}, 4);
  }
  return plot;
}

/// Central 50 % intervals left of their method's place, 90 % right of it.
Plot coverage_panel(const Comparison& c) {
  constexpr double kAside = 0.14;
  Plot plot("Truths in central intervals of 50 % (left) and 90 %", methods_axis(c),
            {"share; dashed: what it should be", "", Range{0, 1.05}});
  plot.horizontal({"muted", "50 %", false}, 0.5);
  plot.horizontal({"muted", "90 %", false}, 0.9);
  for (std::size_t i = 0; i < c.methods.size(); ++i) {
    const double at = static_cast<double>(i + 1);
    plot.dots({tone_of(c, i), c.methods[i].name}, {at - kAside, at + kAside},
              {c.methods[i].coverage_50, c.methods[i].coverage_90}, 4);
  }
  return plot;
}

std::vector<Plot> panels(const Comparison& c, const SimulatorInfo& simulator, std::vector<MeanWithError>& errors) {
  std::vector<Plot> all;
  all.push_back(panel(c, simulator.name + ": what answers know",
                      {"negative log density of the truth; bars: standard error", "nats"},
                      [](const MethodScore& m) { return &m.negative_log_density; }));
  for (const MethodScore& m : c.methods) errors.push_back({m.rmse, 0});
  all.push_back(panel(c, "Error of the means", {"RMSE", "prior sd"},
                      [&](const MethodScore& m) { return &errors[static_cast<std::size_t>(&m - c.methods.data())]; }));
  all.push_back(coverage_panel(c));
  if (c.has_c2st) {
    all.push_back(panel(c, "Told from the exact posterior",
                        {"C2ST; 0.5 is best; bars: standard error", "", Range{0.4, 1}},
                        [&](const MethodScore& m) { return &m == &c.methods.back() ? nullptr : &m.c2st; }));
  }
  return all;
}

Plot beside_reference(const Comparison& c, const SimulatorInfo& simulator) {
  constexpr double kShare = 0.8;  // of a parameter's place, for its methods side by side
  const MethodScore& reference = c.has_exact ? c.methods.back() : c.methods.front();
  const JudgedAnswer& zero = reference.answers.front();
  Axis axis{"", "", Range{0.5, static_cast<double>(c.parameters.size()) + 0.5}};
  axis.labels = c.parameters;
  Plot plot(simulator.name + ": means and sds", axis, {"from the mean of " + reference.name, "its sds"});
  for (std::size_t i = 0; i < c.methods.size(); ++i) {
    const JudgedAnswer& answer = c.methods[i].answers.front();
    std::vector<double> x, at, low, high;
    for (std::size_t p = 0; p < c.parameters.size(); ++p) {
      const double sd = zero.standard_deviation[p] > 0 ? zero.standard_deviation[p] : 1;
      x.push_back(static_cast<double>(p + 1) +
                  kShare * (static_cast<double>(i + 1) / static_cast<double>(c.methods.size() + 1) - 0.5));
      at.push_back((answer.mean[p] - zero.mean[p]) / sd);
      low.push_back(at.back() - answer.standard_deviation[p] / sd);
      high.push_back(at.back() + answer.standard_deviation[p] / sd);
    }
    plot.intervals({tone_of(c, i), c.methods[i].name, false}, x, low, high, "thin");
    plot.dots({tone_of(c, i), c.methods[i].name}, x, at, 3);
  }
  return plot;
}

}  // namespace

Svg comparison_picture(const Comparison& c, const SimulatorInfo& simulator) {
  Plot::Layout layout;
  layout.x_title = false;
  if (!c.truth_known) {
    layout.width =
        std::max(kWidth, kBeside + kApart * static_cast<double>(c.parameters.size() * (c.methods.size() + 2)));
    layout.height = kHeight;
    Svg svg(layout.width, layout.height, simulator.name + ": methods compared");
    beside_reference(c, simulator).draw(svg, {0, 0}, layout);
    return svg;
  }
  layout.width = kWidth;
  layout.height = kHeight;
  layout.legend = false;  // names are on the axis
  std::vector<MeanWithError> errors;
  const std::vector<Plot> all = panels(c, simulator, errors);
  const std::size_t rows = (all.size() + 1) / 2;
  Svg svg(2 * kWidth, static_cast<double>(rows) * kHeight, simulator.name + ": methods compared");
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].draw(svg, {static_cast<double>(i % 2) * kWidth, static_cast<double>(i / 2) * kHeight}, layout);
  }
  return svg;
}

}  // namespace alfi::report
