#pragma once
#include <cmath>

#include "alfi/kernels/set_moments.hpp"

/// Chunks and sets of kernels/set_moments.hpp.

namespace alfi {
inline namespace v0 {
namespace kernels {

constexpr Index kMomentChunk = 64;  ///< rows summed by one item

/// Number of valid rows, sums, and products (a lower triangle).
ALFI_HD inline Index moment_sums(Index columns) { return 1 + columns + columns * (columns + 1) / 2; }
ALFI_HD inline Index moment_chunks(Index n_max) { return (n_max + kMomentChunk - 1) / kMomentChunk; }

/// Chunk c of set g: the sums of its rows.
template <class T>
struct SumChunk {
  static constexpr const char* kName = "set_moments";
  MatView<const float> x;
  const T *location, *scale;  ///< [B,D]
  Index share;                ///< sets of a problem
  Index n_max;
  const std::int32_t* counts;  ///< [G], or null: all rows exist
  const std::uint8_t* status;  ///< [G*n_max], or null: all valid
  double* sums;                ///< [G,chunks,moment_sums]

  ALFI_HD void operator()(Index i) const {
    const Index chunks = moment_chunks(n_max), g = i / chunks, size = x.cols;
    const Index exist = counts == nullptr ? n_max : counts[g];
    const Index begin = i % chunks * kMomentChunk, end = begin + kMomentChunk < exist ? begin + kMomentChunk : exist;
    const T *place = location + g / share * size, *width = scale + g / share * size;
    double sum[1 + kMostMomentColumns + kMostMomentColumns * (kMostMomentColumns + 1) / 2] = {};
    double z[kMostMomentColumns];
    for (Index row = g * n_max + begin; row < g * n_max + end; ++row) {
      if (status != nullptr && status[row] != 0) continue;
      double* product = sum + 1 + size;
      sum[0] += 1;
      for (Index d = 0; d < size; ++d) {
        z[d] = (static_cast<double>(x(row, d)) - static_cast<double>(place[d])) / static_cast<double>(width[d]);
        sum[1 + d] += z[d];
        for (Index k = 0; k <= d; ++k) *product++ += z[d] * z[k];
      }
    }
    double* const out = sums + i * moment_sums(size);
    for (Index e = 0; e < moment_sums(size); ++e) out[e] = sum[e];
  }
};

/// Regressions of a set's columns, each on those before it, from its sums.
struct ColumnRegressions {
  static constexpr double kDetermined = 1e-12;  ///< of a column's variance: what is left of it is rounding
  static constexpr double kFloor = 1e-12;       ///< added to residual variances
  static constexpr Index kMost = kMostMomentColumns;

  double count = 0;
  double mean[kMost];
  double left[kMost];            ///< variance of what the columns before do not determine; 0: they determine all
  double lower[kMost][kMost];    ///< of column d on what is left of k < d
  double inverse[kMost][kMost];  ///< of the unit triangle `lower`

  ALFI_HD ColumnRegressions(const double* chunk, Index chunks, Index size) {
    double sum[1 + kMost + kMost * (kMost + 1) / 2] = {};
    for (Index c = 0; c < chunks; ++c) {
      for (Index e = 0; e < moment_sums(size); ++e) sum[e] += chunk[c * moment_sums(size) + e];
    }
    count = sum[0];
    const double n = count > 0 ? count : 1;
    for (Index d = 0; d < size; ++d) mean[d] = sum[1 + d] / n;
    const double* const products = sum + 1 + size;
    for (Index d = 0; d < size; ++d) {
      const double square = products[d * (d + 3) / 2] / n, variance = square - mean[d] * mean[d];
      left[d] = variance;
      for (Index k = 0; k < d; ++k) {
        double covariance = products[d * (d + 1) / 2 + k] / n - mean[d] * mean[k];
        for (Index j = 0; j < k; ++j) covariance -= lower[d][j] * lower[k][j] * left[j];
        lower[d][k] = left[k] > 0 ? covariance / left[k] : 0;
        left[d] -= lower[d][k] * lower[d][k] * left[k];
      }
      if (!(left[d] > kDetermined * variance + 1e-14 * square)) left[d] = 0;
    }
    for (Index d = 0; d < size; ++d) {
      for (Index k = 0; k < d; ++k) {
        inverse[d][k] = 0;
        for (Index j = k; j < d; ++j) inverse[d][k] -= lower[d][j] * (j == k ? 1 : inverse[j][k]);
      }
      inverse[d][d] = 1;
    }
  }

  /// On z of column k < d.
  ALFI_HD double slope(Index d, Index k) const {
    double sum = 0;
    for (Index j = k; j < d; ++j) sum += lower[d][j] * inverse[j][k];
    return left[k] > 0 ? sum : 0;
  }
  /// At z = 0.
  ALFI_HD double intercept(Index d) const {
    double at = mean[d];
    for (Index k = 0; k < d; ++k) at -= slope(d, k) * mean[k];
    return at;
  }
  ALFI_HD double variance(Index d) const { return left[d] + kFloor; }
  /// Standard error of slope(d, k).
  ALFI_HD double slope_error(Index d, Index k) const {
    double precision = 0;
    for (Index j = k; j < d; ++j) {
      if (left[j] > 0) precision += inverse[j][k] * inverse[j][k] / left[j];
    }
    return std::sqrt(variance(d) * (precision > 0 ? precision : 1) / (count > 0 ? count : 1));
  }
};

/// visit(entry, what, d, k) ...: the moments of column d in their order, `moment` and its standard error.
template <class Visit>
ALFI_HD void visit_moments(const ColumnRegressions& r, Index size, const Visit& visit) {
  const double n = r.count > 0 ? r.count : 1;
  Index entry = 0;
  for (Index d = 0; d < size; ++d) {
    visit(entry++, r.intercept(d), std::sqrt(r.variance(d) / n));
    for (Index k = 0; k < d; ++k) visit(entry++, r.slope(d, k), r.slope_error(d, k));
    visit(entry++, 0.5 * std::log(r.variance(d)), std::sqrt(0.5 / n));
  }
}

/// Set g of real observations.
template <class T>
struct DescribeMoments {
  static constexpr const char* kName = "set_moments";
  const double* sums;  ///< [G,chunks,moment_sums]
  Index chunks, size;
  const T* scale;         ///< [G,D]
  const double* typical;  ///< [D]
  double* reference;      ///< [G,2S]
  MatView<T> told;        ///< [G,..]
  Index first;

  ALFI_HD void operator()(Index g) const {
    const ColumnRegressions r(sums + g * chunks * moment_sums(size), chunks, size);
    const Index count = size * (size + 3) / 2;
    double* const out = reference + g * 2 * count;
    visit_moments(r, size, [out, count, &r](Index entry, double moment, double error) {
      out[entry] = r.count > 0 ? moment : 0;
      out[count + entry] = error;
    });
    T* to = told.data + g * told.cols + first;
    for (Index d = 0; d < size; ++d) {
      const double width = std::log(static_cast<double>(scale[g * size + d])) - typical[d];
      for (Index k = 0; k < d; ++k) {
        const double other = std::log(static_cast<double>(scale[g * size + k])) - typical[k];
        *to++ = static_cast<T>(r.count > 0 ? std::asinh(r.slope(d, k) * std::exp(width - other)) : 0);
      }
      *to++ = static_cast<T>(r.count > 0 ? std::log(r.variance(d)) / 16 : 0);
    }
  }
};

/// Set g of simulated observations.
template <class T>
struct CompareMoments {
  static constexpr const char* kName = "set_moments";
  static constexpr double kErrors = 3;  ///< standard errors that are shown as asinh(1)
  const double* sums;                   ///< [G,chunks,moment_sums]
  Index chunks, size, share;
  const double* reference;  ///< [B,2S]
  T* out;                   ///< [G,S]

  ALFI_HD void operator()(Index g) const {
    const ColumnRegressions r(sums + g * chunks * moment_sums(size), chunks, size);
    const Index count = size * (size + 3) / 2;
    const double* const real = reference + g / share * 2 * count;
    T* const to = out + g * count;
    visit_moments(r, size, [to, real, count, &r](Index entry, double moment, double) {
      const double away = (moment - real[entry]) / (kErrors * real[count + entry]);
      to[entry] = static_cast<T>(r.count > 0 ? std::asinh(away) : 0);
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
