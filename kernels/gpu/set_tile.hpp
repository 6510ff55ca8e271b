#pragma once
#include "alfi/kernels/gpu/set_plan.hpp"

/// What the set encoder's programs share: a block walks over its rows in tiles, fills each with features, and runs the
/// layers on it. Rows come from a Source, a trivially copyable struct with
///     using Scalar;  static constexpr bool kDraws;  int size;       D
///     Index count(Index set) const;                                 rows of a set that exist
///     struct Prepared;                                              made once for each set and tile, in shared memory
/// and, kDraws: the rows are computed,
///     Prepared prepare(Index set) const;
///     bool row(const Prepared&, Index set, Index i, Scalar* raw, Scalar* x, int stride) const;
/// which writes the D features to x[d * stride] (raw: room for D numbers) and says whether the row is valid; or else
///     bool valid(Index row) const;  Scalar feature(Index row, int d) const;      row = set * n_max + i

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Rows of x [G*n_max, D].
template <class T>
struct BufferSource {
  using Scalar = T;
  static constexpr bool kDraws = false;
  struct Prepared {};

  int size;
  const T* x;
  Index n_max;
  const std::int32_t* counts;  ///< or null: all n_max
  const std::uint8_t* status;  ///< or null: all valid

  static BufferSource of(MatView<const T> x, const SetPool& pool) {
    return {static_cast<int>(x.cols), x.data, pool.n_max, pool.counts.empty() ? nullptr : pool.counts.data,
            pool.status.empty() ? nullptr : pool.status.data};
  }
  ALFI_HD Index count(Index set) const { return counts == nullptr ? n_max : counts[set]; }
  ALFI_HD bool valid(Index row) const { return status == nullptr || status[row] == 0; }
  ALFI_HD T feature(Index row, int d) const { return x[row * size + d]; }
};

/// kResident: the weights are in shared memory, else in `padded`.
template <class Source, class Products, bool kResident>
struct SetTiles {
  using T = typename Source::Scalar;
  using Prepared = typename Source::Prepared;

  Source source;
  SetPlan plan;
  EncoderLayout layout;
  EncoderWeights<T> weights;
  const T* padded;  ///< weights as EncoderLayout has them
  int rows;         ///< of a tile

  struct Memory {
    const T* weights;
    T* activations;      ///< [layout.activation_rows][stride]
    Index *set, *row;    ///< of the tile's rows; row -1: none
    Prepared* prepared;  ///< of the tile's sets
  };
  /// The rows begin .. begin + rows of a block's segments first .. end.
  struct Tile {
    Index first, end;
    int begin;
  };
  struct Position {
    Index set, i;
    bool exists;
  };

  static Index shared_bytes(const SetPlan& plan, const EncoderLayout& layout, int rows) {
    const Index numbers = static_cast<Index>(sizeof(T));
    Index bytes = rounded_shared(layout.activation_rows * tile_stride_of(rows) * numbers);
    bytes += 2 * rounded_shared(rows * static_cast<Index>(sizeof(Index)));
    if (kResident) bytes += rounded_shared(layout.weight_at[layout.layers] * numbers);
    if (Source::kDraws) bytes += rounded_shared(plan.sets_of_tile(rows) * static_cast<Index>(sizeof(Prepared)));
    return bytes;
  }

  /// Takes a block's memory; the weights are there after the next phase, in which load_weights() runs.
  template <class Block>
  ALFI_HD Memory take(Block& block, T*& resident) const {
    Memory memory{};
    memory.activations = block.template shared<T>(layout.activation_rows * stride());
    memory.set = block.template shared<Index>(rows);
    memory.row = block.template shared<Index>(rows);
    if constexpr (Source::kDraws) memory.prepared = block.template shared<Prepared>(plan.sets_of_tile(rows));
    if constexpr (kResident) {
      resident = block.template shared<T>(layout.weight_at[layout.layers]);
      memory.weights = resident;
    } else {
      memory.weights = padded;
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

  template <class Block>
  ALFI_HD Tile first_tile(const Block& block) const {
    const Index first = block.index() * plan.per_block, end = first + plan.per_block;
    return {first, end < plan.segments() ? end : plan.segments(), 0};
  }
  ALFI_HD bool inside(const Tile& tile) const { return tile.begin < (tile.end - tile.first) * plan.chunk_rows; }
  /// Segments of the tile: from .. to, counted from the block's first.
  ALFI_HD int from_segment(const Tile& tile) const { return tile.begin / plan.chunk_rows; }
  ALFI_HD int to_segment(const Tile& tile) const {
    return least_of((tile.begin + rows - 1) / plan.chunk_rows + 1, static_cast<int>(tile.end - tile.first));
  }

  ALFI_HD Position position(const Tile& tile, int m) const {
    const int s = (tile.begin + m) / plan.chunk_rows;
    const Index segment = tile.first + s, set = plan.set_of(segment);
    const Index i = static_cast<Index>(plan.chunk_of(segment)) * plan.chunk_rows + tile.begin + m - s * plan.chunk_rows;
    return {set, i, segment < tile.end && i < plan.n_max && i < source.count(set)};
  }
  /// Whether any row of the tile exists.
  ALFI_HD bool exists(const Tile& tile) const {
    for (int s = from_segment(tile); s < to_segment(tile); ++s) {
      const int start = s * plan.chunk_rows - tile.begin;
      if (position(tile, start > 0 ? start : 0).exists) return true;
    }
    return false;
  }

  ALFI_HD int stride() const { return tile_stride_of(rows); }
  /// A feature's values: feature 0 of layer's input, .. ; of layer `layers`: of what is pooled.
  ALFI_HD T* feature(const Memory& memory, int layer, int f) const {
    return memory.activations + (layout.activation_at[layer] + f) * stride();
  }
  ALFI_HD T* valid(const Memory& memory) const { return memory.activations; }

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

  /// The tile's features, zeros in rows that are not valid.
  template <class Block>
  ALFI_HD void fill(Block& block, const Memory& memory, const Tile& tile) const {
    if constexpr (Source::kDraws) {
      const Index first = plan.set_of(tile.first + from_segment(tile));
      const int sets = static_cast<int>(plan.set_of(tile.first + to_segment(tile) - 1) - first) + 1;
      block.phase([&](const Lane& lane) {
        for (int j = lane.id; j < sets; j += lane.count) memory.prepared[j] = source.prepare(first + j);
      });
      block.phase([&](const Lane& lane) {
        for (int m = lane.id; m < rows; m += lane.count) draw_row(memory, position(tile, m), first, m);
      });
    } else {
      block.phase([&](const Lane& lane) {
        for (int m = lane.id; m < rows; m += lane.count) {
          const Position p = position(tile, m);
          const Index row = p.set * plan.n_max + p.i;
          name_row(memory, p, p.exists && source.valid(row), m);
        }
      });
      block.phase([&](const Lane& lane) {
        for (int e = lane.id; e < rows * source.size; e += lane.count) {
          const int m = e / source.size, d = e % source.size;
          feature(memory, 0, d)[m] = memory.row[m] >= 0 ? source.feature(memory.row[m], d) : T(0);
        }
      });
    }
  }

  template <class Block>
  ALFI_HD void forward(Block& block, const Memory& memory) const {
    for (int l = 0; l < layout.layers; ++l) Products::forward(block, layer(memory, l), l < 2);
  }

 private:
  ALFI_HD void name_row(const Memory& memory, const Position& p, bool ok, int m) const {
    memory.set[m] = p.set;
    memory.row[m] = ok ? p.set * plan.n_max + p.i : -1;
    valid(memory)[m] = ok ? T(1) : T(0);
  }
  ALFI_HD void draw_row(const Memory& memory, const Position& p, Index first, int m) const {
    T* const x = feature(memory, 0, 0) + m;
    const bool ok = p.exists && source.row(memory.prepared[p.set - first], p.set, p.i,
                                           feature(memory, 1, 0) + m * source.size, x, stride());
    for (int d = 0; d < source.size && !ok; ++d) x[d * stride()] = T(0);
    name_row(memory, p, ok, m);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
