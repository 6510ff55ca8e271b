#include <algorithm>
#include <cmath>

#include "report/figures.hpp"

namespace alfi::report {
namespace {

Series after_series() { return {"machine", "after training", true, 1}; }
Series before_series() { return {"before", "before training", true, 1}; }

Axis iteration_axis() { return {"iteration", "", {}, false, true, 0.03}; }

void add_density(Plot& plot, const Series& series, const Evaluation& e) {
  std::vector<double> mean, low, high;
  for (const MeanWithError& value : e.negative_log_density_by_iteration) {
    mean.push_back(value.mean);
    low.push_back(value.mean - value.standard_error);
    high.push_back(value.mean + value.standard_error);
  }
  const std::vector<double> t = numbers_to(mean.size());
  plot.band(Series{series.tone, series.name + ", ± standard error", false, 1}, t, low, high, "area2");
  plot.line(series, t, mean);
  plot.dots(Series{series.tone, series.name, false, 1}, t, mean, 2.6);
}

Figure density_figure(const Findings& f) {
  Axis y{"mean −log density of the truth", "nats", {}, false, false, 0.06};
  // An untrained machine may be sure and wrong: what it loses then would hide everything else.
  Extent trained, all;
  for (const MeanWithError& value : f.after.negative_log_density_by_iteration) trained.add(value.mean);
  if (f.after.exact_available) trained.add(f.after.exact_negative_log_density.mean);
  const Range range = trained.range(0);
  if (f.before) {
    double most = range.high;
    for (const MeanWithError& v : f.before->negative_log_density_by_iteration) most = std::max(most, v.mean);
    const double width = range.high - range.low, limit = range.high + 1.5 * width;
    if (most > limit) y.range = Range{range.low - 0.1 * width, limit};
  }
  Plot plot("Density of the truth", iteration_axis(), y);
  if (f.before) add_density(plot, before_series(), *f.before);
  add_density(plot, after_series(), f.after);
  if (f.after.exact_available) {
    plot.horizontal({"exact", "exact posterior", true, 1}, f.after.exact_negative_log_density.mean);
  }
  return figure_of("iteration_density", plot);
}

void add_rmse(Plot& plot, const Series& series, const Evaluation& e, std::size_t p) {
  std::vector<double> rmse;
  for (const std::vector<double>& at : e.rmse_by_iteration) rmse.push_back(at[p]);
  plot.line(series, numbers_to(rmse.size()), rmse);
  plot.dots(Series{series.tone, series.name, false, 1}, numbers_to(rmse.size()), rmse, 2.6);
}

Figure rmse_figure(const Findings& f, std::size_t p) {
  constexpr double kFarApart = 8;  // largest over least: on a scale from 0 the last iterations would look alike
  const Parameter& parameter = f.info.parameters[p];
  Extent extent;
  for (const Evaluation* e : {&f.after, f.before ? &*f.before : &f.after}) {
    for (const std::vector<double>& at : e->rmse_by_iteration) extent.add(at[p]);
  }
  const Range all = extent.range(0);
  Axis y{"RMSE of the mean", parameter.unit, {}, all.high > kFarApart * all.low};
  if (!y.logarithmic) y.range = Range{0, 1.08 * all.high};
  Plot plot("Error of " + parameter.name, iteration_axis(), y);
  if (f.before) add_rmse(plot, before_series(), *f.before, p);
  add_rmse(plot, after_series(), f.after, p);
  if (f.after.maximum_likelihood_available) {
    plot.horizontal({"exact", "maximum likelihood", true, 1}, f.after.maximum_likelihood_rmse[p]);
  }
  return figure_of("iteration_rmse_" + file_name(parameter.name), plot);
}

}  // namespace

Section iterations_section(const Findings& f) {
  Section section = section_of(
      "iterations", "Iteration by iteration",
      "Iteration 0 is the machine's start; each further one proposes, simulates, compares and moves. Means over <b>" +
          std::to_string(f.after.problems) +
          "</b> test problems with known truth, drawn from the prior. Lower is better; after training both curves "
          "should fall and then level out.");
  if (f.after.refined) {
    section.text += " The last point after training, at " + std::to_string(f.after.iterations + 1) +
                    ", is the refinement of the last iteration's answer.";
  }
  section.figures.push_back(density_figure(f));
  add_parameters(section, f, rmse_figure);
  return section;
}

}  // namespace alfi::report
