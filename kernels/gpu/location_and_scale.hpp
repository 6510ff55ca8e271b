#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/features.hpp"

/// location_and_scale of kernels/features.hpp on a GPU: a block for each problem and column, kSlots running moments of
/// every kSlots-th observation, then a tree that joins them.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct LocationAndScale {
  static constexpr const char* kName = "location_and_scale";
  static constexpr int kLanes = 128;
  static constexpr int kSlots = 128;  ///< whatever the number of lanes: the sums are always the same ones
  LocationScale<T> in;

  Index blocks() const { return in.location.size(); }
  std::size_t shared_bytes() const { return kSlots * sizeof(RunningMoments); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index b = block.index() / in.location.cols, d = block.index() % in.location.cols;
    RunningMoments* sums = block.template shared<RunningMoments>(kSlots);
    block.phase([&](const Lane& lane) {
      for (int slot = lane.id; slot < kSlots; slot += lane.count) sums[slot] = in.moments(b, d, slot, kSlots);
    });
    for (int half = kSlots / 2; half > 0; half /= 2) {
      block.phase([&](const Lane& lane) {
        for (int slot = lane.id; slot < half; slot += lane.count) sums[slot].join(sums[slot + half]);
      });
    }
    block.phase([&](const Lane& lane) {
      if (lane.id == 0) in.store(b, d, sums[0]);
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
