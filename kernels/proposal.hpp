#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Gaussian proposals N(mean, C C'). A lower triangle is a vector of V = P(P+1)/2 entries, row by row
/// (0,0), (1,0), (1,1), ..., its diagonal as logarithms ("cholesky"). All: rows are problems, mean [B,P],
/// cholesky [B,V], diagonal log_sd [B,P]. Computed in double, whatever T.
/// Throws: ShapeError, also where P > 16 with a triangle. Gradients accumulate (+=); each d_ may be empty.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// factor log N(theta | mean, C C'): theta [B,P] -> log_density [B].
template <class T>
void gaussian_full_log_density(const Context&, MatView<const T> mean, MatView<const T> cholesky, MatView<const T> theta,
                               VecView<T> log_density, T factor = T(1));
template <class T>
void gaussian_full_log_density_adjoint(const Context&, MatView<const T> mean, MatView<const T> cholesky,
                                       MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                       MatView<T> d_cholesky, MatView<T> d_theta, T factor = T(1));

/// factor log N(theta | mean, diag(exp(log_sd))^2): theta [B,P] -> log_density [B].
template <class T>
void gaussian_diagonal_log_density(const Context&, MatView<const T> mean, MatView<const T> log_sd,
                                   MatView<const T> theta, VecView<T> log_density, T factor = T(1));
template <class T>
void gaussian_diagonal_log_density_adjoint(const Context&, MatView<const T> mean, MatView<const T> log_sd,
                                           MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                           MatView<T> d_log_sd, MatView<T> d_theta, T factor = T(1));

/// factor times the log density under a mixture of J full Gaussians, weights softmax(logits): logits [B,J], mean
/// [B*J,P], cholesky [B*J,V], theta [B,P] -> log_density [B].
template <class T>
void gaussian_mixture_log_density(const Context&, MatView<const T> logits, MatView<const T> mean,
                                  MatView<const T> cholesky, MatView<const T> theta, VecView<T> log_density,
                                  T factor = T(1));
template <class T>
void gaussian_mixture_log_density_adjoint(const Context&, MatView<const T> logits, MatView<const T> mean,
                                          MatView<const T> cholesky, MatView<const T> theta,
                                          VecView<const T> d_log_density, MatView<T> d_logits, MatView<T> d_mean,
                                          MatView<T> d_cholesky, MatView<T> d_theta, T factor = T(1));

/// theta_k = mean + C noise_k: noise, theta [B*K,P], K proposals of a problem in consecutive rows.
template <class T>
void gaussian_full_sample(const Context&, MatView<const T> mean, MatView<const T> cholesky, MatView<const T> noise,
                          MatView<T> theta);
template <class T>
void gaussian_full_sample_adjoint(const Context&, MatView<const T> mean, MatView<const T> cholesky,
                                  MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                  MatView<T> d_cholesky);

/// theta_k = mean + exp(log_sd) noise_k.
template <class T>
void gaussian_diagonal_sample(const Context&, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> noise,
                              MatView<T> theta);
template <class T>
void gaussian_diagonal_sample_adjoint(const Context&, MatView<const T> mean, MatView<const T> log_sd,
                                      MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                      MatView<T> d_log_sd);

/// The published score of a diagonal Gaussian at its proposals, z-scored over a problem's K proposals (sample sd,
/// K-1); 0 where K = 1 or the spread is 0. theta [B*K,P] -> normalized [B*K,2P]: (theta-mean)/sd^2, then
/// sd (((theta-mean)/sd)^2 - 1).
template <class T>
void normalized_score(const Context&, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                      MatView<T> normalized);
template <class T>
void normalized_score_adjoint(const Context&, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                              MatView<const T> d_normalized, MatView<T> d_mean, MatView<T> d_log_sd,
                              MatView<T> d_theta);

/// Moves a proposal in its own coordinates: mean' = mean + C d_mean, C' = C D (golden relative_update).
/// move_mean [B,P], move_cholesky [B,V] are the moves; their gradients are the last two.
template <class T>
void relative_update(const Context&, MatView<const T> mean, MatView<const T> cholesky, MatView<const T> move_mean,
                     MatView<const T> move_cholesky, MatView<T> mean_next, MatView<T> cholesky_next);
template <class T>
void relative_update_adjoint(const Context&, MatView<const T> mean, MatView<const T> cholesky,
                             MatView<const T> move_mean, MatView<const T> move_cholesky, MatView<const T> d_mean_next,
                             MatView<const T> d_cholesky_next, MatView<T> d_mean, MatView<T> d_cholesky,
                             MatView<T> d_move_mean, MatView<T> d_move_cholesky);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
