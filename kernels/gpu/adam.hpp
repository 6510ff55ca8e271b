#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "alfi/kernels/rows/adam.hpp"

/// The gradient's norm on a GPU, in partial sums whose number and order do not depend on the device.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What of a gradient's norm a chain of elements gives; sums of squares raise no floating-point exception.
struct NormPart {
  double largest = 0;         ///< magnitude; infinity where an element is not finite
  double squares = 0;         ///< of the elements below kLarge
  double scaled_squares = 0;  ///< of all, scaled by kSmall

  ALFI_HD void add_element(double x) {
    if (!std::isfinite(x)) {
      largest = kInfinity;
      return;
    }
    const double magnitude = std::fabs(x);
    if (magnitude > largest) largest = magnitude;
    if (magnitude < kLarge) squares += magnitude * magnitude;
    const double scaled = kSmall * magnitude;
    scaled_squares += scaled * scaled;
  }
  ALFI_HD void add(const NormPart& other) {
    largest = other.largest > largest ? other.largest : largest;
    squares += other.squares;
    scaled_squares += other.scaled_squares;
  }
};

/// Blocks, and the parts that they leave.
constexpr Index kNormParts = 64;

/// parts[0] becomes the sum of all, pairwise by index. size: a power of two.
template <class Block>
ALFI_HD void join(Block& block, Index size, NormPart* parts) {
  for (Index stride = 1; stride < size; stride *= 2) {
    block.phase([&](const Lane& lane) {
      for (Index i = 2 * stride * lane.id; i < size; i += 2 * stride * lane.count) parts[i].add(parts[i + stride]);
    });
  }
}

/// Block b has chains b kChains .. + kChains - 1; chain j has the elements j, j + kBlocks kChains, ...
template <class T>
struct AdamNorm {
  static constexpr const char* kName = "adam's norm";
  static constexpr int kLanes = 256;
  static constexpr Index kBlocks = kNormParts, kChains = 256;
  VecView<const T> gradient;
  NormPart* parts_of_blocks;  ///< [kBlocks]

  ALFI_HD Index blocks() const { return kBlocks; }
  std::size_t shared_bytes() const { return kChains * sizeof(NormPart); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index b = block.index();
    NormPart* const parts = block.template shared<NormPart>(kChains);
    block.phase([&](const Lane& lane) {
      for (Index j = lane.id; j < kChains; j += lane.count) {
        NormPart part;
        for (Index i = b * kChains + j; i < gradient.size; i += kBlocks * kChains) {
          part.add_element(static_cast<double>(gradient[i]));
        }
        parts[j] = part;
      }
    });
    join(block, kChains, parts);
    block.phase([&](const Lane& lane) {
      if (lane.id == 0) parts_of_blocks[b] = parts[0];
    });
  }
};

/// The step's decision from the blocks' parts.
struct AdamDecision {
  static constexpr const char* kName = "adam's decision";
  static constexpr int kLanes = 64;
  const NormPart* parts_of_blocks;  ///< [kNormParts]
  AdamOptions options;
  StepState* state;

  ALFI_HD Index blocks() const { return 1; }
  std::size_t shared_bytes() const { return kNormParts * sizeof(NormPart); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    NormPart* const parts = block.template shared<NormPart>(kNormParts);
    block.phase([&](const Lane& lane) {
      for (Index i = lane.id; i < kNormParts; i += lane.count) parts[i] = parts_of_blocks[i];
    });
    join(block, kNormParts, parts);
    block.phase([&](const Lane& lane) {
      if (lane.id != 0) return;
      if (state->stop != 0) {
        state->skipped = 1;
      } else {
        decide_step(norm_of(parts[0].largest, parts[0].squares, parts[0].scaled_squares), options, *state);
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
