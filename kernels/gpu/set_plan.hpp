#pragma once
#include "alfi/core/divisor.hpp"
#include "alfi/kernels/gpu/tile.hpp"
#include "alfi/kernels/set_encoder.hpp"

/// How a set encoder's work is split between a GPU's blocks, and how a block's memory is laid out. Functions of sizes
/// alone, but for what the size of shared memory decides: chains (kernels/gpu/chain.hpp) or tiles, and a tile's rows.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Sets are cut into chunks where there are few; a segment is one chunk of one set; a block takes neighbouring
/// segments.
struct SetPlan {
  Index sets = 0;
  int n_max = 0;
  int chunks = 0;      ///< of a set
  int chunk_rows = 1;  ///< of a segment
  Divisor by_chunk_rows;
  int per_block = 1;    ///< segments of a block
  bool pieces = false;  ///< by kernels/gpu/encode_pieces.hpp

  /// Blocks that a multiprocessor holds at once: of the adjoint, for whose blocks there is memory.
  static constexpr int kResident = 2;
  static SetPlan of(Index sets, Index n_max, Index resident = kResident);
  /// Sets in chunks of so many rows.
  void cut(Index rows);

  ALFI_HD Index segments() const { return sets * chunks; }
  ALFI_HD Index blocks() const { return (segments() + per_block - 1) / per_block; }
  ALFI_HD int block_rows() const { return per_block * chunk_rows; }
  ALFI_HD Index set_of(Index segment) const { return chunks == 1 ? segment : segment / chunks; }
  ALFI_HD int chunk_of(Index segment) const { return chunks == 1 ? 0 : static_cast<int>(segment % chunks); }
};

/// Widths and places of an encoder's layers. Weights: layer after layer, each [outputs][weight_stride] with the bias
/// behind its inputs. Activations of a tile: a feature a row of memory; row 0 tells which rows of the tile are valid.
struct EncoderLayout {
  int layers = 3;  ///< that act on rows: 2 where the pool comes before the last
  int width[4] = {};
  int weight_at[4] = {};      ///< the last: size of all
  int activation_at[4] = {};  ///< rows of memory
  int activation_rows = 0;

  template <class T>
  static EncoderLayout of(const EncoderWeights<T>& weights) {
    EncoderLayout layout;
    layout.width[0] = static_cast<int>(weights.layer[0].weight.cols);
    for (int l = 0; l < 3; ++l) layout.width[l + 1] = static_cast<int>(weights.layer[l].weight.rows);
    layout.place(weights.last == Activation::none);
    return layout;
  }

  ALFI_HD bool pool_first() const { return layers == 2; }
  ALFI_HD int pooled() const { return width[layers]; }  ///< features that are pooled
  ALFI_HD int weights_size() const { return weight_at[3]; }

 private:
  void place(bool pool_first);
};

/// The rows of a tile (128, 64, 32 or 16) for a block of block_rows, given the shared memory that tiles need: the least
/// work, in tiles small enough that a multiprocessor holds two blocks where any are; 16 where none fits.
template <class Bytes>
int tile_rows_for(int block_rows, std::size_t limit, const Bytes& bytes) {
  constexpr int kOverhead = 16;            // what a tile costs on top of its rows, in rows
  constexpr std::size_t kReserved = 1024;  // bytes, of each block but one, that the limit does not count
  int best = 16, least = 0;
  for (const std::size_t room : {limit / 2 - kReserved / 2, limit}) {
    for (int rows = 128; rows >= 16; rows /= 2) {
      if (bytes(rows) > room) continue;
      const int cost = (block_rows + rows - 1) / rows * (rows + kOverhead);
      if (least == 0 || cost < least) best = rows, least = cost;
    }
    if (least > 0) break;
  }
  return best;
}

/// How a chain (kernels/gpu/chain.hpp) takes a layer's inputs.
struct ChainInputs {
  /// Whether they are worth the tensor cores.
  ALFI_HD static bool many(int inputs) { return inputs > 4; }
  ALFI_HD static bool many(const EncoderLayout& layout) { return many(layout.width[0]); }
};

/// Where a pass keeps what: offsets into `saved`, in elements.
struct EncoderSaved {
  Index pieces = 0, piece_sums = 0;     ///< PieceTable, and its rows' sums, where they are used and not shared
  Index counts = 0;                     ///< [G] valid rows
  Index largest = 0;                    ///< [segments] their largest inputs, where these are many (ChainInputs)
  Index means = 0, d_means = 0;         ///< [G,H2] where pooled first
  Index d_encoding = 0;                 ///< [G,E] likewise: without that of empty sets
  Index scratch = 0, scratch_size = 0;  ///< likewise: of the last layer's adjoint
  Index weights = 0;                    ///< the weights as EncoderLayout has them
  Index partials = 0;                   ///< pools [segments,pooled] and counts [segments], or
                                        ///< weight gradients [blocks,weights_size]
  Index size = 0;

  /// shared: as for plan_encoder().
  static EncoderSaved of(const Context& context, const SetPlan& plan, const EncoderLayout& layout, bool shared);
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
