#include <algorithm>
#include <cmath>

#include "alfi/core/special.hpp"
#include "alfi/inference/check.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr std::size_t kMostShown = 300;  // problems in a scatter
std::string level_text() { return shown(100 * CheckOptions().level, 4) + "\xc2\xa0%"; }

Series band_series() { return {"muted", level_text() + " band", true, 1}; }

/// The share of sound machines that leave the bands of one parameter: of all together as many as alfi check allows.
double tail(const Findings& f) { return (1 - CheckOptions().level) / static_cast<double>(f.info.parameters.size()); }

/// Counts of a bin that hold at least all but tail of a binomial law: its own quantiles.
Range binomial_band(std::size_t count, double probability, double tail) {
  const double n = static_cast<double>(count);
  Range range{0, n};
  double below = 0, low = -1;
  for (std::size_t k = 0; k <= count; ++k) {
    const double at = static_cast<double>(k);
    below += std::exp(log_gamma(n + 1) - log_gamma(at + 1) - log_gamma(n - at + 1) + at * std::log(probability) +
                      (n - at) * std::log1p(-probability));
    if (low < 0 && below > tail / 2) low = at;
    if (below >= 1 - tail / 2) {
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
  const double count = static_cast<double>(bins);
  std::vector<double> edges, counts(bins, 0.0);
  for (std::size_t i = 0; i <= bins; ++i) edges.push_back(static_cast<double>(i) / count);
  for (const Judged& j : f.judged) counts[std::min(static_cast<std::size_t>(j.below[p] * count), bins - 1)] += 1;
  const Range band = binomial_band(n, 1 / count, tail(f) / count);
  const double most = std::max(band.high, *std::max_element(counts.begin(), counts.end()));
  Plot plot("Rank of the true " + name, {"posterior probability below the truth", "", Range{0, 1}},
            {"test problems", "", Range{0, 1.1 * most}, false, true});
  plot.band(band_series(), {0, 1}, {band.low, band.low}, {band.high, band.high});
  plot.bars({"machine", "problems", true, 1}, edges, counts);
  plot.horizontal({"muted", "expected", true, 1}, static_cast<double>(n) / count);
  plot.set_height(320);
  return figure_of("rank_" + file_name(name), plot);
}

/// A number of each problem that is uniform on (0, 1) if the answers are right, and how many are below each level.
using Uniform = double (*)(const Judged& judged, std::size_t parameter);

double rank_of(const Judged& j, std::size_t p) { return j.below[p]; }
/// The smallest central interval that holds the truth.
double interval_of(const Judged& j, std::size_t p) { return std::abs(2 * j.below[p] - 1); }

/// With 0 and 1 at the ends, where nothing varies; less `off`.
std::vector<double> with_ends(std::vector<double> inner, const std::vector<double>& off) {
  inner.insert(inner.begin(), 0);
  inner.push_back(1);
  for (std::size_t i = 0; i < inner.size() && !off.empty(); ++i) inner[i] -= off[i];
  return inner;
}

/// Draws what is below each level, a line a parameter, in the bands; away: how much more than the level.
void add_shares(Plot& plot, const Findings& f, Uniform number, bool away) {
  const UniformityTest test(static_cast<Index>(f.judged.size()));
  const UniformityTest::Band band = test.band(1 - tail(f));
  const std::vector<double> level = with_ends(test.points(), {}), off = away ? level : std::vector<double>();
  plot.band(band_series(), level, with_ends(band.low, off), with_ends(band.high, off));
  plot.line({"muted", "ideal", true, 1}, {0, 1}, {0, away ? 0.0 : 1.0}, "dashed");
  for (std::size_t p = 0; p < f.info.parameters.size(); ++p) {
    std::vector<double> numbers;
    for (const Judged& j : f.judged) numbers.push_back(number(j, p));
    plot.line({hue(p), f.info.parameters[p].name, true, 1}, level, with_ends(test.shares(numbers), off));
  }
  plot.set_height(320);
}

Figure coverage_figure(const Findings& f) {
  Plot plot("Coverage of central intervals", {"nominal probability", "", Range{0, 1}},
            {"fraction that holds the truth", "", Range{0, 1}});
  add_shares(plot, f, interval_of, false);
  return figure_of("coverage", plot);
}

Figure cumulated_figure(const Findings& f) {
  Plot plot("Ranks against uniform", {"posterior probability below the truth", "", Range{0, 1}},
            {"share of problems below, less the expected", "", {}, false, false, 0.08});
  add_shares(plot, f, rank_of, true);
  return figure_of("ranks_cumulated", plot);
}

}  // namespace

Section recovery_section(const Findings& f) {
  Section section = section_of(
      "recovery", "Estimated against true",
      "Every dot is a test problem: the posterior mean over the true value, with one posterior standard deviation to "
      "either side. Long bars at the ends of the prior, or anywhere off the diagonal, show where data say little.");
  add_parameters(section, f, recovery_figure);
  return section;
}

Section calibration_section(const Findings& f) {
  Section section = section_of(
      "calibration", "Calibration",
      "Of a sound answer the truth falls anywhere with its stated probability: ranks are flat and coverage follows the "
      "diagonal. <b>A hump</b>, or coverage above the diagonal: wider than need be. <b>A valley</b>, or below: too "
      "sure "
      "of itself. <b>A slope</b>: biased. The grey bands are those of <b>alfi check</b>: all of a figure's bins or "
      "lines, of all parameters at once, stay inside for " +
          level_text() + " of sound machines, so that one place outside is enough.");
  section.figures.push_back(coverage_figure(f));
  section.figures.push_back(cumulated_figure(f));
  add_parameters(section, f, rank_figure);
  return section;
}

}  // namespace alfi::report
