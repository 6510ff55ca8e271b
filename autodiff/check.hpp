#pragma once
#include <functional>
#include <string>
#include <vector>

#include "alfi/autodiff/tape.hpp"

/// Gradient checker: adjoints against central differences. For the tests of operations, the library's and a user's.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// A matrix by value.
struct CheckInput {
  std::string name;
  Index rows = 0, cols = 0;
  std::vector<double> values;  ///< row-major, rows * cols of them
};

/// The worst entry of all inputs.
struct GradientError {
  double error = 0;   ///< |adjoint - difference| / max(1, largest |difference| of the same input)
  std::string where;  ///< "mean[1,0]"; empty where there are no entries
  double adjoint = 0;
  double difference = 0;  ///< the Richardson estimate
};

/// Builds a scalar [1,1] from tracked variables, one for each input.
using ScalarFunction = std::function<Var<double>(Tape<double>&, const std::vector<Var<double>>&)>;

/// Differences by Richardson's extrapolation of central ones at h and h/2, h = step * max(1, |entry|): their error is
/// h^4 / 480 times the fifth derivative, and 5 eps |f| / h from rounding, 1e-12 or so for functions of size 1 with
/// the default step. Not for kinks nearer than h.
/// Throws: ShapeError where an input's values do not fit, and what the function throws.
GradientError check_gradient(const ScalarFunction& function, const std::vector<CheckInput>& inputs, double step = 1e-3);

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
