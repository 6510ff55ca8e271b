#include "alfi/kernels/features.hpp"

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/kernels/cpu/table.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// z = (x - location) / scale of one row.
template <class T>
void scaled_row(const float* x, const T* location, const T* scale, Index size, T* out) {
  for (Index d = 0; d < size; ++d) out[d] = (static_cast<T>(x[d]) - location[d]) / scale[d];
}

}  // namespace

template <class T>
void observation_features(const Context& context, MatView<const float> x, const FeatureScale<T>& scale,
                          VecView<const std::uint8_t> status, Index n_max, VecView<const std::int32_t> counts,
                          MatView<T> out) {
  const char* function = "observation_features";
  require_cpu(context, function);
  require_shape(function, "out", out, x.rows, x.cols);
  require_shape(function, "scale", scale.scale, scale.location.rows, x.cols);
  if (!status.empty()) require_size(function, "status", status, x.rows);
  const Index groups = scale.location.rows, share = groups > 0 ? x.rows / groups : 0;
  const Index blocks = n_max > 0 ? x.rows / n_max : 0;
  for (Index block = 0; block < blocks; ++block) {
    const Index first = block * n_max, count = counts.empty() ? n_max : counts[block];
    for (Index r = first; r < first + count; ++r) {
      if (!status.empty() && status[r] != 0) {
        for (Index d = 0; d < x.cols; ++d) out(r, d) = T(0);
      } else {
        const Index g = r / share;
        scaled_row(x.row(r).data, scale.location.row(g).data, scale.scale.row(g).data, x.cols, out.row(r).data);
      }
    }
    if (scale.asinh) cpu::table<T>().asinh(out.row(first).data, count * x.cols);
  }
}

template <class T>
void noise_features(const Context& context, MatView<const T> noise, MatView<T> out) {
  require_cpu(context, "noise_features");
  const Index p = noise.cols;
  require_shape("noise_features", "out", out, noise.rows, p + p * (p + 1) / 2);
  for (Index r = 0; r < noise.rows; ++r) {
    for (Index i = 0; i < p; ++i) out(r, i) = std::asinh(noise(r, i));
    Index c = p;
    for (Index i = 0; i < p; ++i) {
      for (Index j = 0; j <= i; ++j) out(r, c++) = out(r, i) * out(r, j) - (i == j ? T(0.5) : T(0));
    }
  }
}

template <class T>
void location_and_scale(const Context& context, MatView<const float> x, VecView<const std::uint8_t> status, Index n_max,
                        VecView<const std::int32_t> counts, VecView<const double> least, MatView<T> location,
                        MatView<T> scale) {
  const char* function = "location_and_scale";
  require_cpu(context, function);
  const Index problems = location.rows;
  require_shape(function, "x", x, problems * n_max, location.cols);
  require_shape(function, "scale", scale, problems, x.cols);
  require_size(function, "least", least, x.cols);
  for (Index b = 0; b < problems; ++b) {
    const Index rows = counts.empty() ? n_max : counts[b];
    for (Index d = 0; d < x.cols; ++d) {
      RunningMoments moments;
      for (Index n = b * n_max; n < b * n_max + rows; ++n) {
        if (!status.empty() && status[n] != 0) continue;
        moments.add(static_cast<double>(x(n, d)));
      }
      location(b, d) = static_cast<T>(moments.mean());
      scale(b, d) = static_cast<T>(moments.sd() > least[d] ? moments.sd() : least[d]);
    }
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
