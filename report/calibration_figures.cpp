#include <algorithm>
#include <cmath>

#include "alfi/core/special.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr std::size_t kMostShown = 300;  // problems in a scatter
constexpr double kBand = 0.95;

/// Central interval of a binomial count that holds at least kBand: its own quantiles.
Range binomial_band(std::size_t count, double probability) {
  const double n = static_cast<double>(count), tail = (1 - kBand) / 2;
  Range range{0, n};
  double below = 0, low = -1;
  for (std::size_t k = 0; k <= count; ++k) {
    const double at = static_cast<double>(k);
    below += std::exp(std::lgamma(n + 1) - std::lgamma(at + 1) - std::lgamma(n - at + 1) + at * std::log(probability) +
                      (n - at) * std::log1p(-probability));
    if (low < 0 && below > tail) low = at;
    if (below >= 1 - tail) {
      range.high = at;
      break;
    }
  }
  range.low = std::max(low, 0.0);
  return range;
}

Figure recovery_figure(const Findings& f, std::size_t p) {
  const Parameter& parameter = f.info.parameters[p];
  std::vector<double> truth, mean, low, high;
  Extent extent;
  for (const Judged& j : f.judged) {
    if (truth.size() == kMostShown) break;
    truth.push_back(j.truth[p]);
    mean.push_back(j.mean[p]);
    low.push_back(j.mean[p] - j.standard_deviation[p]);
    high.push_back(j.mean[p] + j.standard_deviation[p]);
    extent.add(j.truth[p]);
    extent.add(j.mean[p]);
  }
  const Range range = extent.range(0.05);
  Plot plot(parameter.name, {"true " + parameter.name, parameter.unit, range},
            {"estimated " + parameter.name, parameter.unit, range});
  plot.line({"muted", "estimated = true", true, 1}, {range.low, range.high}, {range.low, range.high}, "dashed");
  plot.intervals({"machine", "± posterior sd", true, 1}, truth, low, high);
  plot.dots({"machine", "posterior mean", true, 1}, truth, mean, 1.9);
  plot.set_height(320);
  return figure_of("recovery_" + file_name(parameter.name), plot);
}

Figure rank_figure(const Findings& f, std::size_t p) {
  const std::string& name = f.info.parameters[p].name;
  const std::size_t n = f.judged.size();
  const std::size_t bins = std::clamp<std::size_t>(n / 25, 4, 20);
  std::vector<double> edges, counts(bins, 0.0);
  for (std::size_t i = 0; i <= bins; ++i) edges.push_back(static_cast<double>(i) / static_cast<double>(bins));
  for (const Judged& j : f.judged) {
    counts[std::min(static_cast<std::size_t>(j.below[p] * static_cast<double>(bins)), bins - 1)] += 1;
  }
  const Range band = binomial_band(n, 1 / static_cast<double>(bins));
  const double most = std::max(band.high, *std::max_element(counts.begin(), counts.end()));
  Plot plot("Rank of the true " + name, {"posterior probability below the truth", "", Range{0, 1}},
            {"test problems", "", Range{0, 1.1 * most}, false, true});
  plot.band({"muted", "95 % band of a flat one", true, 1}, {0, 1}, {band.low, band.low}, {band.high, band.high});
  plot.bars({"machine", "problems", true, 1}, edges, counts);
  plot.horizontal({"muted", "expected", true, 1}, static_cast<double>(n) / static_cast<double>(bins));
  plot.set_height(320);
  return figure_of("rank_" + file_name(name), plot);
}

Figure coverage_figure(const Findings& f) {
  constexpr int kLevels = 50;
  const std::size_t n = f.judged.size();
  std::vector<double> level, low, high;
  for (int i = 0; i <= kLevels; ++i) {
    level.push_back(static_cast<double>(i) / kLevels);
    const bool end = i == 0 || i == kLevels;
    const Range band = end ? Range{level.back() * static_cast<double>(n), level.back() * static_cast<double>(n)}
                           : binomial_band(n, level.back());
    low.push_back(band.low / static_cast<double>(n));
    high.push_back(band.high / static_cast<double>(n));
  }
  Plot plot("Coverage of central intervals", {"nominal probability", "", Range{0, 1}},
            {"fraction that holds the truth", "", Range{0, 1}});
  plot.band({"muted", "95 % band", true, 1}, level, low, high);
  plot.line({"muted", "ideal", true, 1}, {0, 1}, {0, 1}, "dashed");
  for (std::size_t p = 0; p < f.info.parameters.size(); ++p) {
    std::vector<double> covered;
    for (const double l : level) {
      const auto inside = [&](const Judged& j) { return std::abs(2 * j.below[p] - 1) <= l; };
      covered.push_back(static_cast<double>(std::count_if(f.judged.begin(), f.judged.end(), inside)) /
                        static_cast<double>(n));
    }
    plot.line({hue(p), f.info.parameters[p].name, true, 1}, level, covered);
  }
  plot.set_height(320);
  return figure_of("coverage", plot);
}

}  // namespace

Section recovery_section(const Findings& f) {
  Section section;
  section.id = "recovery";
  section.title = "Estimated against true";
  section.text =
      "Every dot is a test problem: the posterior mean over the true value, with one posterior standard deviation to "
      "either side. Long bars at the ends of the prior, or anywhere off the diagonal, show where data say little.";
  for (std::size_t p = 0; p < f.info.parameters.size(); ++p) section.figures.push_back(recovery_figure(f, p));
  return section;
}

Section calibration_section(const Findings& f) {
  Section section;
  section.id = "calibration";
  section.title = "Calibration";
  section.text =
      "Of a sound answer the truth falls anywhere with its stated probability: ranks are flat and coverage follows the "
      "diagonal, within the grey band. <b>A hump</b>, or coverage above the diagonal: wider than need be. <b>A "
      "valley</b>, or below: too sure of itself. <b>A slope</b>: biased.";
  section.figures.push_back(coverage_figure(f));
  for (std::size_t p = 0; p < f.info.parameters.size(); ++p) section.figures.push_back(rank_figure(f, p));
  return section;
}

}  // namespace alfi::report
