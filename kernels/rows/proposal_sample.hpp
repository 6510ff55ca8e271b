#pragma once
#include <cmath>

#include "alfi/core/view.hpp"
#include "alfi/kernels/rows/entries.hpp"
#include "alfi/kernels/triangle.hpp"

/// Samples of kernels/proposal.hpp and their adjoints: on a GPU an entry an item; a CPU computes a problem's factors
/// once for all its proposals.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Entry r of mean + C noise; row: C's row r, by index.
template <class T, class Row>
ALFI_HD T full_sample(T mean, const Row& row, const T* noise, Index r) {
  double sum = static_cast<double>(mean);
  for (Index k = 0; k <= r; ++k) sum += row[k] * static_cast<double>(noise[k]);
  return static_cast<T>(sum);
}

template <class T>
struct FullSampleProblem {
  static constexpr const char* kName = "gaussian_full_sample";
  MatView<const T> mean, cholesky, noise;
  MatView<T> theta;
  Index count;  ///< proposals of a problem
  ALFI_HD void operator()(Index b) const {
    Triangle<> c;
    unpack(cholesky.row(b), mean.cols, c);
    for (Index row = b * count; row < (b + 1) * count; ++row) {
      const T* own_noise = noise.row(row).data;
      const double* c_row = c.data;
      for (Index r = 0; r < mean.cols; ++r) {
        theta(row, r) = full_sample(mean(b, r), c_row, own_noise, r);
        c_row += r + 1;
      }
    }
  }
};

/// Row r of C in its outside form.
template <class T>
struct OutsideRow {
  const T* cholesky;
  Index r;
  ALFI_HD double operator[](Index k) const {
    const double entry = static_cast<double>(cholesky[k]);
    return k == r ? std::exp(entry) : entry;
  }
};

template <class T>
struct FullSample {
  static constexpr const char* kName = "gaussian_full_sample";
  MatView<const T> mean, cholesky, noise;
  MatView<T> theta;
  Index count;
  ALFI_HD void operator()(Index row, Index r) const {
    const Index b = row / count;
    const OutsideRow<T> c{cholesky.row(b).data + triangle_entry(r, 0), r};
    theta(row, r) = full_sample(mean(b, r), c, noise.row(row).data, r);
  }
};

/// Parameter r of problem b: row r of the triangle.
template <class T>
struct FullSampleAdjoint {
  static constexpr const char* kName = "gaussian_full_sample_adjoint";
  MatView<const T> cholesky, noise, d_theta;
  MatView<T> d_mean, d_cholesky;
  Index count;
  ALFI_HD void operator()(Index b, Index r) const {
    double sum = 0, d_c[kMaxParameters];
    for (Index k = 0; k <= r; ++k) d_c[k] = 0;
    for (Index row = b * count; row < (b + 1) * count; ++row) {
      const double g = static_cast<double>(d_theta(row, r));
      sum += g;
      for (Index k = 0; k <= r; ++k) d_c[k] += g * static_cast<double>(noise(row, k));
    }
    accumulate(d_mean, b, r, sum);
    if (d_cholesky.empty()) return;
    const Index first = triangle_entry(r, 0);
    for (Index k = 0; k < r; ++k) accumulate(d_cholesky, b, first + k, d_c[k]);
    accumulate(d_cholesky, b, first + r, d_c[r] * std::exp(static_cast<double>(cholesky(b, first + r))));
  }
};

template <class T>
ALFI_HD T diagonal_sample(T mean, double sd, T noise) {
  return static_cast<T>(static_cast<double>(mean) + sd * static_cast<double>(noise));
}

template <class T>
struct DiagonalSampleProblem {
  static constexpr const char* kName = "gaussian_diagonal_sample";
  MatView<const T> mean, log_sd, noise;
  MatView<T> theta;
  Index count;
  ALFI_HD void operator()(Index b, Index p) const {
    const double sd = std::exp(static_cast<double>(log_sd(b, p)));
    const T centre = mean(b, p);
    for (Index row = b * count; row < (b + 1) * count; ++row)
      theta(row, p) = diagonal_sample(centre, sd, noise(row, p));
  }
};

template <class T>
struct DiagonalSample {
  static constexpr const char* kName = "gaussian_diagonal_sample";
  MatView<const T> mean, log_sd, noise;
  MatView<T> theta;
  Index count;
  ALFI_HD void operator()(Index row, Index p) const {
    const Index b = row / count;
    theta(row, p) = diagonal_sample(mean(b, p), std::exp(static_cast<double>(log_sd(b, p))), noise(row, p));
  }
};

template <class T>
struct DiagonalSampleAdjoint {
  static constexpr const char* kName = "gaussian_diagonal_sample_adjoint";
  MatView<const T> log_sd, noise, d_theta;
  MatView<T> d_mean, d_log_sd;
  Index count;
  ALFI_HD void operator()(Index b, Index p) const {
    double sum = 0, scaled = 0;
    for (Index row = b * count; row < (b + 1) * count; ++row) {
      const double g = static_cast<double>(d_theta(row, p));
      sum += g;
      scaled += g * static_cast<double>(noise(row, p));
    }
    accumulate(d_mean, b, p, sum);
    accumulate(d_log_sd, b, p, scaled * std::exp(static_cast<double>(log_sd(b, p))));
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
