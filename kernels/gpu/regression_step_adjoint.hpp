#pragma once
#include "alfi/kernels/gpu/regression_step.hpp"

/// The regression step's adjoint on a GPU, a block a problem, as kernels/regression_step_adjoint.cpp derives it; and
/// the sum over problems that d_floor is.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Gradients with respect to what a problem's fit produced, and what leads to them, in a block's memory: pieces are
/// found from its start when they are needed, which takes fewer registers than keeping them all.
struct BlockFitGradients {
  double* memory;
  int p, s;

  ALFI_HD static Index doubles(Index p, Index s) { return 4 * p + triangle_size(p) + 2 * p * p + (p + 2) * s; }

  ALFI_HD double* delta() const { return memory; }     ///< [P], and so are the next three
  ALFI_HD double* half() const { return memory + p; }  ///< F' pull
  ALFI_HD double* d_half() const { return memory + 2 * p; }
  ALFI_HD double* pull() const { return memory + 3 * p; }
  ALFI_HD LowerView factor() const { return {memory + 4 * p, p}; }  ///< the gradient of F
  /// [P,P] Phi + Phi', later the precision's gradient; [P,P] F times the former.
  ALFI_HD double* symmetric() const { return memory + 4 * p + p * (p + 1) / 2; }
  ALFI_HD double* left() const { return symmetric() + p * p; }
  ALFI_HD double* coefficients() const { return symmetric() + 2 * p * p; }  ///< [P+1,S]
  ALFI_HD double& coefficient(int q, int summary) const { return coefficients()[q * s + summary]; }
  ALFI_HD double* variance() const { return coefficients() + (p + 1) * s; }  ///< [S]
};

/// From d_delta and d_factor to the gradients of pull and precision.
template <class Block>
ALFI_HD void factor_adjoint_in(Block& block, const BlockFit& fit, const BlockFitGradients& d) {
  const LowerView f = fit.factor();
  const int size = f.rows;
  share(block, size, [&](int r) {
    d.half()[r] = column_product(f, r, fit.pull());
    d.d_half()[r] = column_product(f, r, d.delta());
  });
  share_lower(block, size, [&](int r, int c) {
    d.factor()(r, c) += d.delta()[r] * d.half()[c] + fit.pull()[r] * d.d_half()[c];
    if (r == c) d.pull()[r] = row_product(f, r, d.d_half());
  });
  share_lower(block, size, [&](int r, int c) {
    double sum = 0;
    for (int k = r; k < size; ++k) sum += f(k, r) * d.factor()(k, c);
    d.symmetric()[r * size + c] = d.symmetric()[c * size + r] = sum;
  });
  share_entries(block, size, size, [&](int r, int c) {
    double sum = 0;
    for (int k = 0; k <= r; ++k) sum += f(r, k) * d.symmetric()[k * size + c];
    d.left()[r * size + c] = sum;
  });
  share_entries(block, size, size, [&](int r, int c) {
    double sum = 0;
    for (int k = 0; k <= c; ++k) sum -= 0.5 * d.left()[r * size + k] * f(c, k);
    d.symmetric()[r * size + c] = sum;
  });
}

/// From there to the gradients of coefficients and variance, for summary s.
ALFI_HD inline void coefficients_adjoint_of(const BlockFit& fit, double d_offset, int s, const BlockFitGradients& d) {
  const int size = fit.p;
  const double v = fit.inverse_variance()[s], a0 = fit.coefficient(0, s), root = std::sqrt(v);
  double d_v = d_offset * a0 * 0.5 / root, slope_pull = 0;
  for (int p = 0; p < size; ++p) {
    const double slope = fit.coefficient(p + 1, s);
    double along = 0;  // (d precision J)_ps
    for (int q = 0; q < size; ++q) along += d.symmetric()[p * size + q] * fit.coefficient(q + 1, s);
    d.coefficient(p + 1, s) = v * (2 * along - d.pull()[p] * a0);
    d_v += slope * along;
    slope_pull += d.pull()[p] * slope;
  }
  d_v -= slope_pull * a0;
  d.coefficient(0, s) = d_offset * root - v * slope_pull;
  d.variance()[s] = -d_v * v * v;
}

/// From there through the regression, for summary s: on return coefficients are what A's rows are multiplied by.
ALFI_HD inline void regression_adjoint_of(const BlockFit& fit, double variance_scale, double ridge, int s,
                                          const BlockFitGradients& d) {
  const double squares = 2 * d.variance()[s] * variance_scale;
  for (int q = 0; q <= fit.p; ++q) d.coefficient(q, s) -= squares * ridge * fit.coefficient(q, s);
  solve_rows(fit.normal(), 1, StridedRows{d.coefficients() + s, fit.s});
  for (int q = 0; q <= fit.p; ++q) d.coefficient(q, s) -= squares * fit.coefficient(q, s);
}

/// regression_step_adjoint(), but for d_floor: variances are left in scratch [S,B] where it is wanted.
template <class T>
struct RegressionStepAdjoint {
  static constexpr const char* kName = "regression_step_adjoint";
  static constexpr int kLanes = 32;
  RegressionInputs<T> in;
  RegressionOptions options;
  Index count;  ///< K
  MatView<const T> d_delta, d_factor, d_offset;
  RegressionGradients<T> d;
  double* scratch;

  ALFI_HD Index blocks() const { return in.mean.rows; }
  ALFI_HD Index doubles() const {
    const Index p = in.mean.cols, s = in.floor.size;
    return BlockFit::doubles(p, s) + BlockFitGradients::doubles(p, s);
  }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(
        rounded_shared(doubles() * static_cast<Index>(sizeof(double))) +
        rounded_shared(StagedProblem<T>::of(in, count).size * static_cast<Index>(sizeof(T))));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index b = block.index(), size = in.mean.cols, summaries = in.floor.size;
    double* const memory = block.template shared<double>(doubles());
    const BlockFit fit{memory, static_cast<int>(size), static_cast<int>(summaries)};
    const BlockFitGradients g{memory + BlockFit::doubles(size, summaries), static_cast<int>(size),
                              static_cast<int>(summaries)};
    RegressionProblem<T> problem = regression_problem(in, b, count);
    StagedProblem<T>::of(in, count).stage(block, problem);
    fit_regression_in(block, problem, in.floor.data, options.ridge, fit);
    fit_posterior_in(block, in.mean.row(b).data, in.cholesky.row(b).data, options.jitter, fit);
    take_incoming(block, b, fit, g);
    factor_adjoint_in(block, fit, g);
    share(block, summaries, [&](int s) {
      coefficients_adjoint_of(fit, d_offset.empty() ? 0 : static_cast<double>(d_offset(b, s)), s, g);
      if (!d.floor.empty()) scratch[s * in.mean.rows + b] = g.variance()[s];
    });
    add_to_proposal(block, b, fit, g);
    if (!d.summary.empty()) add_to_summary(block, b, problem, fit, g);
  }

  template <class Block>
  ALFI_HD void take_incoming(Block& block, Index b, const BlockFit& fit, const BlockFitGradients& g) const {
    share_lower(block, fit.p, [&](int r, int c) {
      double incoming = d_factor.empty() ? 0 : static_cast<double>(d_factor(b, triangle_entry(r, c)));
      if (r == c) incoming /= fit.factor()(r, r);
      g.factor()(r, c) = incoming;
      if (r == c) g.delta()[r] = d_delta.empty() ? 0 : static_cast<double>(d_delta(b, r));
    });
  }

  /// Through C'C and C' mean.
  template <class Block>
  ALFI_HD void add_to_proposal(Block& block, Index b, const BlockFit& fit, const BlockFitGradients& g) const {
    const LowerView c = fit.cholesky();
    const int size = fit.p;
    if (!d.mean.empty()) {
      share(block, size, [&](int r) { d.mean(b, r) += static_cast<T>(-row_product(c, r, g.pull())); });
    }
    if (d.cholesky.empty()) return;
    share_lower(block, size, [&](int r, int k) {
      double sum = -static_cast<double>(in.mean(b, r)) * g.pull()[k];
      for (int q = 0; q <= r; ++q) sum += 2 * c(r, q) * g.symmetric()[q * size + k];
      d.cholesky(b, triangle_entry(r, k)) += static_cast<T>(r == k ? sum * c(r, r) : sum);
    });
  }

  template <class Block>
  ALFI_HD void add_to_summary(Block& block, Index b, const RegressionProblem<T>& p, const BlockFit& fit,
                              const BlockFitGradients& g) const {
    share(block, p.summaries, [&](int s) { regression_adjoint_of(fit, p.variance_scale(), options.ridge, s, g); });
    share_entries(block, p.count, p.summaries, [&](int k, int s) {
      double sum = 2 * g.variance()[s] * p.variance_scale() * static_cast<double>(p.summary[k * p.summaries + s]);
      for (int q = 0; q <= p.parameters; ++q) sum += p.design(k, q) * g.coefficient(q, s);
      d.summary(b * count + k, s) += static_cast<T>(p.weight(k) * sum);
    });
  }
};

/// d_floor [S] += the rows of terms [S,B] summed, pairwise by index as sum_tree() has it, in place.
template <class T>
struct RegressionFloorSum {
  static constexpr const char* kName = "regression_step_adjoint d_floor";
  static constexpr int kLanes = 256;
  Index problems;
  double* terms;
  VecView<T> d_floor;

  ALFI_HD Index blocks() const { return problems > 0 ? d_floor.size : 0; }
  std::size_t shared_bytes() const { return 0; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index s = block.index();
    double* const row = terms + s * problems;
    for (Index stride = 1; stride < problems; stride *= 2) {
      share(block, (problems + stride - 1) / (2 * stride),
            [&](int i) { row[2 * stride * i] += row[2 * stride * i + stride]; });
    }
    share(block, 1, [&](int) { d_floor[s] += static_cast<T>(row[0]); });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
