#pragma once
#include <vector>

#include "alfi/core/view.hpp"
#include "alfi/inference/column_scale.hpp"

/// What a learned likelihood begins with: values regressed on columns of places, scaled to mean 0 and sd 1, of which
/// the first ones enter with their squares and products, too; and what that leaves, whitened by its covariance.

namespace alfi {
inline namespace v0 {

class QuadraticRegression {
 public:
  /// places [n,I], the first `quadratic` columns with squares; values [n,D]; least [D]: no entry's noise is taken
  /// smaller. Throws NumericError where simulations are too few, or cannot be regressed.
  QuadraticRegression(MatView<const double> places, Index quadratic, MatView<const double> values,
                      const std::vector<double>& least);

  Index inputs() const { return scale_.columns(); }
  Index size() const { return size_; }
  /// Log of the determinant of the factor of the noise's covariance.
  double log_scale() const { return log_scale_; }

  /// [n,I].
  std::vector<double> scaled(MatView<const double> places) const { return scale_.scaled(places); }
  /// What values [n,D] differ from the regression by, whitened: [n,D]. One value [1,D] is that of all places.
  std::vector<double> whitened(MatView<const double> places, MatView<const double> values) const;

 private:
  Index terms() const { return 1 + inputs() + quadratic_ * (quadratic_ + 1) / 2; }
  void find_noise(MatView<const double> places, MatView<const double> values, const std::vector<double>& least);
  /// The terms of a place that is scaled.
  void basis(const double* place, double* row) const;

  Index quadratic_, size_;
  ColumnScale scale_;                 ///< of the places
  std::vector<double> coefficients_;  ///< [terms,D]
  std::vector<double> noise_;         ///< factor of the residuals' covariance [D,D]
  double log_scale_ = 0;
};

}  // namespace v0
}  // namespace alfi
