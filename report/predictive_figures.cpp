#include <algorithm>
#include <cmath>

#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr Index kBins = 24, kMostWhole = 40, kMostEntries = 400;

/// The middle of sorted values at a share of them.
double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

/// Bins for a column of a set: whole numbers one by one where there are few of them.
std::vector<double> bin_edges(const Example& e, Index size, Index d) {
  std::vector<double> all, seen;
  bool whole = true;
  const auto add = [&](float x, std::vector<double>& to) {
    to.push_back(static_cast<double>(x));
    whole = whole && std::isfinite(x) && x == std::floor(x);
  };
  for (Index i = 0; i < e.rows; ++i) add(e.observed[static_cast<std::size_t>(i * size + d)], seen);
  for (Index i = 0; i < e.draws * e.rows; ++i) {
    if (e.predicted_ok[static_cast<std::size_t>(i)]) add(e.predicted[static_cast<std::size_t>(i * size + d)], all);
  }
  Extent extent;
  for (const double x : seen) extent.add(x);
  extent.add(quantile(all, 0.001));
  extent.add(quantile(all, 0.999));
  Range range = extent.range(0);
  Index bins = kBins;
  if (whole) {
    const Index low = static_cast<Index>(std::floor(range.low)), high = static_cast<Index>(std::ceil(range.high));
    const Index each = (high - low) / kMostWhole + 1;
    bins = (high - low) / each + 1;
    range = {static_cast<double>(low) - 0.5, static_cast<double>(low + bins * each) - 0.5};
  }
  std::vector<double> edges;
  for (Index i = 0; i <= bins; ++i) {
    edges.push_back(range.low + (range.high - range.low) * static_cast<double>(i) / static_cast<double>(bins));
  }
  return edges;
}

/// Share of values in each bin.
class Histogram {
 public:
  explicit Histogram(const std::vector<double>& edges) : edges_(edges), counts_(edges.size() - 1, 0.0) {}
  void add(double x) {
    total_ += 1;
    if (!(x >= edges_.front() && x <= edges_.back())) return;
    const double at = (x - edges_.front()) / (edges_.back() - edges_.front()) * static_cast<double>(counts_.size());
    counts_[std::min(static_cast<std::size_t>(at), counts_.size() - 1)] += 1;
  }
  std::vector<double> shares() const {
    std::vector<double> all;
    for (const double c : counts_) all.push_back(total_ > 0 ? c / total_ : 0);
    return all;
  }

 private:
  std::vector<double> edges_, counts_;
  double total_ = 0;
};

/// Twice each value, at both edges of its bin.
void staircase(const std::vector<double>& edges, const std::vector<double>& values, std::vector<double>& x,
               std::vector<double>& y) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    x.insert(x.end(), {edges[i], edges[i + 1]});
    y.insert(y.end(), {values[i], values[i]});
  }
}

Figure set_figure(const Findings& f, Index d) {
  const Example& e = f.example;
  const Index size = f.info.observation.size();
  const std::vector<double> edges = bin_edges(e, size, d);
  Histogram observed(edges);
  for (Index i = 0; i < e.rows; ++i) {
    observed.add(static_cast<double>(e.observed[static_cast<std::size_t>(i * size + d)]));
  }
  std::vector<std::vector<double>> predicted(edges.size() - 1);
  for (Index s = 0; s < e.draws; ++s) {
    Histogram one(edges);
    for (Index i = s * e.rows; i < (s + 1) * e.rows; ++i) {
      if (e.predicted_ok[static_cast<std::size_t>(i)]) {
        one.add(static_cast<double>(e.predicted[static_cast<std::size_t>(i * size + d)]));
      }
    }
    const std::vector<double> shares = one.shares();
    for (std::size_t b = 0; b < shares.size(); ++b) predicted[b].push_back(shares[b]);
  }
  std::vector<double> low, middle, high, x, y_low, y_middle, y_high, ignored;
  for (std::vector<double>& shares : predicted) {
    low.push_back(quantile(shares, 0.05));
    middle.push_back(quantile(shares, 0.5));
    high.push_back(quantile(shares, 0.95));
  }
  staircase(edges, low, x, y_low);
  staircase(edges, middle, ignored, y_middle);
  staircase(edges, high, ignored, y_high);
  const auto i = static_cast<std::size_t>(d);
  Plot plot(f.info.observation.names[i],
            {f.info.observation.names[i], f.info.observation.units[i], Range{edges.front(), edges.back()}},
            {"share of the observations in a bin", ""});
  plot.bars({"truth", "observed", true, 1}, edges, observed.shares());
  plot.band({"machine", "predicted, 90 %", true, 1}, x, y_low, y_high, "area2");
  plot.line({"machine", "predicted, median", true, 1}, x, y_middle, "line");
  return figure_of("predictive_" + file_name(f.info.observation.names[i]), plot);
}

/// A column of a series, or all entries of a vector: entry by entry.
Figure entries_figure(const Findings& f, Index column, bool vector) {
  const Example& e = f.example;
  const ObservationShape& shape = f.info.observation;
  const Index size = shape.size(), columns = shape.columns();
  const Index entries = std::min(vector ? columns : shape.length, kMostEntries);
  std::vector<double> x, seen, low, middle, high, low_half, high_half;
  for (Index i = 0; i < entries; ++i) {
    const Index d = vector ? i : i * columns + column;
    std::vector<double> values;
    for (Index s = 0; s < e.draws; ++s) {
      if (e.predicted_ok[static_cast<std::size_t>(s)]) {
        values.push_back(static_cast<double>(e.predicted[static_cast<std::size_t>(s * size + d)]));
      }
    }
    const bool indexed = !vector && !shape.index_column.empty();
    x.push_back(indexed ? shape.index_first + shape.index_step * static_cast<double>(i) : static_cast<double>(i + 1));
    seen.push_back(static_cast<double>(e.observed[static_cast<std::size_t>(d)]));
    low.push_back(quantile(values, 0.05));
    low_half.push_back(quantile(values, 0.25));
    middle.push_back(quantile(values, 0.5));
    high_half.push_back(quantile(values, 0.75));
    high.push_back(quantile(values, 0.95));
  }
  const auto c = static_cast<std::size_t>(column);
  const std::string name = vector ? "entries" : shape.names[c];
  const std::string index = vector ? "entry" : shape.index_column.empty() ? "row" : shape.index_column;
  Plot plot(vector ? "Observed entries" : name,
            {index, "", {}, false, vector || shape.index_column.empty(), vector ? 0.2 : 0.02},
            {vector ? "value" : name, vector ? "" : shape.units[c]});
  const Series wide{"machine", "predicted, 90 %", true, 1}, half{"machine", "50 %", true, 1};
  const Series centre{"machine", "median", true, 1};
  if (vector) {  // its entries are no neighbours
    plot.intervals(wide, x, low, high, "thin");
    plot.intervals(half, x, low_half, high_half, "thick");
  } else {
    plot.band(wide, x, low, high, "area");
    plot.band(half, x, low_half, high_half, "area2");
    plot.line(centre, x, middle);
  }
  plot.dots({"truth", "observed", true, 1}, x, seen, entries > 60 ? 1.6 : 3);
  return figure_of("predictive_" + file_name(name), plot);
}

}  // namespace

Section predictive_section(const Findings& f) {
  const ObservationShape& shape = f.info.observation;
  Section section = section_of(
      "predictive", "Posterior predictive",
      "Observations of <b>" + escaped(f.example.name) + "</b> beside what the simulator makes of " +
          std::to_string(f.example.draws) +
          " draws of the answer to them. What is observed should look like one of those: outside of the band in "
          "many places, simulator or answer are wrong.");
  if (shape.is_set) {
    for (Index d = 0; d < shape.columns(); ++d) section.figures.push_back(set_figure(f, d));
  } else if (shape.length == 1) {
    section.figures.push_back(entries_figure(f, 0, true));
  } else {
    for (Index d = 0; d < shape.columns(); ++d) section.figures.push_back(entries_figure(f, d, false));
  }
  return section;
}

}  // namespace alfi::report
