#pragma once
#include "alfi/kernels/gpu/set_encoder.hpp"
#include "alfi/kernels/gpu/sum_tree.hpp"

/// The set encoder's adjoint on a GPU: each tile is filled and run forward again, then backward, gradients taking the
/// places of activations. Weight gradients are summed over a block's tiles, then over blocks by SumBlocks.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T, bool kResident>
struct EncodeSetsAdjoint {
  using Tiles = SetTiles<T, kResident>;
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = 128;

  Tiles tiles;
  const T* counts;    ///< [G] valid rows
  const T* d_pooled;  ///< [G,pooled] gradient of the means
  T* d_x;             ///< [G*n_max,D], added to; or null
  T* partials;        ///< [blocks,gradient_size]

  Index blocks() const { return tiles.plan.blocks(); }
  /// Gradients are summed in shared memory where the weights are there too.
  static std::size_t bytes(const EncoderLayout& layout, int rows) {
    const Index gradients = kResident ? layout.weight_at[layout.layers] * static_cast<Index>(sizeof(T)) : 0;
    return static_cast<std::size_t>(Tiles::shared_bytes(layout, rows) + rounded_shared(gradients));
  }
  std::size_t shared_bytes() const { return bytes(tiles.layout, tiles.rows); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int size = tiles.layout.weight_at[tiles.layout.layers];
    T* resident = nullptr;
    const Memory memory = tiles.take(block, resident);
    T* const partial = partials + block.index() * size;
    T* gradients = partial;
    if constexpr (kResident) gradients = block.template shared<T>(size);
    block.phase([&](const Lane& lane) {
      tiles.load_weights(lane, resident);
      for (int e = lane.id; e < size; e += lane.count) gradients[e] = T(0);
    });
    for (Tile tile = tiles.first_tile(block); tiles.inside(tile); tile.begin += tiles.rows) {
      if (!tiles.exists(tile)) continue;
      tiles.fill(block, memory, tile);
      tiles.forward(block, memory);
      spread(block, memory);
      backward(block, memory, gradients);
    }
    if constexpr (kResident) {
      block.phase([&](const Lane& lane) {
        for (int e = lane.id; e < size; e += lane.count) partial[e] = gradients[e];
      });
    }
  }

 private:
  using Memory = typename Tiles::Memory;
  using Tile = typename Tiles::Tile;

  /// What was to be pooled becomes the gradient before its nonlinearity: each valid row's share of its set's.
  template <class Block>
  ALFI_HD void spread(Block& block, const Memory& memory) const {
    const int rows = tiles.rows, pooled = tiles.layout.pooled();
    block.phase([&](const Lane& lane) {
      constexpr int kParts = 4;
      for (int u = lane.id; u < rows * kParts; u += lane.count) {
        const int m = u % rows;
        const bool valid = tiles.valid(memory)[m] > T(0);
        const Index set = valid ? memory.set[m] : 0;
        const T count = valid ? counts[set] : T(1);
        for (int f = u / rows; f < pooled; f += kParts) {
          T& place = tiles.feature(memory, tiles.layout.layers, f)[m];
          place = valid ? through(place, d_pooled[set * pooled + f] / count) : T(0);
        }
      }
    });
  }

  /// The gradient before the last nonlinearity: ReLU of place where pooled first, else tanh, not yet taken.
  ALFI_HD T through(T place, T gradient) const {
    if (tiles.layout.pool_first()) return place > T(0) ? gradient : T(0);
    const T y = std::tanh(place);
    return gradient * (T(1) - y * y);
  }

  template <class Block>
  ALFI_HD void backward(Block& block, const Memory& memory, T* gradients) const {
    for (int l = tiles.layout.layers - 1; l >= 0; --l) {
      const TileLayer<T> layer = tiles.layer(memory, l);
      Tiles::Products::weight_gradient(block, layer, tiles.valid(memory), gradients + tiles.layout.weight_at[l]);
      if (l > 0 || d_x != nullptr) Tiles::Products::input_gradient(block, layer, l > 0);
    }
    if (d_x == nullptr) return;
    const int size = tiles.source.size;
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < tiles.rows * size; e += lane.count) {
        const int m = e / size, d = e % size;
        if (memory.row[m] >= 0) d_x[memory.row[m] * size + d] += tiles.feature(memory, 0, d)[m];
      }
    });
  }
};

/// Adds the blocks' weight gradients, entry by entry: 32 sums of neighbouring blocks, each in order, then those
/// pairwise.
template <class T>
struct SumBlocks {
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = 256, kEntries = 32, kParts = 32;

  EncoderLayout layout;
  Index parts;        ///< blocks of the adjoint
  const T* partials;  ///< [parts,size]
  EncoderGradients<T> to;
  const std::int32_t* counted = nullptr;  ///< where the device knows how many there are, at most `parts`

  ALFI_HD int size() const { return layout.weight_at[layout.layers]; }
  Index blocks() const { return parts > 0 ? (size() + kEntries - 1) / kEntries : 0; }
  std::size_t shared_bytes() const { return kEntries * kParts * sizeof(T); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    T* const sums = block.template shared<T>(kEntries * kParts);
    const int first = static_cast<int>(block.index()) * kEntries;
    block.phase([&](const Lane& lane) {
      const Index all = counted == nullptr ? parts : *counted, share = (all + kParts - 1) / kParts;
      for (int u = lane.id; u < kEntries * kParts; u += lane.count) {
        const Index begin = u / kEntries * share, left = all - begin;
        const T* const place = partials + begin * size() + first + u % kEntries;
        const Index count = first + u % kEntries < size() && left > 0 ? (left < share ? left : share) : 0;
        T sum = T(0);
        for (Index i = 0; i < count; ++i) sum += place[i * size()];
        sums[u] = sum;
      }
    });
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < kEntries; e += lane.count) {
        T* const place = entry(first + e);
        if (place != nullptr) *place += sum_tree<T>(kParts, [&](Index i) { return sums[i * kEntries + e]; });
      }
    });
  }

 private:
  /// Where entry e of the padded weights has its gradient; null: nowhere.
  ALFI_HD T* entry(int e) const {
    if (e >= size()) return nullptr;
    int l = 0;
    while (e >= layout.weight_at[l + 1]) ++l;
    const int inputs = layout.width[l], across = weight_stride_of(inputs);
    const int n = (e - layout.weight_at[l]) / across, k = (e - layout.weight_at[l]) % across;
    if (k < inputs) return to.layer[l].weight.data + n * inputs + k;
    return k == inputs && !to.layer[l].bias.empty() ? to.layer[l].bias.data + n : nullptr;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
