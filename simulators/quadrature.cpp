#include "alfi/simulators/quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/special.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kDrop = 60;  ///< exp(-60) times the interval's length over the peak's width is still below 1e-15
constexpr int kDeepest = 30;  ///< halvings of a panel

struct Estimate {
  double value, error;
};

Estimate gauss_kronrod(const Function& f, double low, double high) {
  static constexpr double node[7] = {0.991455371120812639207, 0.949107912342758524526, 0.864864423359769072790,
                                     0.741531185599394439864, 0.586087235467691130294, 0.405845151377397166907,
                                     0.207784955007898467601};
  static constexpr double kronrod[8] = {0.022935322010529224963, 0.063092092629978553291, 0.104790010322250183840,
                                        0.140653259715525918745, 0.169004726639267902827, 0.190350578064785409913,
                                        0.204432940075298892414, 0.209482141084727828013};
  static constexpr double gauss[4] = {0.129484966168869693271, 0.279705391489276667901, 0.381830050505118944950,
                                      0.417959183673469387755};
  const double centre = 0.5 * (low + high), half = 0.5 * (high - low);
  const double middle = f(centre);
  double fine = kronrod[7] * middle, coarse = gauss[3] * middle;
  for (int i = 0; i < 7; ++i) {
    const double pair = f(centre - half * node[i]) + f(centre + half * node[i]);
    fine += kronrod[i] * pair;
    if (i % 2 == 1) coarse += gauss[i / 2] * pair;
  }
  return {half * fine, half * std::abs(fine - coarse)};
}

/// Halves a panel until its error is below tolerance.
double refined(const Function& f, double low, double high, Estimate estimate, double tolerance, int depth) {
  if (estimate.error <= tolerance || depth == kDeepest) return estimate.value;
  const double middle = 0.5 * (low + high);
  return refined(f, low, middle, gauss_kronrod(f, low, middle), tolerance, depth + 1) +
         refined(f, middle, high, gauss_kronrod(f, middle, high), tolerance, depth + 1);
}

/// Between mode and end: where f has fallen by kDrop, or the end where it has not.
double fall(const Function& f, double mode, double top, double end) {
  if (f(end) >= top - kDrop) return end;
  double inside = mode, outside = end;
  for (int i = 0; i < 60 && std::abs(outside - inside) > 1e-3 * std::abs(outside - mode); ++i) {
    const double middle = 0.5 * (inside + outside);
    (f(middle) >= top - kDrop ? inside : outside) = middle;
  }
  return outside;
}

}  // namespace

double argmax(const Function& f, Interval interval) {
  constexpr double golden = 0.61803398874989484820;
  double low = interval.low, high = interval.high;
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double at_left = f(left), at_right = f(right);
  for (int i = 0; i < 75 && right > left; ++i) {
    if (at_left >= at_right) {
      high = right, right = left, at_right = at_left;
      left = high - golden * (high - low), at_left = f(left);
    } else {
      low = left, left = right, at_left = at_right;
      right = low + golden * (high - low), at_right = f(right);
    }
  }
  double best = at_left >= at_right ? left : right, value = std::max(at_left, at_right);
  for (const double end : {interval.low, interval.high}) {
    const double at_end = f(end);
    if (at_end >= value) best = end, value = at_end;
  }
  return best;
}

double log_integral(const Function& log_f, Interval interval, const Function& weight,
                    const std::vector<double>& breaks) {
  if (!(interval.low < interval.high)) return -kInfinity;
  const double mode = argmax(log_f, interval), top = log_f(mode);
  if (top == -kInfinity) return -kInfinity;
  const double low = fall(log_f, mode, top, interval.low), high = fall(log_f, mode, top, interval.high);

  std::vector<double> edges = breaks;  // of the panels
  constexpr int kPanels = 6;           // on each side of the mode
  edges.insert(edges.end(), {low, mode, high});
  for (int i = 1; i < kPanels; ++i) {
    edges.push_back(low + (mode - low) * i / kPanels);
    edges.push_back(mode + (high - mode) * i / kPanels);
  }
  std::sort(edges.begin(), edges.end());
  const Function f = [&](double x) {
    const double value = std::exp(log_f(x) - top);
    return weight && value > 0 ? value * weight(x) : value;
  };
  std::vector<Estimate> panels;
  double total = 0;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const bool inside = edges[i] >= low && edges[i + 1] <= high && edges[i] < edges[i + 1];
    panels.push_back(inside ? gauss_kronrod(f, edges[i], edges[i + 1]) : Estimate{0, 0});
    total += panels.back().value;
  }
  // The difference of the two rules bounds the error of the coarse one; the fine one is better by orders of magnitude.
  // Never below the rounding of log_f, or halving would not end.
  const double tolerance = std::max(1e-9, 1e-14 * std::abs(top)) * total;
  double sum = 0;
  for (std::size_t i = 0; i < panels.size(); ++i) sum += refined(f, edges[i], edges[i + 1], panels[i], tolerance, 0);
  return sum > 0 ? top + std::log(sum) : -kInfinity;
}

double log_normal_interval(double low, double high) {
  if (!(low < high)) return -kInfinity;
  if (low >= 0) return log_normal_interval(-high, -low);
  if (high > 0) return std::log1p(-normal_cdf(low) - normal_cdf(-high));
  const double upper = log_normal_cdf(high);
  return upper + std::log(-std::expm1(log_normal_cdf(low) - upper));
}

}  // namespace v0
}  // namespace alfi
