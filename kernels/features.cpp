#include "alfi/kernels/features.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/table.hpp"
#include "alfi/kernels/gpu/location_and_scale.hpp"
#include "alfi/kernels/rows/features.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// Rows [begin, end) of one group: those that are valid, a stretch at a time, and 0 where one is not.
template <class T>
void features_of_group(const ObservationFeature<T>& f, Index begin, Index end) {
  const Index cols = f.x.cols, g = begin / f.share;
  for (Index r = begin; r < end; ++r) {
    const Index first = r;
    while (r < end && (f.status == nullptr || f.status[r] == 0)) ++r;
    for (Index d = 0; d < cols; ++d) {
      const T location = f.scale.location(g, d), scale = f.scale.scale(g, d);
      for (Index i = first; i < r; ++i) f.out(i, d) = scaled(f.x(i, d), location, scale);
      if (r < end) f.out(r, d) = T(0);
    }
  }
}

template <class T>
void features_on_cpu(const ObservationFeature<T>& f) {
  const Index blocks = f.n_max > 0 ? f.x.rows / f.n_max : 0;
  for (Index block = 0; block < blocks; ++block) {
    const Index first = block * f.n_max, count = f.counts == nullptr ? f.n_max : f.counts[block];
    for (Index r = first, end = 0; r < first + count; r = end) {
      end = std::min(first + count, (r / f.share + 1) * f.share);
      features_of_group(f, r, end);
    }
    if (f.scale.asinh) cpu::table<T>().asinh(f.out.row(first).data, count * f.x.cols);
  }
}

/// Null where empty: all.
template <class T>
const T* data_or_null(VecView<const T> v) {
  return v.empty() ? nullptr : v.data;
}

}  // namespace

template <class T>
void observation_features(const Context& context, MatView<const float> x, const FeatureScale<T>& scale,
                          VecView<const std::uint8_t> status, Index n_max, VecView<const std::int32_t> counts,
                          MatView<T> out) {
  const char* function = "observation_features";
  require_shape(function, "out", out, x.rows, x.cols);
  require_shape(function, "scale", scale.scale, scale.location.rows, x.cols);
  if (!status.empty()) require_size(function, "status", status, x.rows);
  const Index groups = scale.location.rows, share = groups > 0 ? x.rows / groups : 0;
  require_shape(function, "x", x, groups * share, x.cols);
  const ObservationFeature<T> feature{x, scale, share, data_or_null(status), n_max, data_or_null(counts), out};
  if (!on_gpu(context)) return features_on_cpu(feature);
  for_each_entry(context, n_max > 0 ? x.rows / n_max * n_max : 0, x.cols, feature);
}

template <class T>
void noise_features(const Context& context, MatView<const T> noise, MatView<T> out) {
  const Index p = noise.cols;
  require_shape("noise_features", "out", out, noise.rows, p + p * (p + 1) / 2);
  for_each(context, noise.rows, NoiseFeaturesRow<T>{noise, out});
}

template <class T>
void location_and_scale(const Context& context, MatView<const float> x, VecView<const std::uint8_t> status, Index n_max,
                        VecView<const std::int32_t> counts, VecView<const double> least, MatView<T> location,
                        MatView<T> scale) {
  const char* function = "location_and_scale";
  const Index problems = location.rows;
  require_shape(function, "x", x, problems * n_max, location.cols);
  require_shape(function, "scale", scale, problems, x.cols);
  require_size(function, "least", least, x.cols);
  if (!status.empty()) require_size(function, "status", status, x.rows);
  if (!counts.empty()) require_size(function, "counts", counts, problems);
  const LocationScale<T> in{x, data_or_null(status), n_max, data_or_null(counts), least.data, location, scale};
  if (on_gpu(context)) {
    run_blocks(context, LocationAndScale<T>{in});
    return;
  }
  for (Index b = 0; b < problems; ++b) {
    for (Index d = 0; d < x.cols; ++d) in.store(b, d, in.moments(b, d, 0, 1));
  }
}

#define ALFI_INSTANTIATE(T)                                                                                           \
  template void observation_features<T>(const Context&, MatView<const float>, const FeatureScale<T>&,                 \
                                        VecView<const std::uint8_t>, Index, VecView<const std::int32_t>, MatView<T>); \
  template void noise_features<T>(const Context&, MatView<const T>, MatView<T>);                                      \
  template void location_and_scale<T>(const Context&, MatView<const float>, VecView<const std::uint8_t>, Index,       \
                                      VecView<const std::int32_t>, VecView<const double>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
