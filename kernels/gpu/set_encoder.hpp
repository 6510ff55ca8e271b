#pragma once
#include <cmath>

#include "alfi/kernels/gpu/set_tile.hpp"

/// The set encoder's forward pass on a GPU: a block's rows go tile by tile through the layers, without leaving shared
/// memory, and are summed for each segment in the order of its rows.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Products: TileFma or TileTensor.
template <class Source, class Products, bool kResident>
struct EncodeSets {
  using T = typename Source::Scalar;
  using Tiles = SetTiles<Source, Products, kResident>;
  static constexpr const char* kName = "set_encoder";
  static constexpr int kLanes = 128;

  Tiles tiles;
  T *pools, *counts;  ///< [segments,pooled], [segments]: sums, and numbers of valid rows

  Index blocks() const { return tiles.plan.blocks(); }
  static std::size_t bytes(const SetPlan& plan, const EncoderLayout& layout, int rows) {
    return static_cast<std::size_t>(Tiles::shared_bytes(plan, layout, rows));
  }
  std::size_t shared_bytes() const { return bytes(tiles.plan, tiles.layout, tiles.rows); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    T* resident = nullptr;
    const Memory memory = tiles.take(block, resident);
    block.phase([&](const Lane& lane) { tiles.load_weights(lane, resident); });
    for (Tile tile = tiles.first_tile(block); tiles.inside(tile); tile.begin += tiles.rows) {
      const bool any = tiles.exists(tile);
      if (any) {
        tiles.fill(block, memory, tile);
        tiles.forward(block, memory);
        if (!tiles.layout.pool_first()) bend(block, memory);
      }
      pool(block, memory, tile, any);
    }
  }

 private:
  using Memory = typename Tiles::Memory;
  using Tile = typename Tiles::Tile;

  /// The last layer's tanh.
  template <class Block>
  ALFI_HD void bend(Block& block, const Memory& memory) const {
    const int rows = tiles.rows;
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < rows * tiles.layout.pooled(); e += lane.count) {
        T& y = tiles.feature(memory, 3, e / rows)[e % rows];
        y = std::tanh(y);
      }
    });
  }

  /// Adds the tile's valid rows to their segments' sums; the last "feature" is the number of valid rows.
  template <class Block>
  ALFI_HD void pool(Block& block, const Memory& memory, const Tile& tile, bool any) const {
    const int from = tiles.from_segment(tile), features = tiles.layout.pooled() + 1;
    const int units = (tiles.to_segment(tile) - from) * features;
    block.phase([&](const Lane& lane) {
      for (int u = lane.id; u < units; u += lane.count) {
        const int s = from + u / features, f = u % features, start = s * tiles.plan.chunk_rows - tile.begin;
        T& place = f + 1 == features ? counts[tile.first + s] : pools[(tile.first + s) * (features - 1) + f];
        const T* values = f + 1 == features ? tiles.valid(memory) : tiles.feature(memory, tiles.layout.layers, f);
        const int end = least_of(start + tiles.plan.chunk_rows, tiles.rows);
        T sum = start >= 0 ? T(0) : place;
        if (any) add_rows(values, tiles.valid(memory), start > 0 ? start : 0, end, sum);
        place = sum;
      }
    });
  }

  /// sum += values of the valid rows begin .. end, one after the other.
  ALFI_HD static void add_rows(const T* values, const T* valid, int begin, int end, T& sum) {
    constexpr int kPack = 16 / static_cast<int>(sizeof(T));
    for (int m = begin / kPack * kPack; m < end; m += kPack) {
      const auto value = neighbours<kPack>(values + m), counts_here = neighbours<kPack>(valid + m);
      ALFI_UNROLL
      for (int c = 0; c < kPack; ++c) {
        if (m + c >= begin && m + c < end && counts_here.v[c] > T(0)) sum += value.v[c];
      }
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
