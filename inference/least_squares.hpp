#pragma once
#include <vector>

#include "alfi/core/view.hpp"

/// Least squares of several values on the same terms, by their normal equations.

namespace alfi {
inline namespace v0 {

class LeastSquares {
 public:
  LeastSquares(Index terms, Index values);

  /// An observation: its terms [T] and values [D].
  void add(const double* terms, const double* values, double weight = 1);
  /// Of the normal equations, the place for what is added to it.
  double& diagonal(Index term) { return normal_[static_cast<std::size_t>(term * terms_ + term)]; }
  /// False where the equations, which are then lost, cannot be solved.
  bool solve();

  /// From solve() on: [T,D], and Cholesky's factor of the equations' matrix [T,T].
  const std::vector<double>& coefficients() const { return coefficients_; }
  const std::vector<double>& factor() const { return normal_; }

 private:
  Index terms_, size_;
  std::vector<double> normal_, coefficients_;
};

}  // namespace v0
}  // namespace alfi
