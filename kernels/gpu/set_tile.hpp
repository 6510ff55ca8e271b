#pragma once
#include "alfi/kernels/gpu/set_rows.hpp"

/// The set encoder's layers on a tile of rows in shared memory, by multiply-adds: for widths that a chain
/// (kernels/gpu/chain.hpp) does not take, and in double.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// kResident: the weights are in shared memory, else in `padded`.
template <class T, bool kResident>
struct SetTiles : SetRows<T> {
  using Rows = SetRows<T>;
  using Products = TileFma<T>;
  using Rows::rows, Rows::stride;

  EncoderLayout layout;
  EncoderWeights<T> weights;
  const T* padded;  ///< weights as EncoderLayout has them

  struct Memory : Rows::Memory {
    const T* weights;
  };

  static Index shared_bytes(const EncoderLayout& layout, int rows) {
    Index bytes = Rows::shared_bytes(rows, layout.activation_rows);
    if (kResident) bytes += rounded_shared(layout.weight_at[layout.layers] * static_cast<Index>(sizeof(T)));
    return bytes;
  }

  /// Takes a block's memory; the weights are there after the next phase, in which load_weights() runs.
  template <class Block>
  ALFI_HD Memory take(Block& block, T*& resident) const {
    Memory memory{Rows::take(block, layout.activation_rows), padded};
    if constexpr (kResident) {
      resident = block.template shared<T>(layout.weight_at[layout.layers]);
      memory.weights = resident;
    }
    return memory;
  }
  ALFI_HD void load_weights(const Lane& lane, T* resident) const {
    if constexpr (kResident) {
      for (int l = 0; l < layout.layers; ++l) {
        const LinearWeights<T>& layer = weights.layer[l];
        const int across = weight_stride_of(layout.width[l]), inputs = layout.width[l];
        for (int e = lane.id; e < across * layout.width[l + 1]; e += lane.count) {
          const int n = e / across, k = e % across;
          if (k < inputs) resident[layout.weight_at[l] + e] = layer.weight.data[n * inputs + k];
          if (k == inputs) resident[layout.weight_at[l] + e] = layer.bias.empty() ? T(0) : layer.bias.data[n];
        }
      }
    }
  }

  /// A feature's values: feature 0 of layer's input, .. ; of layer `layers`: of what is pooled.
  ALFI_HD T* feature(const Memory& memory, int layer, int f) const {
    return Rows::feature(memory, layout.activation_at[layer] + f);
  }

  ALFI_HD TileLayer<T> layer(const Memory& memory, int l) const {
    const int inputs = layout.width[l];
    return {rows,
            stride(),
            inputs,
            layout.width[l + 1],
            weight_stride_of(inputs),
            memory.weights + layout.weight_at[l],
            feature(memory, l, 0),
            feature(memory, l + 1, 0)};
  }

  template <class Block>
  ALFI_HD void forward(Block& block, const Memory& memory) const {
    for (int l = 0; l < layout.layers; ++l) Products::forward(block, layer(memory, l), l < 2);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
