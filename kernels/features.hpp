#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// What the networks are shown instead of raw numbers. Data: no gradient passes.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// How observations become features: asinh((x - location) / scale), or without the asinh.
/// location, scale [G,D]: one row for each group of consecutive rows of x (G divides the rows).
template <class T>
struct FeatureScale {
  MatView<const T> location, scale;
  bool asinh = true;
};

/// x [R,D] -> out [R,D]. Rows whose status is not 0 become 0 (status [R], or empty: all valid); of every block of
/// n_max rows only the first counts[block] are read and written (counts empty: all).
template <class T>
void observation_features(const Context& context, MatView<const float> x, const FeatureScale<T>& scale,
                          VecView<const std::uint8_t> status, Index n_max, VecView<const std::int32_t> counts,
                          MatView<T> out);

/// noise [R,P] -> out [R,P+V]: a = asinh(noise), which tames tails, then a_i a_j - (i == j)/2 for j <= i: the score of
/// a Gaussian proposal in its own coordinates.
template <class T>
void noise_features(const Context& context, MatView<const T> noise, MatView<T> out);

/// Mean and sample sd (no less than least [D]) of each problem's valid observations: x [B*n_max,D] -> [B,D] each.
/// One valid observation has sd `least`, none has mean 0.
template <class T>
void location_and_scale(const Context& context, MatView<const float> x, VecView<const std::uint8_t> status, Index n_max,
                        VecView<const std::int32_t> counts, VecView<const double> least, MatView<T> location,
                        MatView<T> scale);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
