#include <algorithm>
#include <cmath>

#include "alfi/core/moments.hpp"
#include "report/figures.hpp"

namespace alfi::report {
namespace {

constexpr std::size_t kMostPoints = 700;  // of a curve

/// Means of neighbours, where there are more than can be told apart.
std::vector<double> thinned(const std::vector<double>& values) {
  const std::size_t each = (values.size() + kMostPoints - 1) / kMostPoints;
  std::vector<double> out;
  for (std::size_t i = 0; i < values.size(); i += each) {
    RunningMoments moments;
    for (std::size_t k = i; k < std::min(i + each, values.size()); ++k) {
      if (std::isfinite(values[k])) moments.add(values[k]);
    }
    out.push_back(moments.mean());
  }
  return out;
}

/// Means over windows of a twentieth of all, shorter at the ends.
std::vector<double> smoothed(const std::vector<double>& values) {
  const std::size_t half = values.size() / 40;
  std::vector<double> out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t reach = std::min({half, i, values.size() - 1 - i});
    double sum = 0;
    for (std::size_t k = i - reach; k <= i + reach; ++k) sum += values[k];
    out.push_back(sum / static_cast<double>(2 * reach + 1));
  }
  return out;
}

/// What the picture is about: all but the highest fiftieth, which the first steps make.
Range without_start(std::vector<double> values, const std::vector<double>& smooth) {
  std::sort(values.begin(), values.end());
  Extent extent;
  extent.add(values[values.size() / 200]);
  extent.add(values[values.size() - 1 - values.size() / 50]);
  for (std::size_t i = smooth.size() / 40; i < smooth.size(); ++i) extent.add(smooth[i]);
  return extent.range(0.05);
}

Figure curve(const std::string& name, const std::string& title, const std::vector<double>& step,
             const std::vector<double>& values, Axis y) {
  const std::vector<double> x = thinned(step), raw = thinned(values), smooth = smoothed(raw);
  if (!y.logarithmic) y.range = without_start(raw, smooth);
  Axis along{"meta-step", "", {}, false, true, 0};
  if (!x.empty()) along.range = Range{0, x.back()};
  Plot plot(title, along, y);
  plot.line({"machine", "a step", true, 1}, x, raw, "faint");
  plot.line({"machine", "smoothed", true, 1}, x, smooth);
  return figure_of(name, plot);
}

}  // namespace

Section training_section(const Findings& f) {
  Section section = section_of(
      "training", "Training",
      "Each meta-step lets the machine infer a fresh batch of simulated problems and moves its weights downhill. "
      "A loss that still falls at the right end asks for more steps.");
  const History& h = f.history;
  if (h.step.size() < 2) return section;
  const std::string loss = f.configuration.train.loss;
  const std::string unit = loss == "density" ? "nats" : loss == "squared" ? "prior sd²" : "prior sd";
  section.figures.push_back(curve("training_loss", "Loss of the batch", h.step, h.loss,
                                  {"loss (" + loss + ")", unit, {}, false, false, 0.05}));
  section.figures.push_back(curve("training_rmse", "Error of the answers", h.step, h.rmse,
                                  {"RMSE of the posterior mean", "prior sd", {}, false, false, 0.05}));
  section.figures.push_back(curve("training_gradient", "Gradient", h.step, h.gradient_norm,
                                  {"norm before clipping", loss == "density" ? "nats" : unit, {}, true, false, 0.05}));
  return section;
}

}  // namespace alfi::report
