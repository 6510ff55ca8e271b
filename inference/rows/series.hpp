#pragma once
#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/inference/normalization.hpp"

/// How series and vectors are seen, an item at a time, on either backend (inference/series_view.hpp). Everything that
/// these point to is in the context's memory. B problems of K = thetas proposals, R samples of D numbers: L = length
/// rows of C columns.

namespace alfi {
inline namespace v0 {

/// Entry d of a series or vector as the networks are shown it (Normalization).
ALFI_HD inline float shown_value(float x, const Shown* shown, const double* floor, Index d) {
  const double value = greater(static_cast<double>(x), floor[d]);
  const Shown how = shown[d];
  return static_cast<float>(how == Shown::log ? std::log(value) : how == Shown::log1p ? std::log1p(value) : value);
}

/// Entry (row, d) of series or vectors.
struct ShowEntry {
  static constexpr const char* kName = "show_entries";
  const float* x;
  Index size;
  const std::uint8_t* status;  ///< [rows]
  const Shown* shown;          ///< [D]
  const double* floor;         ///< [D]
  float* out;

  ALFI_HD void operator()(Index i) const {
    out[i] = status[i / size] == 0 ? shown_value(x[i], shown, floor, i % size) : 0.0f;
  }
};

/// Column c of series r: how rough it is, the logarithm of the root mean square of its second differences, in units of
/// the noise (Normalization::least_scale of the column's first entry); 0 where the series is not there. It tells the
/// size of a noise whatever the series does slowly.
template <class Real>
struct RoughnessEntry {
  static constexpr const char* kName = "roughness";
  const float* x;              ///< [R,D] as shown
  const std::uint8_t* status;  ///< [R]
  const double* noise;         ///< [D]
  Index length, columns;
  Real* out;  ///< [R,C]

  ALFI_HD void operator()(Index i) const {
    const Index r = i / columns, c = i % columns;
    const float* series = x + r * length * columns + c;
    double sum = 0;
    for (Index row = 1; row + 1 < length; ++row) {
      const float* here = series + row * columns;
      const double bend =
          static_cast<double>(here[-columns]) - 2 * static_cast<double>(here[0]) + static_cast<double>(here[columns]);
      sum += bend * bend;
    }
    const double mean = sum / (6 * static_cast<double>(length - 2) * noise[c] * noise[c]);  // 6: of white noise
    out[i] = status[r] == 0 ? static_cast<Real>(0.5 * std::log(mean + 1e-8)) : Real(0);
  }
};

/// What the features of problem b, one series or vector, are relative to, and what is told of it beside them. What is
/// not there is all 0.
template <class Real>
struct DescribeSample {
  static constexpr const char* kName = "describe_samples";
  bool relative;                    ///< else everything is on the prior predictive's scale
  const double *mean, *sd, *noise;  ///< [D]
  const double *median, *spread;    ///< [D]
  const float* x;                   ///< [B,D] as shown
  const std::uint8_t* status;       ///< [B]
  Index size;
  Real *location, *scale;  ///< [B,D]
  Index told;              ///< D + 1 or 1
  Real* absolute;          ///< [B,told] where relative

  ALFI_HD void operator()(Index b) const {
    Real *place = location + b * size, *width = scale + b * size, *seen = absolute + b * told;
    const bool there = status[b] == 0;
    for (Index d = 0; d < size; ++d) {
      const double value = static_cast<double>(x[b * size + d]);
      place[d] = static_cast<Real>(relative ? value : mean[d]);
      width[d] = static_cast<Real>(relative ? noise[d] : sd[d]);
      if (relative && told > size) {
        seen[d] = there ? static_cast<Real>(std::asinh((value - median[d]) / spread[d])) : Real(0);
      }
    }
    if (relative) seen[told - 1] = there ? Real(1) : Real(0);
  }
};

/// Column c of problem b, a series or vector: how far its proposals' simulations are from what was observed, typically:
/// the geometric mean over their entries, no less than kLeastZoom noise scales. The scale of relative features.
struct ZoomColumn {
  static constexpr const char* kName = "zoom_columns";
  static constexpr double kLeastZoom = 0.02;
  const float *x, *observed;   ///< [B*K,D], [B,D] as shown
  const std::uint8_t* status;  ///< [B*K]
  const double* noise;         ///< [D]
  Index thetas, length, columns;
  double* log_scale;  ///< [B,C] of the result over the noise scale

  ALFI_HD void operator()(Index i) const {
    const Index b = i / columns, c = i % columns, size = length * columns;
    double sum = 0, count = 0;
    for (Index k = b * thetas; k < (b + 1) * thetas; ++k) {
      if (status[k] != 0) continue;
      for (Index d = c; d < size; d += columns) {
        const double away = static_cast<double>(x[k * size + d]) - static_cast<double>(observed[b * size + d]);
        sum += std::log(std::fabs(away) / noise[d] + kLeastZoom);
        count += 1;
      }
    }
    log_scale[i] = count > 0 ? sum / count : 0;
  }
};

/// Entry d of problem b: its scale.
template <class Real>
struct ZoomEntry {
  static constexpr const char* kName = "zoom_entries";
  const double* log_scale;  ///< [B,C]
  const double* noise;      ///< [D]
  Index size, columns;
  Real* scale;  ///< [B,D]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / size, d = i % size;
    scale[i] = static_cast<Real>(2 * noise[d] * std::exp(log_scale[b * columns + d % columns]));
  }
};

/// Entry d of problem b's series: what its proposals simulated of it less what was observed, as features: their mean
/// (its square less that of its own scatter), sd, the mean in sds, and where on the prior predictive's scale the real
/// one lies.
template <class Real>
struct DescribeEntries {
  static constexpr const char* kName = "describe_entries";
  const Real* features;        ///< [B*K,D]
  const std::uint8_t* failed;  ///< [B*K], or null: none
  const Real* absolute;        ///< [B,D] of the real series
  Index thetas, size;
  Real* out;  ///< [B,D,4]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / size, d = i % size;
    RunningMoments moments;
    for (Index row = b * thetas; row < (b + 1) * thetas; ++row) {
      if (failed == nullptr || failed[row] == 0) moments.add(static_cast<double>(features[row * size + d]));
    }
    Real* const to = out + 4 * i;
    // The mean of K scatters, too: without that, so that K may differ from training's.
    const double scatter = moments.count() > 0 ? moments.sd() * moments.sd() / moments.count() : 0;
    const double square = moments.mean() * moments.mean() - scatter;
    to[0] = static_cast<Real>(std::copysign(std::sqrt(greater(square, 0.0)), moments.mean()));
    to[1] = static_cast<Real>(moments.sd());
    to[2] = static_cast<Real>(std::asinh(moments.mean() / (moments.sd() + 1e-3)));
    to[3] = absolute[i];
  }
};

/// Column c of problem b's series: the logarithms of the root mean square over its rows of the entries' mean and sd
/// (DescribeEntries). While proposals are close, what the real series' noise is and what the proposals' is.
template <class Real>
struct DescribeNoise {
  static constexpr const char* kName = "describe_noise";
  const Real* entries;      ///< [B,L,C,4]
  const double* log_scale;  ///< [B,C], of these entries
  Index length, columns;
  Real* out;  ///< [B,C,3]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / columns, c = i % columns;
    double sum[2] = {0, 0};
    for (Index row = 0; row < length; ++row) {
      const Real* entry = entries + ((b * length + row) * columns + c) * 4;
      for (int j = 0; j < 2; ++j) sum[j] += static_cast<double>(entry[j]) * static_cast<double>(entry[j]);
    }
    for (int j = 0; j < 2; ++j) {
      out[3 * i + j] = static_cast<Real>(0.5 * std::log(sum[j] / static_cast<double>(length) + 1e-8));
    }
    out[3 * i + 2] = static_cast<Real>(log_scale[i]);
  }
};

}  // namespace v0
}  // namespace alfi
