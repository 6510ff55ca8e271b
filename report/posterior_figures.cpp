#include <algorithm>
#include <cmath>

#include "alfi/core/text.hpp"
#include "report/densities.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr std::size_t kMostParameters = 6;  // of a pair plot that can still be read
constexpr Index kDraws = 400;

Series tone(const std::string& tone, const std::string& name, bool in_legend = true) {
  return {tone, name, in_legend, 1};
}

/// Where a parameter's answer lies, the truth included.
Range range_of(const Example& e, std::size_t p) {
  Extent extent;
  const Curve density = marginal_density(e.inference.posterior, p);
  extent.add(density.x.front());
  extent.add(density.x.back());
  if (!e.truth.empty()) extent.add(e.truth[p]);
  return extent.range(0.02);
}

/// "GeV" to "1/GeV", "1/day" to "day", "1/(year GeV)" to "year GeV".
std::string inverse_unit(const std::string& unit) {
  if (unit.empty()) return "";
  if (unit.rfind("1/(", 0) == 0 && unit.find(')') == unit.size() - 1) return unit.substr(3, unit.size() - 4);
  if (unit.rfind("1/", 0) == 0 && unit.find_first_of(" /", 2) == std::string::npos) return unit.substr(2);
  return unit.find_first_of(" /") == std::string::npos ? "1/" + unit : "1/(" + unit + ")";
}

Curve exact_density(const Example& e, Range range) {
  std::vector<double> x, log_density;
  for (int i = 0; i <= 400; ++i) {
    x.push_back(range.low + (range.high - range.low) * i / 400);
    log_density.push_back(e.exact_log_density(&x.back()));
  }
  return normalized(x, log_density);
}

Plot marginal(const Findings& f, std::size_t p) {
  const Example& e = f.example;
  const Parameter& parameter = f.info.parameters[p];
  const Range range = range_of(e, p);
  const Curve answer = marginal_density(e.inference.posterior, p), prior = prior_density(parameter.prior);
  double most = *std::max_element(answer.y.begin(), answer.y.end());
  // The prior's top, too, unless it dwarfs the answer.
  most = std::max(most, std::min(*std::max_element(prior.y.begin(), prior.y.end()), 1.5 * most));
  const bool exact = e.exact_log_density && f.info.parameters.size() == 1;
  Curve known;
  if (exact) {
    known = exact_density(e, range);
    most = std::max(most, *std::max_element(known.y.begin(), known.y.end()));
  }
  Plot plot(parameter.name, {parameter.name, parameter.unit, range},
            {"density", inverse_unit(parameter.unit), Range{0, 1.08 * most}});
  plot.line(tone("prior", "prior"), prior.x, prior.y, "dashed");
  plot.band(tone("machine", "posterior", false), answer.x, std::vector<double>(answer.x.size(), 0.0), answer.y);
  plot.line(tone("machine", "posterior"), answer.x, answer.y);
  if (exact) plot.line(tone("exact", "exact posterior"), known.x, known.y, "dashed");
  if (!e.truth.empty()) plot.vertical(tone("truth", "truth"), e.truth[p], "line");
  return plot;
}

Plot pair(const Findings& f, std::size_t p, std::size_t q, const std::vector<double>& draws) {
  const Example& e = f.example;
  const Parameter &x = f.info.parameters[p], &y = f.info.parameters[q];
  const std::size_t size = f.info.parameters.size();
  Plot plot(x.name + " and " + y.name, {x.name, x.unit, range_of(e, p)}, {y.name, y.unit, range_of(e, q)});
  std::vector<double> draws_x, draws_y;
  for (std::size_t i = 0; i < draws.size(); i += size) {
    draws_x.push_back(draws[i + p]);
    draws_y.push_back(draws[i + q]);
  }
  plot.dots(tone("machine", "draws"), draws_x, draws_y, 1.1, "haze");
  for (const Curve& c : contours(e.inference.posterior, p, q, 0.9))
    plot.outline(tone("machine", "90 %"), c.x, c.y, "thin");
  for (const Curve& c : contours(e.inference.posterior, p, q, 0.5)) plot.outline(tone("machine", "50 %"), c.x, c.y);
  if (!e.truth.empty()) plot.cross(tone("truth", "truth"), e.truth[p], e.truth[q]);
  return plot;
}

std::string draws_csv(const Findings& f, const std::vector<double>& draws) {
  const std::size_t size = f.info.parameters.size();
  std::string text;
  for (std::size_t p = 0; p < size; ++p) text += (p > 0 ? "," : "") + f.info.parameters[p].name;
  for (std::size_t i = 0; i < draws.size(); ++i) text += (i % size == 0 ? "\n" : ",") + number_text(draws[i]);
  return text + "\n";
}

/// Marginals on the diagonal, pairs below it; a parameter's numbers stand once, below its column and left of its row.
Figure pair_figure(const Findings& f) {
  const std::size_t size = std::min(f.info.parameters.size(), kMostParameters);
  const std::vector<double> draws = f.example.inference.posterior.draw(kDraws, 1);
  const double cell = size <= 2 ? 170 : size == 3 ? 132 : 108, left = 46, bottom = 36, top = 38;
  const double width = left + cell * static_cast<double>(size) + 6,
               height = top + cell * static_cast<double>(size) + bottom;
  Svg svg(width, height, "Pairs of parameters");
  svg.text("title", {2, 16}, Anchor::start, "Pairs of parameters");
  for (std::size_t row = 0; row < size; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      const Plot plot = row == column ? marginal(f, row) : pair(f, column, row, draws);
      const bool first = column == 0 && row > 0, last = row + 1 == size;
      Plot::Layout layout;
      layout.width = cell + (first ? left : 0);
      layout.height = cell + (last ? bottom : 0);
      layout.title = layout.legend = layout.y_title = false;
      layout.x_title = layout.x_numbers = last;
      layout.y_numbers = first;
      layout.numbers = left;
      const double x = left + cell * static_cast<double>(column) - (first ? left : 0);
      plot.draw(svg, {x, top + cell * static_cast<double>(row)}, layout);
      if (row == column) {
        svg.text("name", {left + cell * static_cast<double>(column) + 4, top + cell * static_cast<double>(row) - 2},
                 Anchor::start, fitting(f.info.parameters[row].name, 11, cell - 8));
      }
    }
  }
  Figure figure{"posterior_pairs", svg, draws_csv(f, draws), 1, 1.25 * width};
  return figure;
}

}  // namespace

Section posterior_section(const Findings& f) {
  const Example& e = f.example;
  const Posterior& answer = e.inference.posterior;
  Section section =
      section_of("posterior", "One inference, closely",
                 "The answer for <b>" + escaped(e.name) + "</b>, " + observed_text(f.info.observation, e.rows) +
                     ", by " + count_text(static_cast<double>(e.inference.simulator_calls)) + " simulator calls.");
  if (f.info.parameters.size() > kMostParameters) {
    section.text += " Pairs of the first " + std::to_string(kMostParameters) + " parameters.";
  }
  const std::vector<double> mean = answer.mean(), sd = answer.standard_deviation();
  const std::vector<double> low = answer.quantile(0.05), middle = answer.quantile(0.5), high = answer.quantile(0.95);
  section.table.rows.push_back({"parameter", "mean", "sd", "5 %", "50 %", "95 %"});
  if (!e.truth.empty()) section.table.rows[0].push_back("truth");
  for (std::size_t p = 0; p < mean.size(); ++p) {
    const Parameter& parameter = f.info.parameters[p];
    std::vector<std::string> row{axis_title(parameter.name, parameter.unit)};
    for (const double v : {mean[p], sd[p], low[p], middle[p], high[p]}) row.push_back(shown(v, 4));
    if (!e.truth.empty()) row.push_back(shown(e.truth[p], 4));
    section.table.rows.push_back(row);
  }
  for (std::size_t p = 0; p < mean.size(); ++p) {
    section.figures.push_back(figure_of("posterior_" + file_name(f.info.parameters[p].name), marginal(f, p)));
  }
  if (mean.size() > 1) section.figures.push_back(pair_figure(f));
  return section;
}

}  // namespace alfi::report
