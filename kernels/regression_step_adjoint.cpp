#include "alfi/kernels/gpu/regression_step_adjoint.hpp"
#include "alfi/kernels/regression_fit.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// Gradients with respect to what a problem's fit produced.
struct FitGradients {
  double pull[kMaxParameters];
  double precision[kMaxParameters][kMaxParameters];  ///< symmetric
  double coefficients[kMaxParameters + 1][kMaxSummaries];
  double variance[kMaxSummaries];
};

// delta = F F' pull and factor = F, F the Cholesky factor of precision^-1. With G the gradient of F and Phi the lower
// triangle of F'G, its diagonal halved: d precision = -F (Phi + Phi') F' / 2.
// Source: Murray 2016, "Differentiation of the Cholesky decomposition", composed with the inverse.
void factor_adjoint(const RegressionFit& fit, const double* d_delta, const Triangle<>& d_factor, FitGradients& d) {
  const Triangle<>& f = fit.factor;
  const Index size = f.rows;
  double half[kMaxParameters], d_half[kMaxParameters];
  multiply_transposed(f, fit.pull, half);
  multiply_transposed(f, d_delta, d_half);
  multiply(f, d_half, d.pull);
  Triangle<> g = d_factor;
  for (Index r = 0; r < size; ++r) {
    for (Index c = 0; c <= r; ++c) g(r, c) += d_delta[r] * half[c] + fit.pull[r] * d_half[c];
  }
  double phi[kMaxParameters][kMaxParameters], left[kMaxParameters][kMaxParameters];  // Phi + Phi', then F times it
  for (Index r = 0; r < size; ++r) {
    for (Index c = 0; c <= r; ++c) {
      double sum = 0;
      for (Index k = r; k < size; ++k) sum += f(k, r) * g(k, c);
      phi[r][c] = phi[c][r] = sum;
    }
  }
  for (Index r = 0; r < size; ++r) {
    for (Index c = 0; c < size; ++c) {
      left[r][c] = 0;
      for (Index k = 0; k <= r; ++k) left[r][c] += f(r, k) * phi[k][c];
    }
  }
  for (Index r = 0; r < size; ++r) {
    for (Index c = 0; c < size; ++c) {
      d.precision[r][c] = 0;
      for (Index k = 0; k <= c; ++k) d.precision[r][c] -= 0.5 * left[r][k] * f(c, k);
    }
  }
}

// precision = J diag(v) J' + C'C + .., pull = -J diag(v) a0 - C' mean, offset = a0 sqrt(v), v = 1 / variance.
void coefficients_adjoint(const RegressionFit& fit, Index summaries, const double* d_offset, FitGradients& d) {
  const Index size = fit.factor.rows;
  for (Index s = 0; s < summaries; ++s) {
    const double v = fit.inverse_variance[s], a0 = fit.coefficients[0][s], root = std::sqrt(v);
    double d_v = d_offset[s] * a0 * 0.5 / root, slope_pull = 0;
    for (Index p = 0; p < size; ++p) {
      double along = 0;  // (d precision J)_ps
      for (Index q = 0; q < size; ++q) along += d.precision[p][q] * fit.coefficients[q + 1][s];
      d.coefficients[p + 1][s] = v * (2 * along - d.pull[p] * a0);
      d_v += fit.coefficients[p + 1][s] * along;
      slope_pull += d.pull[p] * fit.coefficients[p + 1][s];
    }
    d_v -= slope_pull * a0;
    d.coefficients[0][s] = d_offset[s] * root - v * slope_pull;
    d.variance[s] = -d_v * v * v;
  }
}

// The regression: A'W residual = ridge * coefficients, so that the residuals' own dependence on the coefficients is a
// multiple of these. On return summary gradients are added.
template <class T>
void summary_adjoint(const RegressionProblem<T>& p, const RegressionFit& fit, double ridge, FitGradients& d,
                     T* d_summary) {
  double squares[kMaxSummaries];  // d loss / d (sum of squares), doubled
  for (Index s = 0; s < p.summaries; ++s) squares[s] = 2 * d.variance[s] * p.variance_scale();
  for (Index q = 0; q <= p.parameters; ++q) {
    for (Index s = 0; s < p.summaries; ++s) d.coefficients[q][s] -= squares[s] * ridge * fit.coefficients[q][s];
  }
  solve_rows(fit.normal, p.summaries, d.coefficients);
  for (Index q = 0; q <= p.parameters; ++q) {
    for (Index s = 0; s < p.summaries; ++s) d.coefficients[q][s] -= squares[s] * fit.coefficients[q][s];
  }
  double row[kMaxSummaries];
  for (Index k = 0; k < p.count; ++k) {
    const T* summary = p.summary + k * p.summaries;
    for (Index s = 0; s < p.summaries; ++s) row[s] = squares[s] * static_cast<double>(summary[s]);
    for (Index q = 0; q <= p.parameters; ++q) {
      const double a = p.design(k, q);
      for (Index s = 0; s < p.summaries; ++s) row[s] += a * d.coefficients[q][s];
    }
    const double w = p.weight(k);
    for (Index s = 0; s < p.summaries; ++s) d_summary[k * p.summaries + s] += static_cast<T>(w * row[s]);
  }
}

// Through C'C and C' mean.
template <class T>
void proposal_adjoint(const RegressionFit& fit, const FitGradients& d, VecView<const T> mean, Index b,
                      MatView<T> d_mean, MatView<T> d_cholesky) {
  const Triangle<>& c = fit.cholesky;
  Triangle<> d_c;
  d_c.clear(c.rows);
  for (Index r = 0; r < c.rows; ++r) {
    double along = 0;
    for (Index k = 0; k <= r; ++k) {
      along += c(r, k) * d.pull[k];
      double sum = -static_cast<double>(mean[r]) * d.pull[k];
      for (Index q = 0; q <= r; ++q) sum += 2 * c(r, q) * d.precision[q][k];
      d_c(r, k) = sum;
    }
    accumulate(d_mean, b, r, -along);
  }
  if (!d_cholesky.empty()) add_outside(c, d_c, d_cholesky.row(b));
}

template <class T>
void require_gradients(const char* function, const RegressionInputs<T>& in, MatView<const T> d_delta,
                       MatView<const T> d_factor, MatView<const T> d_offset, const RegressionGradients<T>& d) {
  require_gradient(function, "d_delta", d_delta, in.mean.rows, in.mean.cols);
  require_gradient(function, "d_factor", d_factor, in.mean.rows, in.cholesky.cols);
  require_gradient(function, "d_offset", d_offset, in.mean.rows, in.floor.size);
  require_gradient(function, "d_summary", d.summary, in.summary.rows, in.summary.cols);
  require_gradient(function, "d_mean", d.mean, in.mean.rows, in.mean.cols);
  require_gradient(function, "d_cholesky", d.cholesky, in.mean.rows, in.cholesky.cols);
  if (!d.floor.empty()) require_size(function, "d_floor", d.floor, in.floor.size);
}

}  // namespace

Index regression_step_scratch_size(const Context& context, Index problems, Index summaries) {
  return on_gpu(context) ? problems * summaries : 0;
}

template <class T>
void regression_step_adjoint(const Context& context, const RegressionInputs<T>& in, const RegressionOptions& options,
                             MatView<const T> d_delta, MatView<const T> d_factor, MatView<const T> d_offset,
                             const RegressionGradients<T>& d, VecView<double> scratch) {
  constexpr const char* kName = "regression_step_adjoint";
  const Index count = require_regression(kName, in), size = in.mean.cols, summaries = in.floor.size;
  require_gradients(kName, in, d_delta, d_factor, d_offset, d);
  require_size(kName, "scratch", scratch, regression_step_scratch_size(context, in.mean.rows, summaries));
  if (on_gpu(context)) {
    run_blocks(context, RegressionStepAdjoint<T>{in, options, count, d_delta, d_factor, d_offset, d, scratch.data});
    if (!d.floor.empty()) run_blocks(context, RegressionFloorSum<T>{in.mean.rows, scratch.data, d.floor});
    return;
  }
  for (Index b = 0; b < in.mean.rows; ++b) {
    const RegressionProblem<T> problem = regression_problem(in, b, count);
    RegressionFit fit;
    fit_regression(problem, in.floor.data, options.ridge, fit);
    fit_posterior(problem, in.mean.row(b).data, in.cholesky.row(b), options.jitter, fit);
    double delta[kMaxParameters], offset[kMaxSummaries];
    Triangle<> factor;
    factor.clear(size);
    for (Index r = 0; r < size; ++r) {
      delta[r] = d_delta.empty() ? 0 : static_cast<double>(d_delta(b, r));
      if (d_factor.empty()) continue;
      for (Index c = 0; c <= r; ++c) factor(r, c) = static_cast<double>(d_factor(b, triangle_entry(r, c)));
      factor(r, r) /= fit.factor(r, r);
    }
    for (Index s = 0; s < summaries; ++s) offset[s] = d_offset.empty() ? 0 : static_cast<double>(d_offset(b, s));
    FitGradients gradients;
    factor_adjoint(fit, delta, factor, gradients);
    coefficients_adjoint(fit, summaries, offset, gradients);
    proposal_adjoint(fit, gradients, in.mean.row(b), b, d.mean, d.cholesky);
    for (Index s = 0; s < d.floor.size; ++s) d.floor[s] += static_cast<T>(gradients.variance[s]);
    if (!d.summary.empty()) {
      summary_adjoint(problem, fit, options.ridge, gradients, d.summary.row(b * count).data);
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                      \
  template void regression_step_adjoint<T>(const Context&, const RegressionInputs<T>&, const RegressionOptions&, \
                                           MatView<const T>, MatView<const T>, MatView<const T>,                 \
                                           const RegressionGradients<T>&, VecView<double>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
