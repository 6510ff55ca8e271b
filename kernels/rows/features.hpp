#pragma once
#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/core/view.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/kernels/rows/entries.hpp"

/// Rows and entries of kernels/features.hpp.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
ALFI_HD T scaled(float x, T location, T scale) {
  return (static_cast<T>(x) - location) / scale;
}
template <class T>
ALFI_HD T feature_of(float x, T location, T scale, bool asinh) {
  const T z = scaled(x, location, scale);
  return asinh ? std::asinh(z) : z;
}

/// A GPU's entries; a CPU's vector code takes the asinh of whole rows.
template <class T>
struct ObservationFeature {
  static constexpr const char* kName = "observation_features";
  MatView<const float> x;
  FeatureScale<T> scale;
  Index share;                 ///< rows of a group
  const std::uint8_t* status;  ///< null: all valid
  Index n_max;
  const std::int32_t* counts;  ///< null: all
  MatView<T> out;
  ALFI_HD void operator()(Index r, Index d) const {
    if (counts != nullptr && r % n_max >= counts[r / n_max]) return;
    T z = T(0);
    if (status == nullptr || status[r] == 0) {
      z = feature_of(x(r, d), scale.location(r / share, d), scale.scale(r / share, d), scale.asinh);
    }
    out(r, d) = z;
  }
};

template <class T>
struct NoiseFeaturesRow {
  static constexpr const char* kName = "noise_features";
  MatView<const T> noise;
  MatView<T> out;
  ALFI_HD void operator()(Index r) const {
    const Index p = noise.cols;
    for (Index i = 0; i < p; ++i) out(r, i) = std::asinh(noise(r, i));
    Index c = p;
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j <= i; ++j) out(r, c++) = out(r, i) * out(r, j) - (i == j ? T(0.5) : T(0));
    }
  }
};

/// What location_and_scale is given, and its results.
template <class T>
struct LocationScale {
  MatView<const float> x;
  const std::uint8_t* status;  ///< null: all valid
  Index n_max;
  const std::int32_t* counts;  ///< null: all
  const double* least;
  MatView<T> location, scale;

  /// Observations first, first + step, ... of problem b.
  ALFI_HD RunningMoments moments(Index b, Index d, Index first, Index step) const {
    const Index rows = counts == nullptr ? n_max : counts[b];
    RunningMoments sum;
    for (Index n = first; n < rows; n += step) {
      const Index row = b * n_max + n;
      if (status == nullptr || status[row] == 0) sum.add(static_cast<double>(x(row, d)));
    }
    return sum;
  }
  ALFI_HD void store(Index b, Index d, const RunningMoments& sum) const {
    const double sd = sum.sd();
    location(b, d) = static_cast<T>(sum.mean());
    scale(b, d) = static_cast<T>(sd > least[d] ? sd : least[d]);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
