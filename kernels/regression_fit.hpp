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

  ALFI_HD double weight(Index k) const { return weights ? static_cast<double>(weights[k]) : 1.0; }
  /// A's entry (k, q).
  ALFI_HD double design(Index k, Index q) const {
    return q == 0 ? 1.0 : static_cast<double>(noise[k * parameters + q - 1]);
  }
  /// What a sum of squared residuals is multiplied by: ratio over the degrees of freedom.
  ALFI_HD double variance_scale() const {
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

/// What a matrix must at least have as its smallest pivot.
constexpr double kTiny = 1e-290;

// Lower: a lower triangle, as kernels/triangle.hpp's or a block's on a GPU; entries (r, c) and rows.

/// Entry (r, c) of a Cholesky factor before its division or root; what is left of it and of (c, c) is done.
template <class Lower>
ALFI_HD double reduced(const Lower& m, Index r, Index c) {
  double sum = m(r, c);
  for (Index k = 0; k < c; ++k) sum -= m(r, k) * m(c, k);
  return sum;
}

/// In exact arithmetic no pivot is below least, the matrix's smallest eigenvalue: rounding is kept from making one so,
/// and a root or a division invalid.
ALFI_HD inline double pivot(double sum, double least) { return std::sqrt(sum > least ? sum : least); }

/// Replaces a positive definite matrix by its Cholesky factor.
template <class Lower>
void factorize(Lower& m, double least) {
  for (Index r = 0; r < m.rows; ++r) {
    for (Index c = 0; c <= r; ++c) m(r, c) = r > c ? reduced(m, r, c) / m(c, c) : pivot(reduced(m, r, c), least);
  }
}

/// Column c of F = U^-T, from U' F = I; reversed holds U with its rows and columns in reverse.
template <class Lower>
ALFI_HD void invert_column(const Lower& reversed, Index c, Lower& factor) {
  const Index last = reversed.rows - 1;  // U'(r, c) = U(c, r) = reversed(last - c, last - r)
  for (Index r = c; r <= last; ++r) {
    double sum = r == c ? 1 : 0;
    for (Index k = c; k < r; ++k) sum -= reversed(last - k, last - r) * factor(k, c);
    factor(r, c) = sum / reversed(last - r, last - r);
  }
}

/// rows = (L L')^-1 rows, for the columns of rows; rows[r] is the start of row r.
template <class Lower, class Rows>
ALFI_HD void solve_rows(const Lower& l, Index columns, Rows rows) {
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
ALFI_HD RegressionProblem<T> regression_problem(const RegressionInputs<T>& in, Index b, Index count) {
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
