#pragma once
#include <cmath>

#include "alfi/kernels/gpu/set_tile.hpp"

/// The set encoder's forward pass on a GPU: a block's rows go tile by tile through the layers, without leaving shared
/// memory, and are summed for each segment in the order of its rows.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T, bool kResident>
struct EncodeSets {
  using Tiles = SetTiles<T, kResident>;
  static constexpr const char* kName = "set_encoder";
  static constexpr int kLanes = 128;

  Tiles tiles;
  SetSums<T> sums;

  Index blocks() const { return tiles.plan.blocks(); }
  static std::size_t bytes(const EncoderLayout& layout, int rows) {
    return static_cast<std::size_t>(Tiles::shared_bytes(layout, rows));
  }
  std::size_t shared_bytes() const { return bytes(tiles.layout, tiles.rows); }

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
      sums.add(block, tiles, memory, tile, tiles.layout.activation_at[tiles.layout.layers], tiles.layout.pooled(), any);
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
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
