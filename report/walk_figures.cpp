#include <algorithm>
#include <cmath>

#include "report/densities.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr double kEllipseMass = 0.68;

/// From faint at the start to full at the end.
double opacity_at(std::size_t t, std::size_t last) {
  return last == 0 ? 1 : 0.3 + 0.7 * static_cast<double>(t) / static_cast<double>(last);
}

/// One parameter: how the median and the central 90 % move.
void add_track(Plot& plot, const std::string& tone, const std::string& name, const std::vector<Posterior>& path) {
  std::vector<double> low, middle, high;
  for (const Posterior& psi : path) {
    low.push_back(psi.quantile(0.05)[0]);
    middle.push_back(psi.quantile(0.5)[0]);
    high.push_back(psi.quantile(0.95)[0]);
  }
  const std::vector<double> t = numbers_to(path.size());
  plot.band({tone, name + ", 90 %", false, 1}, t, low, high, tone == "machine" ? "area2" : "area");
  plot.line({tone, name, true, 1}, t, middle);
  plot.dots({tone, name, false, 1}, t, middle, 2.6);
}

Figure track_figure(const Findings& f, std::size_t i) {
  const Walk& walk = f.walks[i];
  const Parameter& parameter = f.info.parameters[0];
  Plot plot("Problem " + std::to_string(i + 1), {"iteration", "", {}, false, true, 0.03},
            {parameter.name, parameter.unit});
  if (!walk.before.empty()) add_track(plot, "before", "before training", walk.before);
  add_track(plot, "machine", "after training", walk.after);
  plot.horizontal({"truth", "truth", true, 1}, walk.truth[0]);
  return figure_of("walk_" + std::to_string(i + 1), plot);
}

std::vector<double> means(const std::vector<Posterior>& path, std::size_t p) {
  std::vector<double> all;
  for (const Posterior& psi : path) all.push_back(psi.mean()[p]);
  return all;
}

void add_ellipses(Plot& plot, const std::string& tone, const std::vector<Posterior>& path) {
  for (std::size_t t = 0; t < path.size(); ++t) {
    const bool last = t + 1 == path.size();
    for (const Curve& curve : contours(path[t], 0, 1, kEllipseMass)) {
      const Series series{tone, "68 % after iteration " + std::to_string(t), last, opacity_at(t, path.size() - 1)};
      plot.outline(series, curve.x, curve.y, last ? "line" : "thin");
    }
  }
  const std::vector<double> x = means(path, 0), y = means(path, 1);
  plot.line({tone, "mean", true, 0.8}, x, y, "dotted");
}

Figure walk_figure(const Findings& f, std::size_t i, bool trained) {
  const Walk& walk = f.walks[i];
  const Parameter &x = f.info.parameters[0], &y = f.info.parameters[1];
  // Both pictures of a problem show the same part of the plane.
  Extent along_x, along_y;
  for (const std::vector<Posterior>* path : {&walk.before, &walk.after}) {
    for (const Posterior& psi : *path) {
      for (const Curve& curve : contours(psi, 0, 1, kEllipseMass)) {
        for (const double value : curve.x) along_x.add(value);
        for (const double value : curve.y) along_y.add(value);
      }
    }
  }
  along_x.add(walk.truth[0]);
  along_y.add(walk.truth[1]);
  const std::string when = trained ? "after training" : "before training";
  Plot plot("Problem " + std::to_string(i + 1) + ", " + when, {x.name, x.unit, along_x.range(0.04)},
            {y.name, y.unit, along_y.range(0.04)});
  add_ellipses(plot, trained ? "machine" : "before", trained ? walk.after : walk.before);
  plot.cross({"truth", "truth", true, 1}, walk.truth[0], walk.truth[1]);
  return figure_of("walk_" + std::to_string(i + 1) + (trained ? "_after" : "_before"), plot);
}

}  // namespace

Section walks_section(const Findings& f) {
  Section section;
  section.id = "walks";
  section.title = "The machine's path";
  const bool one = f.info.parameters.size() == 1;
  section.text =
      one ? "The machine's median (line) and central 90 % (band) for test problems, iteration by iteration, "
            "walking to the truth."
          : "Where 68 % of the machine's belief lies, iteration by iteration: from faint, the start, to strong, "
            "the answer. The dotted line follows its mean; the cross is the truth.";
  if (f.info.parameters.size() > 2) {
    section.text += " Of " + std::to_string(f.info.parameters.size()) + " parameters the first two are shown.";
  }
  if (!f.no_before.empty()) section.text += " The untrained machine could not be made again.";
  for (std::size_t i = 0; i < f.walks.size(); ++i) {
    if (one) {
      section.figures.push_back(track_figure(f, i));
      continue;
    }
    if (!f.walks[i].before.empty()) section.figures.push_back(walk_figure(f, i, false));
    section.figures.push_back(walk_figure(f, i, true));
  }
  return section;
}

}  // namespace alfi::report
