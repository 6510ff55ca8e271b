#include "alfi/kernels/rows/proposal_sample.hpp"
#include "alfi/kernels/proposal.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void gaussian_full_sample(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                          MatView<const T> noise, MatView<T> theta) {
  constexpr const char* kName = "gaussian_full_sample";
  const Index size = require_triangle(kName, mean, cholesky);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, size);
  require_shape(kName, "theta", theta, noise.rows, size);
  if (on_gpu(context)) {
    return for_each_entry(context, noise.rows, size, FullSample<T>{mean, cholesky, noise, theta, count});
  }
  for_each_on_cpu(mean.rows, FullSampleProblem<T>{mean, cholesky, noise, theta, count});
}

template <class T>
void gaussian_full_sample_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                                  MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                  MatView<T> d_cholesky) {
  constexpr const char* kName = "gaussian_full_sample_adjoint";
  const Index size = require_triangle(kName, mean, cholesky);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, size);
  require_shape(kName, "d_theta", d_theta, noise.rows, size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  for_each_entry(context, mean.rows, size, FullSampleAdjoint<T>{cholesky, noise, d_theta, d_mean, d_cholesky, count});
}

template <class T>
void gaussian_diagonal_sample(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                              MatView<const T> noise, MatView<T> theta) {
  constexpr const char* kName = "gaussian_diagonal_sample";
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, mean.cols);
  require_shape(kName, "theta", theta, noise.rows, mean.cols);
  if (on_gpu(context)) {
    return for_each_entry(context, noise.rows, mean.cols, DiagonalSample<T>{mean, log_sd, noise, theta, count});
  }
  const DiagonalSampleProblem<T> body{mean, log_sd, noise, theta, count};
  for_each_on_cpu(mean.rows, EachRow<DiagonalSampleProblem<T>>{body, mean.cols});
}

template <class T>
void gaussian_diagonal_sample_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                      MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                      MatView<T> d_log_sd) {
  constexpr const char* kName = "gaussian_diagonal_sample_adjoint";
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, mean.cols);
  require_shape(kName, "d_theta", d_theta, noise.rows, mean.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  for_each_entry(context, mean.rows, mean.cols,
                 DiagonalSampleAdjoint<T>{log_sd, noise, d_theta, d_mean, d_log_sd, count});
}

#define ALFI_INSTANTIATE(T)                                                                                           \
  template void gaussian_full_sample<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,         \
                                        MatView<T>);                                                                  \
  template void gaussian_full_sample_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, \
                                                MatView<const T>, MatView<T>, MatView<T>);                            \
  template void gaussian_diagonal_sample<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,     \
                                            MatView<T>);                                                              \
  template void gaussian_diagonal_sample_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,               \
                                                    MatView<const T>, MatView<const T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
