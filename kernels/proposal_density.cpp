#include "alfi/core/special.hpp"
#include "alfi/kernels/proposal.hpp"
#include "alfi/kernels/triangle.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// One row: theta whitened, and its log density.
struct Whitened {
  double noise[kMaxParameters];
  double log_density = 0;
};

template <class T>
Whitened whiten(const Triangle<>& c, const T* mean, const T* theta) {
  Whitened w;
  for (Index p = 0; p < c.rows; ++p) w.noise[p] = static_cast<double>(theta[p]) - static_cast<double>(mean[p]);
  solve_lower(c, w.noise);
  for (Index p = 0; p < c.rows; ++p) w.log_density += normal_log_density(w.noise[p]) - std::log(c(p, p));
  return w;
}

// With z = C^-1 (theta - mean) and w = C^-T z: d theta = -w, d mean = w, d C = w z' - diag(1/C) (lower part).
template <class T>
void density_adjoint(const Triangle<>& c, const Whitened& z, double g, VecView<T> d_mean, VecView<T> d_cholesky,
                     VecView<T> d_theta) {
  double w[kMaxParameters];
  for (Index p = 0; p < c.rows; ++p) w[p] = z.noise[p];
  solve_lower_transposed(c, w);
  for (Index p = 0; p < c.rows; ++p) {
    if (!d_mean.empty()) d_mean[p] += static_cast<T>(g * w[p]);
    if (!d_theta.empty()) d_theta[p] -= static_cast<T>(g * w[p]);
  }
  if (d_cholesky.empty()) return;
  for (Index r = 0; r < c.rows; ++r) {
    for (Index k = 0; k < r; ++k) d_cholesky[triangle_entry(r, k)] += static_cast<T>(g * w[r] * z.noise[k]);
    d_cholesky[triangle_entry(r, r)] += static_cast<T>(g * (w[r] * z.noise[r] * c(r, r) - 1));
  }
}

template <class T>
VecView<T> row_or_empty(MatView<T> m, Index row) {
  return m.empty() ? VecView<T>{} : m.row(row);
}

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
                               MatView<const T> theta, VecView<T> log_density) {
  constexpr const char* kName = "gaussian_full_log_density";
  require_cpu(context, kName);
  const Index size = require_triangle(kName, mean, cholesky);
  require_density(kName, mean, theta, log_density.size);
  for (Index b = 0; b < mean.rows; ++b) {
    const Triangle<> c = unpack(cholesky.row(b), size);
    log_density[b] = static_cast<T>(whiten(c, mean.row(b).data, theta.row(b).data).log_density);
  }
}

template <class T>
void gaussian_full_log_density_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                                       MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                       MatView<T> d_cholesky, MatView<T> d_theta) {
  constexpr const char* kName = "gaussian_full_log_density_adjoint";
  require_cpu(context, kName);
  const Index size = require_triangle(kName, mean, cholesky);
  require_density(kName, mean, theta, d_log_density.size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_theta", d_theta, mean.rows, size);
  for (Index b = 0; b < mean.rows; ++b) {
    const Triangle<> c = unpack(cholesky.row(b), size);
    density_adjoint(c, whiten(c, mean.row(b).data, theta.row(b).data), static_cast<double>(d_log_density[b]),
                    row_or_empty(d_mean, b), row_or_empty(d_cholesky, b), row_or_empty(d_theta, b));
  }
}

template <class T>
void gaussian_diagonal_log_density(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                   MatView<const T> theta, VecView<T> log_density) {
  constexpr const char* kName = "gaussian_diagonal_log_density";
  require_cpu(context, kName);
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  require_density(kName, mean, theta, log_density.size);
  for (Index b = 0; b < mean.rows; ++b) {
    double sum = 0;
    for (Index p = 0; p < mean.cols; ++p) {
      const double s = static_cast<double>(log_sd(b, p));
      sum +=
          normal_log_density((static_cast<double>(theta(b, p)) - static_cast<double>(mean(b, p))) * std::exp(-s)) - s;
    }
    log_density[b] = static_cast<T>(sum);
  }
}

template <class T>
void gaussian_diagonal_log_density_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                           MatView<const T> theta, VecView<const T> d_log_density, MatView<T> d_mean,
                                           MatView<T> d_log_sd, MatView<T> d_theta) {
  constexpr const char* kName = "gaussian_diagonal_log_density_adjoint";
  require_cpu(context, kName);
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  require_density(kName, mean, theta, d_log_density.size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  require_gradient(kName, "d_theta", d_theta, mean.rows, mean.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    const double g = static_cast<double>(d_log_density[b]);
    for (Index p = 0; p < mean.cols; ++p) {
      const double rate = std::exp(-static_cast<double>(log_sd(b, p)));
      const double z = (static_cast<double>(theta(b, p)) - static_cast<double>(mean(b, p))) * rate;
      accumulate(d_mean, b, p, g * z * rate);
      accumulate(d_theta, b, p, -g * z * rate);
      accumulate(d_log_sd, b, p, g * (z * z - 1));
    }
  }
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

template <class T>
double log_softmax_scale(VecView<const T> logits) {
  double sum = static_cast<double>(logits[0]);
  for (Index j = 1; j < logits.size; ++j) sum = log_add_exp(sum, static_cast<double>(logits[j]));
  return sum;
}

// log of sum_j exp(logits_j) N_j(theta) for problem b, not yet divided by the sum of exp(logits).
template <class T>
double mixture_log_sum(Index b, MatView<const T> logits, MatView<const T> mean, MatView<const T> cholesky,
                       MatView<const T> theta) {
  double sum = 0;
  for (Index j = 0; j < logits.cols; ++j) {
    const Index row = b * logits.cols + j;
    const Triangle<> c = unpack(cholesky.row(row), mean.cols);
    const double term =
        static_cast<double>(logits(b, j)) + whiten(c, mean.row(row).data, theta.row(b).data).log_density;
    sum = j == 0 ? term : log_add_exp(sum, term);
  }
  return sum;
}

}  // namespace

template <class T>
void gaussian_mixture_log_density(const Context& context, MatView<const T> logits, MatView<const T> mean,
                                  MatView<const T> cholesky, MatView<const T> theta, VecView<T> log_density) {
  constexpr const char* kName = "gaussian_mixture_log_density";
  require_cpu(context, kName);
  require_mixture(kName, logits, mean, cholesky, theta, log_density.size);
  for (Index b = 0; b < theta.rows; ++b) {
    log_density[b] =
        static_cast<T>(mixture_log_sum(b, logits, mean, cholesky, theta) - log_softmax_scale(logits.row(b)));
  }
}

template <class T>
void gaussian_mixture_log_density_adjoint(const Context& context, MatView<const T> logits, MatView<const T> mean,
                                          MatView<const T> cholesky, MatView<const T> theta,
                                          VecView<const T> d_log_density, MatView<T> d_logits, MatView<T> d_mean,
                                          MatView<T> d_cholesky, MatView<T> d_theta) {
  constexpr const char* kName = "gaussian_mixture_log_density_adjoint";
  require_cpu(context, kName);
  const Index size = require_mixture(kName, logits, mean, cholesky, theta, d_log_density.size);
  require_gradient(kName, "d_logits", d_logits, logits.rows, logits.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_theta", d_theta, theta.rows, size);
  for (Index b = 0; b < theta.rows; ++b) {
    const double g = static_cast<double>(d_log_density[b]), scale = log_softmax_scale(logits.row(b));
    const double log_sum = mixture_log_sum(b, logits, mean, cholesky, theta);
    for (Index j = 0; j < logits.cols; ++j) {
      const Index row = b * logits.cols + j;
      const double logit = static_cast<double>(logits(b, j));
      const Triangle<> c = unpack(cholesky.row(row), size);
      const Whitened z = whiten(c, mean.row(row).data, theta.row(b).data);
      const double share = std::exp(logit + z.log_density - log_sum);  // the component's posterior probability
      accumulate(d_logits, b, j, g * (share - std::exp(logit - scale)));
      density_adjoint(c, z, g * share, row_or_empty(d_mean, row), row_or_empty(d_cholesky, row),
                      row_or_empty(d_theta, b));
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template void gaussian_full_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,     \
                                             VecView<T>);                                                              \
  template void gaussian_full_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,               \
                                                     MatView<const T>, VecView<const T>, MatView<T>, MatView<T>,       \
                                                     MatView<T>);                                                      \
  template void gaussian_diagonal_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, \
                                                 VecView<T>);                                                          \
  template void gaussian_diagonal_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,           \
                                                         MatView<const T>, VecView<const T>, MatView<T>, MatView<T>,   \
                                                         MatView<T>);                                                  \
  template void gaussian_mixture_log_density<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,  \
                                                MatView<const T>, VecView<T>);                                         \
  template void gaussian_mixture_log_density_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,            \
                                                        MatView<const T>, MatView<const T>, VecView<const T>,          \
                                                        MatView<T>, MatView<T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
