#include "exact.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace alfi::tools {
namespace {

constexpr int kPanels = 2000;       // even, for Simpson's rule
constexpr int kMostZooms = 60;      // each narrows a thousandfold where there is anything to narrow
constexpr double kNegligible = 45;  // exp(-45) of the largest value
constexpr double kFurthest = 8;     // prior sds that stand for an infinite support

struct Grid {
  double low, high;
  std::vector<double> values;

  Grid(const std::function<double(double)>& f, double from, double to) : low(from), high(to) {
    for (int i = 0; i <= kPanels; ++i) values.push_back(f(point(i)));
  }
  double step() const { return (high - low) / kPanels; }
  double point(int i) const { return i == kPanels ? high : low + step() * i; }
  double largest() const { return *std::max_element(values.begin(), values.end()); }
};

/// The part of the grid that matters, one step wider on both sides.
void zoom(const Grid& grid, double& low, double& high) {
  const double least = grid.largest() - kNegligible;
  const auto matters = [&](double value) { return value >= least; };
  const auto first = std::find_if(grid.values.begin(), grid.values.end(), matters) - grid.values.begin();
  const auto last = grid.values.rend() - std::find_if(grid.values.rbegin(), grid.values.rend(), matters) - 1;
  low = grid.point(std::max(0, static_cast<int>(first) - 1));
  high = grid.point(std::min(kPanels, static_cast<int>(last) + 1));
}

Moments integrate(const Grid& grid) {
  const double largest = grid.largest(), middle = 0.5 * (grid.low + grid.high);
  double mass = 0, first = 0, second = 0;
  for (int i = 0; i <= kPanels; ++i) {
    const double exponent = grid.values[static_cast<std::size_t>(i)] - largest;
    if (exponent < -700) continue;  // exp would underflow
    const double weight = (i == 0 || i == kPanels ? 1 : i % 2 == 1 ? 4 : 2) * std::exp(exponent);
    const double x = grid.point(i) - middle;
    mass += weight;
    first += weight * x;
    second += weight * x * x;
  }
  const double mean = first / mass;
  return {true, middle + mean, std::sqrt(std::max(0.0, second / mass - mean * mean))};
}

}  // namespace

Moments moments_of(const std::function<double(double)>& log_density, double low, double high) {
  for (int i = 0; i < kMostZooms; ++i) {
    const Grid grid(log_density, low, high);
    if (!std::isfinite(grid.largest())) return {};
    double narrow_low = low, narrow_high = high;
    zoom(grid, narrow_low, narrow_high);
    // Resolved: at least a fifth of the grid matters.
    if (narrow_high - narrow_low > 0.2 * (high - low)) return integrate(grid);
    low = narrow_low;
    high = narrow_high;
  }
  return {};
}

Moments exact_posterior(const Simulator& simulator, Observations observations) {
  if (simulator.parameters() != 1 || !simulator.exact().posterior_log_density) return {};
  const std::function<double(const double*)> density = simulator.exact().posterior_log_density(observations);
  const Prior& prior = simulator.info().parameters.front().prior;
  const double low = std::isfinite(prior.lower()) ? prior.lower() : prior.theta(-kFurthest);
  const double high = std::isfinite(prior.upper()) ? prior.upper() : prior.theta(kFurthest);
  return moments_of([&](double theta) { return density(&theta); }, low, high);
}

}  // namespace alfi::tools
