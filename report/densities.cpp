#include "report/densities.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "alfi/inference/problem_draws.hpp"
#include "report/scale.hpp"

namespace alfi::report {
namespace {

constexpr int kCurve = 161, kBins = 100, kEllipse = 64, kGrid = 80;
constexpr double kTail = 1e-4;  // of a marginal, beyond either end of its curve

/// One component's joint marginal of two coordinates.
struct Pair {
  double weight;
  double mean_x, mean_y;
  double sd_x, slope, sd_y;  // x = mean_x + sd_x a, y = mean_y + slope a + sd_y b
};

std::vector<Pair> pairs_of(const Posterior& posterior, std::size_t p, std::size_t q) {
  std::vector<Pair> all;
  for (const MixtureComponent& c : posterior.components()) {
    const std::size_t size = c.gaussian.mean.size();
    const double* const root = c.gaussian.cholesky.data();
    double xx = 0, xy = 0, yy = 0;
    for (std::size_t k = 0; k < size; ++k) {
      const double x = k <= p ? root[p * size + k] : 0, y = k <= q ? root[q * size + k] : 0;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
    const double sd_x = std::sqrt(xx), slope = xy / sd_x;
    all.push_back({std::exp(c.log_weight), c.gaussian.mean[p], c.gaussian.mean[q], sd_x, slope,
                   std::sqrt(std::max(yy - slope * slope, 1e-12 * yy))});
  }
  return all;
}

double density(const Pair& g, double x, double y) {
  const double a = (x - g.mean_x) / g.sd_x, b = (y - g.mean_y - g.slope * a) / g.sd_y;
  const double exponent = 0.5 * (a * a + b * b);
  return exponent > 700 ? 0 : g.weight * std::exp(-exponent) / (g.sd_x * g.sd_y);
}

Curve ellipse(const Pair& g, double mass) {
  const double radius = std::sqrt(-2 * std::log1p(-mass));
  Curve curve;
  for (int i = 0; i < kEllipse; ++i) {
    const double angle = 2 * std::acos(-1.0) * i / kEllipse, a = radius * std::cos(angle), b = radius * std::sin(angle);
    curve.x.push_back(g.mean_x + g.sd_x * a);
    curve.y.push_back(g.mean_y + g.slope * a + g.sd_y * b);
  }
  return curve;
}

/// A density on a square grid, and its level lines by marching squares.
class Grid {
 public:
  explicit Grid(const std::vector<Pair>& pairs) {
    Extent x, y;
    for (const Pair& g : pairs) {
      if (g.weight < 1e-3) continue;
      const double sd = std::hypot(g.slope, g.sd_y);
      for (const double side : {-3.6, 3.6}) {
        x.add(g.mean_x + side * g.sd_x);
        y.add(g.mean_y + side * sd);
      }
    }
    x_ = x.range(0);
    y_ = y.range(0);
    for (int i = 0; i < kGrid * kGrid; ++i) {
      double sum = 0;
      for (const Pair& g : pairs) sum += density(g, at_x(i % kGrid), at_y(i / kGrid));
      values_.push_back(sum);
    }
  }

  /// The density above which lies so much of it.
  double level(double mass) const {
    std::vector<double> sorted = values_;
    std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return a > b; });
    double total = 0, above = 0;
    for (const double v : sorted) total += v;
    for (const double v : sorted) {
      above += v;
      if (above >= mass * total) return v;
    }
    return 0;
  }

  /// The border of what is above the level: its crossings of the grid's edges, joined cell by cell.
  std::vector<Curve> lines(double level) const {
    std::map<int, std::vector<int>> next;  // edges that a cell joins
    for (int j = 0; j + 1 < kGrid; ++j) {
      for (int i = 0; i + 1 < kGrid; ++i) join(i, j, level, next);
    }
    std::vector<Curve> all;
    while (!next.empty()) all.push_back(follow(level, next));
    return all;
  }

 private:
  double at_x(double i) const { return x_.low + (x_.high - x_.low) * i / (kGrid - 1); }
  double at_y(double j) const { return y_.low + (y_.high - y_.low) * j / (kGrid - 1); }
  double value(int i, int j) const { return values_[static_cast<std::size_t>(j * kGrid + i)]; }

  // Edges by number: 2 (j kGrid + i) from (i, j) to the right, one more from there upwards.
  static int right_of(int i, int j) { return 2 * (j * kGrid + i); }
  static int above(int i, int j) { return 2 * (j * kGrid + i) + 1; }

  void join(int i, int j, double level, std::map<int, std::vector<int>>& next) const {
    const bool a = value(i, j) > level, b = value(i + 1, j) > level, c = value(i + 1, j + 1) > level,
               d = value(i, j + 1) > level;
    std::vector<int> crossed;
    if (a != b) crossed.push_back(right_of(i, j));
    if (b != c) crossed.push_back(above(i + 1, j));
    if (c != d) crossed.push_back(right_of(i, j + 1));
    if (d != a) crossed.push_back(above(i, j));
    const double centre = (value(i, j) + value(i + 1, j) + value(i + 1, j + 1) + value(i, j + 1)) / 4;
    // Of a saddle the centre says which corners belong together.
    if (crossed.size() == 4 && (centre > level) != a) std::rotate(crossed.begin(), crossed.begin() + 1, crossed.end());
    for (std::size_t k = 0; k + 1 < crossed.size(); k += 2) {
      next[crossed[k]].push_back(crossed[k + 1]);
      next[crossed[k + 1]].push_back(crossed[k]);
    }
  }

  Curve follow(double level, std::map<int, std::vector<int>>& next) const {
    Curve curve;
    for (int edge = next.begin()->first;;) {
      const int node = edge / 2, i = node % kGrid, j = node / kGrid;
      const int up = edge % 2, across = 1 - up;
      const double from = value(i, j), to = value(i + across, j + up), share = (level - from) / (to - from);
      curve.x.push_back(at_x(i + share * across));
      curve.y.push_back(at_y(j + share * up));
      const std::vector<int> ways = next[edge];
      next.erase(edge);
      const auto onward = std::find_if(ways.begin(), ways.end(), [&](int way) { return next.count(way) > 0; });
      if (onward == ways.end()) return curve;
      edge = *onward;
    }
  }

  Range x_, y_;
  std::vector<double> values_;
};

}  // namespace

Curve marginal_density(const Posterior& posterior, std::size_t p) {
  std::vector<double> theta = posterior.quantile(kTail);
  const double low = theta[p], width = (posterior.quantile(1 - kTail)[p] - low) / kBins;
  Curve curve;
  double before = kTail;
  for (int i = 1; i <= kBins; ++i) {
    theta[p] = low + width * i;
    const double below = posterior.probability_below(theta)[p];
    curve.x.push_back(theta[p] - width / 2);
    curve.y.push_back(std::max(below - before, 0.0) / width);
    before = below;
  }
  return curve;
}

Curve prior_density(const Prior& prior) {
  Curve curve;
  for (int i = 0; i < kCurve; ++i) {
    const double v = -3.5 + 7.0 * i / (kCurve - 1), theta = prior.theta(v);
    curve.x.push_back(theta);
    curve.y.push_back(std::exp(prior.log_density(theta)));
  }
  return curve;
}

Curve normalized(const std::vector<double>& x, const std::vector<double>& log_density) {
  Curve curve{x, {}};
  const double most = *std::max_element(log_density.begin(), log_density.end());
  for (const double value : log_density) {
    curve.y.push_back(std::isfinite(value) && value > most - 700 ? std::exp(value - most) : 0);
  }
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (curve.y[i] + curve.y[i - 1]) / 2;
  if (area > 0) {
    for (double& y : curve.y) y /= area;
  }
  return curve;
}

std::vector<Curve> contours(const Posterior& posterior, std::size_t p, std::size_t q, double mass) {
  const std::vector<Pair> pairs = pairs_of(posterior, p, q);
  std::vector<Curve> all;
  if (pairs.size() == 1) {
    all.push_back(ellipse(pairs[0], mass));
  } else {
    const Grid grid(pairs);
    all = grid.lines(grid.level(mass));
  }
  for (Curve& curve : all) {
    for (double& x : curve.x) x = to_theta(posterior.coordinates(), posterior.priors()[p], x);
    for (double& y : curve.y) y = to_theta(posterior.coordinates(), posterior.priors()[q], y);
  }
  return all;
}

}  // namespace alfi::report
