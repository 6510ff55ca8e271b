#include "alfi/simulators/angular.hpp"

#include <algorithm>
#include <limits>

namespace alfi {
inline namespace v0 {

double angular_norm(double a, double limit) {
  const double slope = std::abs(a);
  return AngularLaw::integral(slope, limit) - AngularLaw::integral(slope, AngularLaw::lower_end(slope, limit));
}

double angular_log_sum(double a, Observations observations) {
  // A logarithm of products: each factor is at least 1e-16 and below 1e4, so that sixteen of them stay in range.
  constexpr Index kFactors = 16;
  double sum = 0;
  for (Index start = 0; start < observations.rows; start += kFactors) {
    const Index end = std::min(observations.rows, start + kFactors);
    double product = 1, smallest = 1;
    for (Index i = start; i < end; ++i) {
      const double c = static_cast<double>(observations.data[i]);
      const double factor = 1 + c * (c + a);
      smallest = std::min(smallest, factor);
      product *= factor;
    }
    if (!(smallest > 0)) return -std::numeric_limits<double>::infinity();
    sum += std::log(product);
  }
  return sum;
}

bool angular_within(Observations observations, double limit, bool closed) {
  return std::all_of(observations.data, observations.data + observations.rows, [&](float c) {
    const double size = std::abs(static_cast<double>(c));
    return std::isfinite(size) && (size < limit || (closed && size == limit));
  });
}

AngularRange angular_range(Observations observations, double largest) {
  AngularRange range{-largest, largest};
  for (Index i = 0; i < observations.rows; ++i) {
    const double c = static_cast<double>(observations.data[i]);
    if (c < 0) range.high = std::min(range.high, -(1 + c * c) / c);
    if (c > 0) range.low = std::max(range.low, -(1 + c * c) / c);
  }
  return range;
}

}  // namespace v0
}  // namespace alfi
