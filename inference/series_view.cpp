#include "alfi/inference/series_view.hpp"

#include <type_traits>

#include "alfi/inference/rows/series.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/kernels/gpu/launch.hpp"

namespace alfi {
inline namespace v0 {

using kernels::for_each;

template <class Real>
SeriesView<Real>::SeriesView(const Architecture& architecture, const Context& context, Index problems)
    : a_(architecture), context_(context) {
  const Index entries = problems * a_.size;
  shown_ = Buffer<float>(context_, entries);
  for (Buffer<Real>* buffer : {&location_, &scale_, &features_, &entries_}) *buffer = Buffer<Real>(context_, entries);
  roughness_ = Buffer<Real>(context_, problems * a_.roughness);
  absolute_ = Buffer<Real>(context_, problems * (a_.absolute > 0 ? a_.absolute : 1));
  zoom_ = Buffer<double>(context_, problems * a_.columns);
}

template <class Real>
void SeriesView<Real>::load(const Normalization& n) {
  const auto keep = [&](const auto& values, auto& kept) {
    // Once only: recorded work knows the place.
    if (kept.size() == 0) kept = std::decay_t<decltype(kept)>(context_, static_cast<Index>(values.size()));
    kept.copy_in(values.data());
  };
  keep(n.mean, mean_);
  keep(n.sd, sd_);
  keep(n.least_scale, noise_);
  keep(n.median, median_);
  keep(n.spread, spread_);
  keep(n.floor, floor_);
  keep(n.shown, how_);
  keep(std::vector<Real>(n.median.begin(), n.median.end()), centre_);
  keep(std::vector<Real>(n.spread.begin(), n.spread.end()), width_);
}

template <class Real>
void SeriesView<Real>::observe(MatView<const float> x, VecView<const std::uint8_t> status) {
  problems_ = x.rows;
  const MatView<float> shown = shown_.matrix(problems_, a_.size);
  show(x, status, shown);
  for_each(context_, problems_,
           DescribeSample<Real>{a_.relative_features, mean_.data(), sd_.data(), noise_.data(), median_.data(),
                                spread_.data(), shown.data, status.data, a_.size, location_.data(), scale_.data(),
                                a_.absolute, absolute_.data()});
  kernels::observation_features<Real>(context_, shown, feature_scale(), status, 1, {},
                                      features_.matrix(problems_, a_.size));
  describe(shown, status, entries_.matrix(problems_, a_.size), roughness_.data());
}

template <class Real>
Samples<Real> SeriesView<Real>::observed() const {
  return {features_.matrix(problems_, a_.size), entries_.matrix(problems_, a_.size),
          roughness_.matrix(problems_, a_.roughness)};
}

template <class Real>
Samples<Real> SeriesView<Real>::simulate(autodiff::Tape<Real>& tape, MatView<const float> x,
                                         VecView<const std::uint8_t> status) {
  const MatView<float> shown{tape.template scratch_of<float>(x.size()).data, x.rows, a_.size};
  const MatView<Real> features{tape.scratch(x.size()).data, x.rows, a_.size};
  const MatView<Real> absolute{tape.scratch(x.size()).data, x.rows, a_.size};
  const MatView<Real> roughness{tape.scratch(x.rows * a_.roughness).data, x.rows, a_.roughness};
  show(x, status, shown);
  if (a_.relative_features) zoom(shown, status);
  kernels::observation_features<Real>(context_, shown, feature_scale(), status, 1, {}, features);
  describe(shown, status, absolute, roughness.data);
  return {features, absolute, roughness};
}

template <class Real>
void SeriesView<Real>::compare(autodiff::Tape<Real>& tape, const Samples<Real>& simulated, Evidence<Real>& evidence) {
  if (a_.row_inputs == 0) return;
  const Index thetas = simulated.features.rows / problems_;
  const MatView<Real> rows{tape.scratch(problems_ * length() * a_.row_inputs).data, problems_ * length(),
                           a_.row_inputs};
  const MatView<Real> levels{tape.scratch(problems_ * a_.levels).data, problems_, a_.levels};
  for_each(context_, problems_ * a_.size,
           DescribeEntries<Real>{simulated.features.data, evidence.failed.data, entries_.data(), thetas, a_.size,
                                 rows.data});
  for_each(context_, problems_ * a_.columns,
           DescribeNoise<Real>{rows.data, zoom_.data(), length(), a_.columns, levels.data});
  evidence.rows = rows;
  evidence.levels = levels;
}

template <class Real>
void SeriesView<Real>::show(MatView<const float> x, VecView<const std::uint8_t> status, MatView<float> out) const {
  for_each(context_, x.size(), ShowEntry{x.data, a_.size, status.data, how_.data(), floor_.data(), out.data});
}

template <class Real>
void SeriesView<Real>::zoom(MatView<const float> shown, VecView<const std::uint8_t> status) {
  for_each(context_, problems_ * a_.columns,
           ZoomColumn{shown.data, shown_.data(), status.data, noise_.data(), shown.rows / problems_, length(),
                      a_.columns, zoom_.data()});
  for_each(context_, problems_ * a_.size,
           ZoomEntry<Real>{zoom_.data(), noise_.data(), a_.size, a_.columns, scale_.data()});
}

template <class Real>
void SeriesView<Real>::describe(MatView<const float> shown, VecView<const std::uint8_t> status, MatView<Real> absolute,
                                Real* roughness) const {
  const kernels::FeatureScale<Real> scale{centre_.matrix(1, a_.size), width_.matrix(1, a_.size), true};
  kernels::observation_features<Real>(context_, shown, scale, status, 1, {}, absolute);
  for_each(context_, shown.rows * a_.roughness,
           RoughnessEntry<Real>{shown.data, status.data, noise_.data(), length(), a_.columns, roughness});
}

template <class Real>
std::size_t SeriesView<Real>::bytes() const {
  const auto reals =
      location_.size() + scale_.size() + features_.size() + entries_.size() + roughness_.size() + absolute_.size();
  return static_cast<std::size_t>(reals) * sizeof(Real) + static_cast<std::size_t>(shown_.size()) * sizeof(float) +
         static_cast<std::size_t>(zoom_.size()) * sizeof(double);
}

template class SeriesView<float>;
template class SeriesView<double>;

}  // namespace v0
}  // namespace alfi
