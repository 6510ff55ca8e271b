#pragma once
#include <cmath>

#include "alfi/core/special.hpp"
#include "alfi/core/view.hpp"
#include "alfi/kernels/triangle.hpp"

/// Densities of kernels/proposal.hpp, a problem an item, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// One row: theta whitened, and its log density.
struct Whitened {
  double noise[kMaxParameters];
  double log_density;
};

template <class T>
ALFI_HD void whiten(const Triangle<>& c, const T* mean, const T* theta, Whitened& w) {
  for (Index p = 0; p < c.rows; ++p) w.noise[p] = static_cast<double>(theta[p]) - static_cast<double>(mean[p]);
  solve_lower(c, w.noise);
  w.log_density = 0;
  for (Index p = 0; p < c.rows; ++p) w.log_density += normal_log_density(w.noise[p]) - std::log(c(p, p));
}

// With z = C^-1 (theta - mean) and w = C^-T z: d theta = -w, d mean = w, d C = w z' - diag(1/C) (lower part).
template <class T>
ALFI_HD void density_adjoint(const Triangle<>& c, const Whitened& z, double g, VecView<T> d_mean, VecView<T> d_cholesky,
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
ALFI_HD VecView<T> row_or_empty(MatView<T> m, Index row) {
  return m.empty() ? VecView<T>{} : m.row(row);
}

template <class T>
struct FullDensity {
  static constexpr const char* kName = "gaussian_full_log_density";
  MatView<const T> mean, cholesky, theta;
  T* log_density;
  T factor;
  ALFI_HD void operator()(Index b) const {
    Triangle<> c;
    Whitened z;
    unpack(cholesky.row(b), mean.cols, c);
    whiten(c, mean.row(b).data, theta.row(b).data, z);
    log_density[b] = factor * static_cast<T>(z.log_density);
  }
};

template <class T>
struct FullDensityAdjoint {
  static constexpr const char* kName = "gaussian_full_log_density_adjoint";
  MatView<const T> mean, cholesky, theta;
  const T* d_log_density;
  MatView<T> d_mean, d_cholesky, d_theta;
  T factor;
  ALFI_HD void operator()(Index b) const {
    Triangle<> c;
    Whitened z;
    unpack(cholesky.row(b), mean.cols, c);
    whiten(c, mean.row(b).data, theta.row(b).data, z);
    density_adjoint(c, z, static_cast<double>(factor * d_log_density[b]), row_or_empty(d_mean, b),
                    row_or_empty(d_cholesky, b), row_or_empty(d_theta, b));
  }
};

template <class T>
struct DiagonalDensity {
  static constexpr const char* kName = "gaussian_diagonal_log_density";
  MatView<const T> mean, log_sd, theta;
  T* log_density;
  T factor;
  ALFI_HD void operator()(Index b) const {
    double sum = 0;
    for (Index p = 0; p < mean.cols; ++p) {
      const double s = static_cast<double>(log_sd(b, p));
      sum +=
          normal_log_density((static_cast<double>(theta(b, p)) - static_cast<double>(mean(b, p))) * std::exp(-s)) - s;
    }
    log_density[b] = factor * static_cast<T>(sum);
  }
};

template <class T>
struct DiagonalDensityAdjoint {
  static constexpr const char* kName = "gaussian_diagonal_log_density_adjoint";
  MatView<const T> mean, log_sd, theta;
  const T* d_log_density;
  MatView<T> d_mean, d_log_sd, d_theta;
  T factor;
  ALFI_HD void operator()(Index b) const {
    const double g = static_cast<double>(factor * d_log_density[b]);
    for (Index p = 0; p < mean.cols; ++p) {
      const double rate = std::exp(-static_cast<double>(log_sd(b, p)));
      const double z = (static_cast<double>(theta(b, p)) - static_cast<double>(mean(b, p))) * rate;
      accumulate(d_mean, b, p, g * z * rate);
      accumulate(d_theta, b, p, -g * z * rate);
      accumulate(d_log_sd, b, p, g * (z * z - 1));
    }
  }
};

/// log of the sum of exp of terms 0 .. j, given that of those before j.
ALFI_HD inline double joined(double sum, double term, Index j) { return j == 0 ? term : log_add_exp(sum, term); }

template <class T>
ALFI_HD double log_softmax_scale(VecView<const T> logits) {
  double sum = 0;
  for (Index j = 0; j < logits.size; ++j) sum = joined(sum, static_cast<double>(logits[j]), j);
  return sum;
}

/// What a mixture is given: logits [B,J], mean [B*J,P], cholesky [B*J,V], theta [B,P].
template <class T>
struct Mixture {
  MatView<const T> logits, mean, cholesky, theta;

  /// Component j of problem b: its triangle, theta whitened by it; returns log of exp(logits_j) N_j(theta).
  ALFI_HD double term(Index b, Index j, Triangle<>& c, Whitened& z) const {
    const Index row = b * logits.cols + j;
    unpack(cholesky.row(row), mean.cols, c);
    whiten(c, mean.row(row).data, theta.row(b).data, z);
    return static_cast<double>(logits(b, j)) + z.log_density;
  }
  ALFI_HD double log_sum(Index b, Triangle<>& c, Whitened& z) const {
    double sum = 0;
    for (Index j = 0; j < logits.cols; ++j) sum = joined(sum, term(b, j, c, z), j);
    return sum;
  }
};

template <class T>
struct MixtureDensity {
  static constexpr const char* kName = "gaussian_mixture_log_density";
  Mixture<T> in;
  T* log_density;
  T factor;
  ALFI_HD void operator()(Index b) const {
    Triangle<> c;
    Whitened z;
    log_density[b] = factor * static_cast<T>(in.log_sum(b, c, z) - log_softmax_scale(in.logits.row(b)));
  }
};

template <class T>
struct MixtureDensityAdjoint {
  static constexpr const char* kName = "gaussian_mixture_log_density_adjoint";
  Mixture<T> in;
  const T* d_log_density;
  MatView<T> d_logits, d_mean, d_cholesky, d_theta;
  T factor;
  ALFI_HD void operator()(Index b) const {
    Triangle<> c;
    Whitened z;
    const double g = static_cast<double>(factor * d_log_density[b]), scale = log_softmax_scale(in.logits.row(b));
    const double log_sum = in.log_sum(b, c, z);
    for (Index j = 0; j < in.logits.cols; ++j) {
      const Index row = b * in.logits.cols + j;
      const double share = std::exp(in.term(b, j, c, z) - log_sum);  // the component's posterior probability
      accumulate(d_logits, b, j, g * (share - std::exp(static_cast<double>(in.logits(b, j)) - scale)));
      density_adjoint(c, z, g * share, row_or_empty(d_mean, row), row_or_empty(d_cholesky, row),
                      row_or_empty(d_theta, b));
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
