#pragma once
#include <cmath>
#include <functional>
#include <vector>

/// One-dimensional maxima and integrals of sharply peaked functions, for exact posteriors. Everything in double.

namespace alfi {
inline namespace v0 {

using Function = std::function<double(double)>;

struct Interval {
  double low, high;
  double clamp(double x) const { return x < low ? low : x > high ? high : x; }
  bool holds(double x) const { return std::isfinite(x) && x >= low && x <= high; }
};

/// Where f, unimodal on the interval (-infinity allowed at and near the ends only where f rises towards its mode), is
/// largest; an end is answered exactly. Golden section: accurate to 1e-8 of the peak's width, as any method that
/// compares values is.
double argmax(const Function& f, Interval interval);

/// log of the integral of exp(log_f(x)) weight(x) over the interval.
/// log_f is unimodal; weight is finite, not negative and varies by less than exp(20); both are smooth but at `breaks`.
/// The part where log_f is 60 below its maximum is left out. Gauss-Kronrod (7, 15), halved adaptively: relative error
/// below 1e-9. -infinity where the interval is empty.
/// Source: Piessens et al. 1983, QUADPACK (nodes and weights).
double log_integral(const Function& log_f, Interval interval, const Function& weight = {},
                    const std::vector<double>& breaks = {});

/// log(Phi(high) - Phi(low)), low <= high, accurate in both tails, out to any distance; -infinity where they are equal.
double log_normal_interval(double low, double high);

}  // namespace v0
}  // namespace alfi
