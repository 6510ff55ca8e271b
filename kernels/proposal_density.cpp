#include "alfi/kernels/rows/proposal_density.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/proposal.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void require_density(const char* function, MatView<const T> mean, MatView<const T> theta, Index size) {
  require_shape(function, "theta", theta, mean.rows, mean.cols);
  if (size == mean.rows) return;
  throw ShapeError(std::string(function) + ": log_density has shape [" + std::to_string(size) + "], expected [" +
                   std::to_string(mean.rows) + "]");
}

}  // namespace

template <class T>
void gaussian_full_log_density(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                               MatView<const T> theta, VecView<T> log_density, T factor) {
  constexpr const char* kName = "gaussian_full_log_density";
  require_triangle(kName, mean, cholesky);
  require_density(kName, mean, theta, log_density.size);
  for_each(context, mean.rows, FullDensity<T>{mean, cholesky, theta, log_density.data, factor});
}

template <class T>
void gaussian_full_log_density_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                                       MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                       MatView<T> d_cholesky, MatView<T> d_theta, T factor) {
  constexpr const char* kName = "gaussian_full_log_density_adjoint";
  const Index size = require_triangle(kName, mean, cholesky);
  require_density(kName, mean, theta, d_log_density.size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_theta", d_theta, mean.rows, size);
  for_each(context, mean.rows,
           FullDensityAdjoint<T>{mean, cholesky, theta, d_log_density.data, d_mean, d_cholesky, d_theta, factor});
}

template <class T>
void gaussian_diagonal_log_density(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                   MatView<const T> theta, VecView<T> log_density, T factor) {
  constexpr const char* kName = "gaussian_diagonal_log_density";
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  require_density(kName, mean, theta, log_density.size);
  for_each(context, mean.rows, DiagonalDensity<T>{mean, log_sd, theta, log_density.data, factor});
}

template <class T>
void gaussian_diagonal_log_density_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                           MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                           MatView<T> d_log_sd, MatView<T> d_theta, T factor) {
  constexpr const char* kName = "gaussian_diagonal_log_density_adjoint";
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  require_density(kName, mean, theta, d_log_density.size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  require_gradient(kName, "d_theta", d_theta, mean.rows, mean.cols);
  for_each(context, mean.rows,
           DiagonalDensityAdjoint<T>{mean, log_sd, theta, d_log_density.data, d_mean, d_log_sd, d_theta, factor});
}

namespace {

template <class T>
Index require_mixture(const char* function, MatView<const T> logits, MatView<const T> mean, MatView<const T> cholesky,
                      MatView<const T> theta, Index size) {
  const Index p = require_triangle(function, mean, cholesky);
  require_shape(function, "mean", mean, logits.rows * logits.cols, theta.cols);
  require_shape(function, "theta", theta, logits.rows, p);
  if (size == theta.rows && logits.cols > 0) return p;
  throw ShapeError(std::string(function) + ": logits has shape " + shape_text(logits) + ", log_density [" +
                   std::to_string(size) + "], expected [B,J] and [B] with at least one component");
}

}  // namespace

template <class T>
void gaussian_mixture_log_density(const Context& context, MatView<const T> logits, MatView<const T> mean,
                                  MatView<const T> cholesky, MatView<const T> theta, VecView<T> log_density, T factor) {
  constexpr const char* kName = "gaussian_mixture_log_density";
  require_mixture(kName, logits, mean, cholesky, theta, log_density.size);
  for_each(context, theta.rows, MixtureDensity<T>{{logits, mean, cholesky, theta}, log_density.data, factor});
}

template <class T>
void gaussian_mixture_log_density_adjoint(const Context& context, MatView<const T> logits, MatView<const T> mean,
                                          MatView<const T> cholesky, MatView<const T> theta,
                                          VecView<const T> d_log_density, MatView<T> d_logits, MatView<T> d_mean,
                                          MatView<T> d_cholesky, MatView<T> d_theta, T factor) {
  constexpr const char* kName = "gaussian_mixture_log_density_adjoint";
  const Index size = require_mixture(kName, logits, mean, cholesky, theta, d_log_density.size);
  require_gradient(kName, "d_logits", d_logits, logits.rows, logits.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_theta", d_theta, theta.rows, size);
  for_each(context, theta.rows,
           MixtureDensityAdjoint<T>{
               {logits, mean, cholesky, theta}, d_log_density.data, d_logits, d_mean, d_cholesky, d_theta, factor});
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template void gaussian_full_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,     \
                                             VecView<T>, T);                                                           \
  template void gaussian_full_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,               \
                                                     MatView<const T>, VecView<const T>, MatView<T>, MatView<T>,       \
                                                     MatView<T>, T);                                                   \
  template void gaussian_diagonal_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, \
                                                 VecView<T>, T);                                                       \
  template void gaussian_diagonal_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,           \
                                                         MatView<const T>, VecView<const T>, MatView<T>, MatView<T>,   \
                                                         MatView<T>, T);                                               \
  template void gaussian_mixture_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,  \
                                                MatView<const T>, VecView<T>, T);                                      \
  template void gaussian_mixture_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,            \
                                                        MatView<const T>, MatView<const T>, VecView<const T>,          \
                                                        MatView<T>, MatView<T>, MatView<T>, MatView<T>, T);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
