#include "alfi/kernels/regression_step.hpp"

#include "alfi/kernels/gpu/regression_step.hpp"
#include "alfi/kernels/regression_fit.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

// Weighted residual sums of squares, by proposals.
template <class T>
void sum_squares(const RegressionProblem<T>& p, const RegressionFit& fit, double* sums) {
  for (Index s = 0; s < p.summaries; ++s) sums[s] = 0;
  double residual[kMaxSummaries];
  for (Index k = 0; k < p.count; ++k) {
    for (Index s = 0; s < p.summaries; ++s) residual[s] = static_cast<double>(p.summary[k * p.summaries + s]);
    for (Index q = 0; q <= p.parameters; ++q) {
      const double a = p.design(k, q);
      for (Index s = 0; s < p.summaries; ++s) residual[s] -= a * fit.coefficients[q][s];
    }
    const double w = p.weight(k);
    for (Index s = 0; s < p.summaries; ++s) sums[s] += w * residual[s] * residual[s];
  }
}

}  // namespace

template <class T>
void fit_regression(const RegressionProblem<T>& p, const T* floor, double ridge, RegressionFit& fit) {
  fit.normal.clear(p.parameters + 1);
  for (Index q = 0; q <= p.parameters; ++q) {
    fit.normal(q, q) = ridge;
    for (Index s = 0; s < p.summaries; ++s) fit.coefficients[q][s] = 0;
  }
  for (Index k = 0; k < p.count; ++k) {
    const T* summary = p.summary + k * p.summaries;
    for (Index q = 0; q <= p.parameters; ++q) {
      const double weighted = p.weight(k) * p.design(k, q);
      for (Index c = 0; c <= q; ++c) fit.normal(q, c) += weighted * p.design(k, c);
      for (Index s = 0; s < p.summaries; ++s) fit.coefficients[q][s] += weighted * static_cast<double>(summary[s]);
    }
  }
  factorize(fit.normal, ridge > kTiny ? ridge : kTiny);
  solve_rows(fit.normal, p.summaries, fit.coefficients);
  double sums[kMaxSummaries];
  sum_squares(p, fit, sums);
  for (Index s = 0; s < p.summaries; ++s) {
    fit.inverse_variance[s] = 1 / (p.variance_scale() * sums[s] + static_cast<double>(floor[s]));
  }
}

template <class T>
void fit_posterior(const RegressionProblem<T>& p, const T* mean, VecView<const T> cholesky, double jitter,
                   RegressionFit& fit) {
  const Index size = p.parameters;
  fit.cholesky = unpack(cholesky, size);
  // The precision with rows and columns reversed: its (lower) Cholesky factor, reversed back, is the upper U.
  Triangle<> upper;
  upper.clear(size);
  for (Index r = 0; r < size; ++r) {
    double weighted[kMaxSummaries], pull = 0;
    for (Index s = 0; s < p.summaries; ++s) {
      weighted[s] = fit.coefficients[r + 1][s] * fit.inverse_variance[s];
      pull -= weighted[s] * fit.coefficients[0][s];
    }
    for (Index k = r; k < size; ++k) pull -= fit.cholesky(k, r) * static_cast<double>(mean[k]);
    fit.pull[r] = pull;
    for (Index c = r; c < size; ++c) {
      double sum = r == c ? jitter : 0;
      for (Index s = 0; s < p.summaries; ++s) sum += weighted[s] * fit.coefficients[c + 1][s];
      for (Index k = c; k < size; ++k) sum += fit.cholesky(k, r) * fit.cholesky(k, c);
      upper(size - 1 - r, size - 1 - c) = sum;
    }
  }
  factorize(upper, jitter > kTiny ? jitter : kTiny);
  fit.factor.clear(size);
  for (Index c = 0; c < size; ++c) invert_column(upper, c, fit.factor);
  double half[kMaxParameters];
  multiply_transposed(fit.factor, fit.pull, half);
  multiply(fit.factor, half, fit.delta);
}

template <class T>
Index require_regression(const char* function, const RegressionInputs<T>& in) {
  const Index size = require_triangle(function, in.mean, in.cholesky);
  const Index count = require_blocks(function, "noise", in.noise, in.mean.rows, size);
  require_shape(function, "summary", in.summary, in.noise.rows, in.floor.size);
  if (in.floor.size > kMaxSummaries) {
    throw ShapeError(std::string(function) + ": floor has shape " + shape_text(in.floor) + ", expected at most [" +
                     std::to_string(kMaxSummaries) + "]");
  }
  if (!in.weights.empty()) require_size(function, "weights", in.weights, in.noise.rows);
  if (!in.ratio.empty()) require_size(function, "ratio", in.ratio, in.mean.rows);
  return count;
}

template <class T>
void regression_step(const Context& context, const RegressionInputs<T>& in, const RegressionOptions& options,
                     MatView<T> delta, MatView<T> factor, MatView<T> offset) {
  constexpr const char* kName = "regression_step";
  const Index count = require_regression(kName, in), size = in.mean.cols;
  require_shape(kName, "delta", delta, in.mean.rows, size);
  require_shape(kName, "factor", factor, in.mean.rows, in.cholesky.cols);
  require_shape(kName, "offset", offset, in.mean.rows, in.floor.size);
  if (on_gpu(context)) return run_blocks(context, RegressionStep<T>{in, options, count, delta, factor, offset});
  for (Index b = 0; b < in.mean.rows; ++b) {
    const RegressionProblem<T> problem = regression_problem(in, b, count);
    RegressionFit fit;
    fit_regression(problem, in.floor.data, options.ridge, fit);
    fit_posterior(problem, in.mean.row(b).data, in.cholesky.row(b), options.jitter, fit);
    for (Index r = 0; r < size; ++r) {
      delta(b, r) = static_cast<T>(fit.delta[r]);
      for (Index c = 0; c < r; ++c) factor(b, triangle_entry(r, c)) = static_cast<T>(fit.factor(r, c));
      factor(b, triangle_entry(r, r)) = static_cast<T>(std::log(fit.factor(r, r)));
    }
    for (Index s = 0; s < in.floor.size; ++s) {
      offset(b, s) = static_cast<T>(fit.coefficients[0][s] * std::sqrt(fit.inverse_variance[s]));
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                          \
  template void fit_regression<T>(const RegressionProblem<T>&, const T*, double, RegressionFit&);                    \
  template void fit_posterior<T>(const RegressionProblem<T>&, const T*, VecView<const T>, double, RegressionFit&);   \
  template Index require_regression<T>(const char*, const RegressionInputs<T>&);                                     \
  template void regression_step<T>(const Context&, const RegressionInputs<T>&, const RegressionOptions&, MatView<T>, \
                                   MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
