#include "report/check_figure.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/text.hpp"

namespace alfi::report {
namespace {

constexpr double kWidth = 400, kHeight = 340, kGap = 24, kTitle = 28;

/// The two quantities that are of no parameter, at the end of all.
constexpr std::size_t kWhole = 2;

Plot difference_plot(const CalibrationCheck& check) {
  std::vector<double> low, high;
  double most = 0;
  for (std::size_t i = 0; i < check.points.size(); ++i) {
    low.push_back(check.low[i] - check.points[i]);
    high.push_back(check.high[i] - check.points[i]);
    most = std::max({most, -low.back(), high.back()});
    for (const CalibrationQuantity& q : check.quantities)
      most = std::max(most, std::abs(q.shares[i] - check.points[i]));
  }
  Plot plot("Truths below, beyond what is expected", {"place in the answer", "", Range{0, 1}},
            {"share of problems, difference", "", Range{-1.1 * most, 1.1 * most}});
  plot.band({"muted", "band of all, simultaneous", true, 1}, check.points, low, high);
  plot.horizontal({"muted", "expected", false, 1}, 0);
  for (std::size_t q = 0; q < check.quantities.size(); ++q) {
    std::vector<double> away;
    for (std::size_t i = 0; i < check.points.size(); ++i)
      away.push_back(check.quantities[q].shares[i] - check.points[i]);
    const bool whole = q + kWhole >= check.quantities.size();
    plot.line({hue(q), check.quantities[q].name, true, 1}, check.points, away, whole ? "dashed" : "line");
  }
  return plot;
}

/// Of what is less likely than the truth, or closer, the share held by a region of that content.
Plot coverage_plot(const CalibrationCheck& check) {
  const std::size_t count = check.points.size();
  Plot plot("Regions hold", {"share of the answer in a region", "", Range{0, 1}},
            {"share of truths in it", "", Range{0, 1}});
  plot.band({"muted", "band", true, 1}, check.points, check.low, check.high);
  plot.line({"muted", "expected", false, 1}, {0, 1}, {0, 1}, "dotted");
  const CalibrationQuantity& density = check.quantities[check.quantities.size() - 2];
  std::vector<double> level, held;
  for (std::size_t i = count; i-- > 0;) {
    level.push_back(1 - check.points[i]);
    held.push_back(1 - density.shares[i]);
  }
  plot.line({"machine", "of highest density", true, 1}, level, held);
  plot.line({"truth", "around points of the prior (TARP)", true, 1}, check.points, check.quantities.back().shares);
  return plot;
}

}  // namespace

Figure check_figure(const SimulatorInfo& info, const CalibrationCheck& check) {
  const Plot difference = difference_plot(check), coverage = coverage_plot(check);
  const std::string title = info.name + ": " +
                            (!check.calibrated    ? "NOT calibrated"
                             : check.conclusive() ? "calibrated"
                                                  : "no miscalibration found") +
                            ", " + std::to_string(check.problems) + " problems";
  Svg svg(2 * kWidth + kGap, kHeight + kTitle, title);
  svg.text("title", {2, 18}, Anchor::start, title);
  Plot::Layout layout;
  layout.width = kWidth;
  layout.height = kHeight;
  difference.draw(svg, {0, kTitle}, layout);
  coverage.draw(svg, {kWidth + kGap, kTitle}, layout);
  std::string csv = "quantity,place,share below,low,high\n";
  for (const CalibrationQuantity& q : check.quantities) {
    for (std::size_t i = 0; i < check.points.size(); ++i) {
      csv += q.name + "," + number_text(check.points[i]) + "," + number_text(q.shares[i]) + "," +
             number_text(check.low[i]) + "," + number_text(check.high[i]) + "\n";
    }
  }
  return {"check", svg, csv, 0, 2 * kWidth};
}

}  // namespace alfi::report
