#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/meta_loss.hpp"

/// limited_mean of kernels/meta_loss.hpp on a GPU: one block, kSlots partial sums of every kSlots-th loss, then a tree
/// over them.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct LimitedMean {
  static constexpr const char* kName = "limited_mean";
  static constexpr int kLanes = 1024;
  static constexpr Index kSlots = 1024;  ///< whatever the number of lanes: the sums are always the same ones
  VecView<const T> loss;
  LossLimit limit;
  double divisor;
  T* result;

  Index blocks() const { return 1; }
  std::size_t shared_bytes() const { return kSlots * sizeof(double); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    double* sums = block.template shared<double>(kSlots);
    block.phase([&](const Lane& lane) {
      for (Index slot = lane.id; slot < kSlots; slot += lane.count) {
        double sum = 0;
        for (Index b = slot; b < loss.size; b += kSlots) sum += limited(static_cast<double>(loss[b]), limit);
        sums[slot] = sum;
      }
    });
    for (Index half = kSlots / 2; half > 0; half /= 2) {
      block.phase([&](const Lane& lane) {
        for (Index slot = lane.id; slot < half; slot += lane.count) sums[slot] += sums[slot + half];
      });
    }
    block.phase([&](const Lane& lane) {
      if (lane.id == 0) result[0] = static_cast<T>(sums[0] / divisor);
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
