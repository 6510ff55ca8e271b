#pragma once
#include <vector>

#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// From answers to one number: the loss of each problem, its mean over problems, the weights of the iterations.
/// Computed in double, whatever T. Throws: ShapeError. Gradients accumulate (+=); each d_ may be empty.
/// Source: Pesah, Wehenkel & Louppe 2018 (weightings); golden meta_loss.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What a problem's answer is judged by.
enum class LossKind : std::uint8_t {
  density,   ///< minus the log density of the true parameters (a proper score)
  squared,   ///< squared error of the posterior mean, summed over parameters
  absolute,  ///< absolute error of the posterior mean, summed over parameters
};

/// How the losses of iterations t = 0 .. T-1 become one.
enum class Weighting : std::uint8_t {
  exponential,            ///< w_t ~ (exp(beta s) - 1) / (exp(beta) - 1), s = (t+1)/T, sum 1
  exponential_published,  ///< the same with s = t/(T-1): the first iteration is not trained; T = 1 gives weight 1
  constant,               ///< 1/T
  last,                   ///< the last alone
  observed_improvement,   ///< mean over t of loss_t - the least earlier loss; no fixed weights
};

/// T weights that sum to 1. Throws InputError where iterations < 1, beta <= 0 with an exponential weighting, or the
/// weighting is observed_improvement.
std::vector<double> iteration_weights(Weighting weighting, Index iterations, double beta);

/// mean, theta [B,P] -> loss [B], squared or absolute (InputError for density).
template <class T>
void mean_error(const Context&, LossKind kind, MatView<const T> mean, MatView<const T> theta, VecView<T> loss);
template <class T>
void mean_error_adjoint(const Context&, LossKind kind, MatView<const T> mean, MatView<const T> theta,
                        VecView<const T> d_loss, MatView<T> d_mean);

/// Losses above from grow logarithmically: from + scale log(1 + (loss - from) / scale). A lost problem still pulls,
/// but does not rule the batch.
struct LossLimit {
  double from = 20;   ///< nats
  double scale = 10;  ///< not positive: no limit
};

/// sum of the limited losses / divisor: loss [B] -> [1].
template <class T>
void limited_mean(const Context&, VecView<const T> loss, const LossLimit& limit, double divisor, VecView<T> result);
template <class T>
void limited_mean_adjoint(const Context&, VecView<const T> loss, const LossLimit& limit, double divisor,
                          VecView<const T> d_result, VecView<T> d_loss);

/// losses [T] -> [1]. The least earlier loss of observed_improvement passes its gradient on (to the first of equals).
template <class T>
void combine_iterations(const Context&, Weighting weighting, double beta, VecView<const T> losses, VecView<T> result);
template <class T>
void combine_iterations_adjoint(const Context&, Weighting weighting, double beta, VecView<const T> losses,
                                VecView<const T> d_result, VecView<T> d_losses);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
