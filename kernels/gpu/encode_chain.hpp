#pragma once
#include <cmath>

#include "alfi/kernels/gpu/chain_weights.hpp"
#include "alfi/kernels/gpu/set_rows.hpp"

/// The set encoder's forward pass as a chain: a warp takes 16 or 32 rows of a tile through all layers in its registers;
/// only what is pooled goes to shared memory. For hidden layers of up to 8 kTiles units.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What the pass and its adjoint share.
template <bool kThree, int kTiles, int kRowTiles>
struct ChainedSets : SetRows<float> {
  using Rows = SetRows<float>;
  using Tile = typename Rows::Tile;
  using Link = Chain<kThree, kTiles, kRowTiles>;
  using Weights = ChainWeights<kThree, kTiles>;
  template <class Warp, int kCount = kTiles>
  using Values = typename Link::template Rows<Warp, kCount>;

  static constexpr int kLanes = Link::kTileRows / Link::kRows * 32;
  static constexpr int kTileRows = Link::kTileRows;

  EncoderLayout layout;
  EncoderWeights<float> weights;

  /// The tile's rows that warps take: whole warps, up to the block's last row.
  ALFI_HD int used(const Tile& tile) const {
    const int left = static_cast<int>(tile.end - tile.first) * this->plan.chunk_rows - tile.begin;
    return left < kTileRows ? (left + Link::kRows - 1) / Link::kRows * Link::kRows : kTileRows;
  }

  /// The hidden layers of the warp's rows; x: their features, from the first row on.
  template <class Warp>
  ALFI_HD void first_layer(const Warp& warp, const Weights& at, const float* w, const float* x,
                           Values<Warp>& first) const {
    Link::template start<kTiles>(warp, w + at.bias[0], first);
    if (at.has_many()) {
      Link::add_many_features(warp, x, at.inputs, w + at.many, at.many_stride, first);
    } else {
      Link::add_features(warp, x, at.inputs, w + at.layer[0], first);
    }
    Link::relu(warp, first);
  }
  template <class Warp>
  ALFI_HD void hidden(const Warp& warp, const Weights& at, const float* w, const float* x, Values<Warp>& first,
                      Values<Warp>& second) const {
    first_layer(warp, at, w, x, first);
    Link::template start<kTiles>(warp, w + at.bias[1], second);
    Link::template add_products<kTiles, kTiles>(warp, first, w + at.layer[1], Weights::kStride, second);
    Link::relu(warp, second);
  }
  /// Outputs from `first` on, before tanh.
  template <class Warp>
  ALFI_HD void outputs(const Warp& warp, const Weights& at, const float* w, Values<Warp>& hidden, int first,
                       Values<Warp, Weights::kOutputTiles>& y) const {
    Link::refresh(warp, hidden);
    Link::template start<Weights::kOutputTiles>(warp, w + at.bias[2] + first, y);
    Link::template add_products<kTiles, Weights::kOutputTiles>(warp, hidden, w + at.layer[2] + first * Weights::kStride,
                                                               Weights::kStride, y);
  }
};

template <bool kThree, int kTiles>
struct EncodeChains {
  // Factors that are split are worth sharing between rows; else more warps hide more of each other's waits.
  using Sets = ChainedSets<kThree, kTiles, kThree ? 2 : 1>;
  using Link = typename Sets::Link;
  using Weights = typename Sets::Weights;
  static constexpr const char* kName = "set_encoder";
  static constexpr int kLanes = Sets::kLanes, kResident = kThree ? 3 : 2;

  Sets sets;
  SetSums<float> sums;

  Index blocks() const { return sets.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout) {
    return static_cast<std::size_t>(
        Sets::shared_bytes(Sets::kTileRows, activation_rows(layout)) +
        rounded_shared(Weights::of(layout, false).size * static_cast<Index>(sizeof(float))));
  }
  std::size_t shared_bytes() const { return bytes(sets.layout); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Memory memory = sets.take(block, activation_rows(sets.layout));
    const Weights at = Weights::of(sets.layout, false);
    float* const w = block.template shared<float>(at.size);
    const int pooled = sets.layout.pooled(), first = 1 + at.inputs;
    block.phase([&](const Lane& lane) { at.load(lane, sets.weights, w); });
    for (typename Sets::Tile tile = sets.first_tile(block); sets.inside(tile); tile.begin += sets.rows) {
      const bool any = sets.exists(tile);
      if (any) {
        sets.fill(block, memory, tile);
        const int used = sets.used(tile);
        block.warps([&](const auto& warp) {
          for (int m = warp.id() * Link::kRows; m < used; m += warp.count() * Link::kRows) {
            encode(warp, at, w, sets.feature(memory, 1) + m, sets.feature(memory, first) + m);
          }
        });
      }
      sums.add(block, sets, memory, tile, first, pooled, any);
    }
  }

 private:
  using Memory = typename Sets::Memory;

  ALFI_HD static int activation_rows(const EncoderLayout& l) { return 1 + l.width[0] + l.pooled(); }

  /// What is pooled of the warp's rows, to [pooled][kPitch].
  template <class Warp>
  ALFI_HD void encode(const Warp& warp, const Weights& at, const float* w, const float* x, float* to) const {
    typename Sets::template Values<Warp> first, second;
    sets.hidden(warp, at, w, x, first, second);
    if (sets.layout.pool_first()) {
      Link::template store<kTiles>(warp, second, 0, to, at.hidden2);
      return;
    }
    for (int n = 0; n < at.outputs; n += Weights::kOutputs) {
      typename Sets::template Values<Warp, Weights::kOutputTiles> y;
      sets.outputs(warp, at, w, second, n, y);
      Link::template each<Weights::kOutputTiles>(warp, y,
                                                 [](int, float& value, int, int, int) { value = std::tanh(value); });
      Link::template store<Weights::kOutputTiles>(warp, y, n, to, at.outputs);
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
