#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// The regression adjustment of Beaumont et al. 2002 inside the loop: summaries of (simulated less observed) are
/// regressed on [1, noise] over a problem's K proposals, which gives a local linear-Gaussian posterior in the
/// proposal's own coordinates, the prior N(0, I) exact.
/// Shapes: summary [B*K,S], noise [B*K,P], mean [B,P], cholesky [B,V], floor [S] (least residual variance),
/// weights [B*K] with mean 1 over each problem's K (empty: all 1), ratio [B] of the residual variance, such as
/// M/N + 1/K (empty: 1);
/// delta [B,P], factor [B,V] (Cholesky factor of the covariance), offset [B,S] in residual standard deviations.
/// Everything inside is double, whatever T: the precision is badly conditioned while the proposal zooms.
/// Throws: ShapeError, also where P > 16 or S > 64 (nothing is allocated). Gradients accumulate (+=); each d_ may be
/// empty, the incoming ones too (zero). noise, weights and ratio are data. floor must be positive.

namespace alfi {
inline namespace v0 {
namespace kernels {

constexpr Index kMaxSummaries = 64;

struct RegressionOptions {
  double ridge = 0.1;    ///< keeps the regression solvable where K is small
  double jitter = 1e-4;  ///< keeps the precision positive where a direction is not seen
};

template <class T>
struct RegressionInputs {
  MatView<const T> summary, noise, mean, cholesky;
  VecView<const T> floor, weights, ratio;
};
template <class T>
struct RegressionGradients {
  MatView<T> summary, mean, cholesky;
  VecView<T> floor;
};

template <class T>
void regression_step(const Context&, const RegressionInputs<T>& in, const RegressionOptions& options, MatView<T> delta,
                     MatView<T> factor, MatView<T> offset);

/// What the adjoint needs of the context's memory, in doubles; its content is nothing before and nothing after.
Index regression_step_scratch_size(const Context& context, Index problems, Index summaries);

template <class T>
void regression_step_adjoint(const Context&, const RegressionInputs<T>& in, const RegressionOptions& options,
                             MatView<const T> d_delta, MatView<const T> d_factor, MatView<const T> d_offset,
                             const RegressionGradients<T>& d, VecView<double> scratch);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
