#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/inference/network.hpp"
#include "alfi/inference/normalization.hpp"

/// How a shard's networks see series and vectors, one a problem (docs/method.md): entries as they are shown, the real
/// ones on the prior predictive's scale, the simulated ones on the scale of their own distance from those. What
/// kernels/features.hpp is for sets.

namespace alfi {
inline namespace v0 {

template <class Real>
class SeriesView {
 public:
  /// Of at most so many problems. architecture must outlive the view.
  SeriesView(const Architecture& architecture, const Context& context, Index problems);

  /// Copies the normalization to where kernels read it: again where it was replaced.
  void load(const Normalization& normalization);

  /// The real ones of B problems: x [B,D], status [B].
  void observe(MatView<const float> x, VecView<const std::uint8_t> status);
  Samples<Real> observed() const;
  /// What is told of each problem beside its samples: [B,Architecture::absolute].
  MatView<const Real> absolute() const { return absolute_.matrix(problems_, a_.absolute); }

  /// What was simulated, x [B*K,D] and status [B*K], on the tape.
  Samples<Real> simulate(autodiff::Tape<Real>& tape, MatView<const float> x, VecView<const std::uint8_t> status);
  /// What the machine reads row by row of those, into evidence (`failed` of which must be known): rows and levels.
  void compare(autodiff::Tape<Real>& tape, const Samples<Real>& simulated, Evidence<Real>& evidence);

  std::size_t bytes() const;

 private:
  Index length() const { return a_.size / a_.columns; }
  kernels::FeatureScale<Real> feature_scale() const {
    return {location_.matrix(problems_, a_.size), scale_.matrix(problems_, a_.size), a_.relative_features};
  }
  void show(MatView<const float> x, VecView<const std::uint8_t> status, MatView<float> out) const;
  void zoom(MatView<const float> shown, VecView<const std::uint8_t> status);
  /// Each entry on the prior predictive's scale [R,D], and how rough each series is [R,roughness].
  void describe(MatView<const float> shown, VecView<const std::uint8_t> status, MatView<Real> absolute,
                Real* roughness) const;

  const Architecture& a_;
  Context context_;
  Index problems_ = 0;
  Buffer<double> mean_, sd_, noise_, median_, spread_, floor_;  ///< of the normalization [D]
  Buffer<Shown> how_;                                           ///< the same
  Buffer<Real> centre_, width_;                                 ///< its median and spread [1,D]
  Buffer<float> shown_;                                         ///< the real ones [B,D]
  Buffer<Real> location_, scale_, features_, entries_;          ///< [B,D]
  Buffer<Real> roughness_, absolute_;                           ///< [B,roughness], [B,absolute]
  Buffer<double> zoom_;                                         ///< [B,C] (ZoomColumn)
};

}  // namespace v0
}  // namespace alfi
