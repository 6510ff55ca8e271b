#pragma once
#include <functional>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/quadrature.hpp"
#include "alfi/simulators/simulator.hpp"

/// What the exact answers of the built-in simulators share. Their conventions:
/// - observations that the model cannot produce have log likelihood -infinity, no maximum, and a posterior log density
///   of -infinity everywhere;
/// - without observations there is no maximum, and the posterior is the prior;
/// - a maximum may lie on the edge of the prior's support.

namespace alfi {
inline namespace v0 {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

using LogDensity = std::function<double(const double* theta)>;

inline LogDensity impossible() {
  return [](const double*) { return kImpossible; };
}

/// Throws ShapeError unless the observations have that many columns.
inline void require_columns(const char* function, Observations observations, Index columns) {
  require_shape(function, "observations", observations, observations.rows, columns);
}

/// A copy of observations that a posterior may keep.
class KeptObservations {
 public:
  explicit KeptObservations(Observations o) : values_(o.data, o.data + o.rows * o.cols), rows_(o.rows), cols_(o.cols) {}
  Observations view() const { return {values_.data(), rows_, cols_}; }

 private:
  std::vector<float> values_;
  Index rows_, cols_;
};

/// Number, mean and sum of squared deviations of one column, or of values worked out from the rows.
struct Moments {
  double count = 0, mean = 0, squares = 0;

  /// Welford's update: no cancellation.
  void add(double x) {
    count += 1;
    const double before = x - mean;
    mean += before / count;
    squares += before * (x - mean);
  }
};

}  // namespace v0
}  // namespace alfi
