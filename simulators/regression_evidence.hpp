#pragma once
#include <vector>

#include "alfi/core/view.hpp"

/// The posterior of a linear regression whose slopes have half-Cauchy priors and whose offset is uniform on a box.

namespace alfi {
inline namespace v0 {

/// The Gaussian log likelihood of coefficients w = (slopes, offset), as a quadratic around a reference point:
///     log L(w) = constant + gradient . (w - reference) - 1/2 (w - reference)' precision (w - reference)
/// The reference is near the least-squares solution, so that no digits are lost far from the origin.
struct RegressionLikelihood {
  Index size = 0;    ///< p + 1
  double count = 0;  ///< observations
  double constant = 0;
  std::vector<double> reference, gradient;
  std::vector<double> precision;  ///< row-major

  /// rows [N,p+2]: u_1 .. u_p, 1, y with noise of standard deviation `noise`.
  RegressionLikelihood(MatView<const float> rows, double noise);

  double log_density(const double* w) const;

  /// Maximum with slopes >= 0 and |offset| <= bound (one of them where it is not unique), by coordinate ascent.
  std::vector<double> constrained_maximum(double offset_bound) const;
};

/// log of the integral of L(w) times the prior, slope_i half-Cauchy (density 2/pi / (1 + slope^2), slope > 0), offset
/// uniform on +-bound.
/// The half-Cauchy is a scale mixture, 2 / (pi (1 + s^2)) = (1/pi) integral of exp(-t (1 + s^2) / 2) dt over t > 0, so
/// that given t the integrand is a Gaussian cut to a box: proper however few the observations, and integrated by
/// separation of variables. The 2 p dimensions in all are covered by 2^13 points of Richtmyer's sequence, folded.
/// Accuracy, p = 3, against 2^17 points, slopes up to 1e3 and parameters on the prior's edges included: 1e-4 from 20
/// observations on, 5e-3 with 5. With fewer observations than coefficients it is a matter of luck: some 0.01 to 0.1,
/// and nothing to rely on where a slope is steep, since the posterior then has several far modes.
/// Source: Genz 1992, "Numerical computation of multivariate normal probabilities".
double regression_log_evidence(const RegressionLikelihood& likelihood, double offset_bound, int points = 1 << 13);

}  // namespace v0
}  // namespace alfi
