#include <algorithm>
#include <cmath>
#include <utility>

#include "report/densities.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr double kEllipseMass = 0.68;
constexpr std::size_t kTracks = 3;  // problems of one parameter: a line of figures on a wide page

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

/// close: only the part in which the second half of the trained machine's walk happens.
Figure track_figure(const Findings& f, std::size_t i, bool close) {
  const Walk& walk = f.walks[i];
  const Parameter& parameter = f.info.parameters[0];
  Axis y{parameter.name, parameter.unit};
  if (close) {
    Extent extent;
    extent.add(walk.truth[0]);
    for (std::size_t t = (walk.after.size() + 1) / 2; t < walk.after.size(); ++t) {
      for (const double probability : {0.05, 0.95}) extent.add(walk.after[t].quantile(probability)[0]);
    }
    y.range = extent.range(0.3);
  }
  const std::string number = std::to_string(i + 1);
  Plot plot("Problem " + number + (close ? ", close up" : ""), {"iteration", "", {}, false, true, 0.03}, y);
  if (!walk.before.empty()) add_track(plot, "before", "before training", walk.before);
  add_track(plot, "machine", "after training", walk.after);
  plot.horizontal({"truth", "truth", true, 1}, walk.truth[0]);
  return figure_of("walk_" + number + (close ? "_close" : ""), plot);
}

std::vector<double> means(const std::vector<Posterior>& path, std::size_t p) {
  std::vector<double> all;
  for (const Posterior& psi : path) all.push_back(psi.mean()[p]);
  return all;
}

void add_ellipses(Plot& plot, const std::string& tone, const std::vector<Posterior>& path, bool refined) {
  for (std::size_t t = 0; t < path.size(); ++t) {
    const bool last = t + 1 == path.size();
    for (const Curve& curve : contours(path[t], 0, 1, kEllipseMass)) {
      const std::string when = last && refined ? "refined" : "after iteration " + std::to_string(t);
      const Series series{tone, "68 % " + when, last, opacity_at(t, path.size() - 1)};
      plot.outline(series, curve.x, curve.y, last ? "line" : "thin");
    }
  }
  const std::vector<double> x = means(path, 0), y = means(path, 1);
  plot.line({tone, "mean", true, 0.8}, x, y, "dotted");
}

enum class View { before, after, close };

/// Where the paths lead through; both whole pictures of a problem show the same part of the plane.
void add_path(const std::vector<Posterior>& path, std::size_t first, Extent& x, Extent& y) {
  for (std::size_t t = first; t < path.size(); ++t) {
    for (const Curve& curve : contours(path[t], 0, 1, kEllipseMass)) {
      for (const double value : curve.x) x.add(value);
      for (const double value : curve.y) y.add(value);
    }
  }
}

Figure walk_figure(const Findings& f, std::size_t i, View view) {
  const Walk& walk = f.walks[i];
  const Parameter &x = f.info.parameters[0], &y = f.info.parameters[1];
  Extent along_x, along_y;
  along_x.add(walk.truth[0]);
  along_y.add(walk.truth[1]);
  if (view == View::close) {
    add_path(walk.after, walk.after.size() < 3 ? 0 : walk.after.size() - 2, along_x, along_y);
  } else {
    add_path(walk.before, 0, along_x, along_y);
    add_path(walk.after, 0, along_x, along_y);
  }
  const double margin = view == View::close ? 0.25 : 0.04;
  const std::string number = std::to_string(i + 1);
  const std::string when = view == View::before  ? "before training"
                           : view == View::after ? "after training"
                                                 : "close up";
  Plot plot("Problem " + number + ", " + when, {x.name, x.unit, along_x.range(margin)},
            {y.name, y.unit, along_y.range(margin)});
  if (view == View::before) {
    add_ellipses(plot, "before", walk.before, false);
  } else {
    add_ellipses(plot, "machine", walk.after, f.after.refined);
  }
  plot.cross({"truth", "truth", true, 1}, walk.truth[0], walk.truth[1]);
  plot.set_height(300);
  return figure_of("walk_" + number +
                       (view == View::before  ? "_before"
                        : view == View::after ? "_after"
                                              : "_close"),
                   plot);
}

/// One parameter: the whole tracks, then the close ones. Two or more: problem by problem.
std::vector<Figure> walk_figures(const Findings& f) {
  std::vector<Figure> all;
  const auto add = [&](Figure figure, std::size_t group) {
    figure.group = static_cast<int>(group);
    all.push_back(std::move(figure));
  };
  if (f.info.parameters.size() == 1) {
    for (const bool close : {false, true}) {
      for (std::size_t i = 0; i < std::min(f.walks.size(), kTracks); ++i) add(track_figure(f, i, close), close ? 1 : 0);
    }
    return all;
  }
  for (std::size_t i = 0; i < f.walks.size(); ++i) {
    if (!f.walks[i].before.empty()) add(walk_figure(f, i, View::before), i);
    add(walk_figure(f, i, View::after), i);
    add(walk_figure(f, i, View::close), i);
  }
  return all;
}

}  // namespace

Section walks_section(const Findings& f) {
  const bool one = f.info.parameters.size() == 1;
  Section section = section_of(
      "walks", "The machine's path",
      one ? "The machine's median (line) and central 90 % (band) for test problems, iteration by iteration, "
            "walking to the truth."
          : "Where 68 % of the machine's belief lies, iteration by iteration: from faint, the start, to strong, "
            "the answer. The dotted line follows its mean; the cross is the truth.");
  if (f.info.parameters.size() > 2) {
    section.text += " Of " + std::to_string(f.info.parameters.size()) + " parameters the first two are shown.";
  }
  if (!f.no_before.empty()) section.text += " The untrained machine could not be made again.";
  section.figures = walk_figures(f);
  return section;
}

}  // namespace alfi::report
