#include "report/comparison_figures.hpp"

#include <iterator>

namespace alfi::report {
namespace {

/// machine and exact have colours of their own; the others differ.
std::string tone_of(const Comparison& c, std::size_t i) {
  const std::string& name = c.methods[i].name;
  if (name == "machine" || name == "exact") return name;
  constexpr std::size_t others[] = {1, 3, 4, 5};  // hues unlike those two
  return hue(others[i % std::size(others)]);
}

Plot over_calls(const Comparison& c, const SimulatorInfo& simulator) {
  Axis calls{"simulator calls until the first answer", "", {}, true};
  Plot plot(simulator.name + ": what answers know", calls, {"negative log density of the truth", "nats"});
  for (std::size_t i = 0; i < c.methods.size(); ++i) {
    const MethodScore& m = c.methods[i];
    const double value = m.negative_log_density.mean, error = m.negative_log_density.standard_error;
    const double made = static_cast<double>(m.training_calls) + m.calls_per_problem;
    if (!(made > 0)) {
      plot.horizontal({tone_of(c, i), m.name}, value);
      continue;
    }
    plot.intervals({tone_of(c, i), m.name, false}, {made}, {value - error}, {value + error}, "thin");
    plot.dots({tone_of(c, i), m.name}, {made}, {value}, 4);
  }
  return plot;
}

Plot beside_reference(const Comparison& c, const SimulatorInfo& simulator) {
  const MethodScore& reference = c.has_exact ? c.methods.back() : c.methods.front();
  const JudgedAnswer& zero = reference.answers.front();
  Plot plot(simulator.name + ": means and sds", {"parameter", "", {}, false, true},
            {"from the mean of " + reference.name, "its sds"});
  for (std::size_t i = 0; i < c.methods.size(); ++i) {
    const JudgedAnswer& answer = c.methods[i].answers.front();
    std::vector<double> x, at, low, high;
    for (std::size_t p = 0; p < c.parameters.size(); ++p) {
      const double sd = zero.standard_deviation[p] > 0 ? zero.standard_deviation[p] : 1;
      x.push_back(static_cast<double>(p + 1) +
                  0.6 * (static_cast<double>(i + 1) / static_cast<double>(c.methods.size() + 1) - 0.5));
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

Figure comparison_figure(const Comparison& c, const SimulatorInfo& simulator) {
  return figure_of("compare", c.truth_known ? over_calls(c, simulator) : beside_reference(c, simulator));
}

}  // namespace alfi::report
