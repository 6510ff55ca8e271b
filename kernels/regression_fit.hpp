#pragma once
#include "alfi/kernels/regression_step.hpp"
#include "alfi/kernels/triangle.hpp"

/// One problem of the regression step, in double and in fixed arrays; shared by the step and its adjoint.
/// With A = [1, noise] (rows k) and W = diag(weights):
///   coefficients = (A'WA + ridge I)^-1 A'W summary, first row the offset a0, the rest J [P,S]
///   variance_s   = ratio sum_k w_k residual_ks^2 / max(K-P-1, 2) + floor_s
///   precision    = J diag(1/variance) J' + C'C + jitter I
///   pull         = -J diag(1/variance) a0 - C' mean,    delta = precision^-1 pull
/// precision = U U' with U upper triangular, so that factor = U^-T is the covariance's Cholesky factor: no inverse.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// K proposals of one problem, in the caller's arrays.
template <class T>
struct RegressionProblem {
  const T* summary = nullptr;  ///< [K,S]
  const T* noise = nullptr;    ///< [K,P]
  const T* weights = nullptr;  ///< [K] or null
  Index count = 0, parameters = 0, summaries = 0;
  double ratio = 1;

  double weight(Index k) const { return weights ? static_cast<double>(weights[k]) : 1.0; }
  /// A's entry (k, q).
  double design(Index k, Index q) const { return q == 0 ? 1.0 : static_cast<double>(noise[k * parameters + q - 1]); }
  /// What a sum of squared residuals is multiplied by: ratio over the degrees of freedom.
  double variance_scale() const {
    const Index freedom = count - parameters - 1;
    return ratio / static_cast<double>(freedom > 2 ? freedom : 2);
  }
};

struct RegressionFit {
  Triangle<kMaxParameters + 1> normal;                     ///< Cholesky factor of A'WA + ridge I
  double coefficients[kMaxParameters + 1][kMaxSummaries];  ///< a0, then J
  double inverse_variance[kMaxSummaries];
  Triangle<> cholesky;  ///< C
  Triangle<> factor;
  double pull[kMaxParameters];
  double delta[kMaxParameters];
};

/// The regression: normal, coefficients and inverse_variance. floor [S].
template <class T>
void fit_regression(const RegressionProblem<T>& problem, const T* floor, double ridge, RegressionFit& fit);

/// The posterior that follows: cholesky, factor, pull and delta. mean [P], cholesky [V].
template <class T>
void fit_posterior(const RegressionProblem<T>& problem, const T* mean, VecView<const T> cholesky, double jitter,
                   RegressionFit& fit);

/// Replaces a positive definite matrix by its Cholesky factor. In exact arithmetic no pivot is below least, its
/// smallest eigenvalue: rounding is kept from making one so, and a root or a division invalid.
template <Index Max>
void factorize(Triangle<Max>& m, double least) {
  for (Index r = 0; r < m.rows; ++r) {
    for (Index c = 0; c <= r; ++c) {
      double sum = m(r, c);
      for (Index k = 0; k < c; ++k) sum -= m(r, k) * m(c, k);
      m(r, c) = r > c ? sum / m(c, c) : std::sqrt(sum > least ? sum : least);
    }
  }
}

/// rows = (L L')^-1 rows, for the columns of rows [L.rows][columns].
template <Index Max>
void solve_rows(const Triangle<Max>& l, Index columns, double (*rows)[kMaxSummaries]) {
  for (Index r = 0; r < l.rows; ++r) {
    for (Index k = 0; k < r; ++k) {
      for (Index s = 0; s < columns; ++s) rows[r][s] -= l(r, k) * rows[k][s];
    }
    for (Index s = 0; s < columns; ++s) rows[r][s] /= l(r, r);
  }
  for (Index r = l.rows; r-- > 0;) {
    for (Index k = r + 1; k < l.rows; ++k) {
      for (Index s = 0; s < columns; ++s) rows[r][s] -= l(k, r) * rows[k][s];
    }
    for (Index s = 0; s < columns; ++s) rows[r][s] /= l(r, r);
  }
}

/// Throws ShapeError unless the inputs fit each other and the fixed arrays. Returns K.
template <class T>
Index require_regression(const char* function, const RegressionInputs<T>& in);

/// The view of problem b.
template <class T>
RegressionProblem<T> regression_problem(const RegressionInputs<T>& in, Index b, Index count) {
  const Index p = in.mean.cols, s = in.floor.size;
  return {in.summary.data + b * count * s,
          in.noise.data + b * count * p,
          in.weights.empty() ? nullptr : in.weights.data + b * count,
          count,
          p,
          s,
          in.ratio.empty() ? 1.0 : static_cast<double>(in.ratio[b])};
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
