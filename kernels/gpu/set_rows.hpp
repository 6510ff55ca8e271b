#pragma once
#include "alfi/kernels/gpu/set_plan.hpp"

/// What the set encoder's programs share: a block walks over its rows in tiles, fills each with features, and in the
/// end sums rows for each segment.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Rows of x [G*n_max, D].
template <class T>
struct SetBuffer {
  int size;  ///< D
  const T* x;
  Index n_max;
  const std::int32_t* counts;  ///< or null: all n_max
  const std::uint8_t* status;  ///< or null: all valid

  static SetBuffer of(MatView<const T> x, const SetPool& pool) {
    return {static_cast<int>(x.cols), x.data, pool.n_max, pool.counts.empty() ? nullptr : pool.counts.data,
            pool.status.empty() ? nullptr : pool.status.data};
  }
  ALFI_HD Index count(Index set) const { return counts == nullptr ? n_max : counts[set]; }
  ALFI_HD bool valid(Index row) const { return status == nullptr || status[row] == 0; }
  ALFI_HD T feature(Index row, int d) const { return x[row * size + d]; }
};

/// A block's rows. Activations of a tile: a feature a row of memory; row 0 tells which rows of the tile are valid, the
/// inputs follow, and what lies behind them is the program's own.
template <class T>
struct SetRows {
  SetBuffer<T> source;
  SetPlan plan;
  int rows;  ///< of a tile

  struct Memory {
    T* activations;    ///< [rows of memory][stride]
    Index *set, *row;  ///< of the tile's rows; row -1: none
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
  /// Feature d of row m of a tile: one after the other in memory.
  struct Entry {
    int m, d;
    ALFI_HD void go_on(const Entry& step, int size) {
      m += step.m, d += step.d;
      if (d >= size) d -= size, ++m;
    }
  };

  static Index shared_bytes(int rows, int activation_rows) {
    return rounded_shared(activation_rows * tile_stride_of(rows) * static_cast<Index>(sizeof(T))) +
           2 * rounded_shared(rows * static_cast<Index>(sizeof(Index)));
  }
  template <class Block>
  ALFI_HD Memory take(Block& block, int activation_rows) const {
    Memory memory{};
    memory.activations = block.template shared<T>(activation_rows * stride());
    memory.set = block.template shared<Index>(rows);
    memory.row = block.template shared<Index>(rows);
    return memory;
  }

  ALFI_HD int stride() const { return tile_stride_of(rows); }
  ALFI_HD T* feature(const Memory& memory, int at) const { return memory.activations + at * stride(); }
  ALFI_HD T* valid(const Memory& memory) const { return memory.activations; }

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
    const int s = plan.by_chunk_rows.quotient(tile.begin + m);
    const Index segment = tile.first + s, set = plan.set_of(segment);
    const Index i = static_cast<Index>(plan.chunk_of(segment)) * plan.chunk_rows + tile.begin + m - s * plan.chunk_rows;
    return {set, i, segment < tile.end && i < plan.n_max && i < source.count(set)};
  }
  /// Whether any row of the tile exists, or might.
  ALFI_HD bool exists(const Tile& tile) const {
    if (source.counts == nullptr) return true;
    for (int s = from_segment(tile); s < to_segment(tile); ++s) {
      const int start = s * plan.chunk_rows - tile.begin;
      if (position(tile, start > 0 ? start : 0).exists) return true;
    }
    return false;
  }

  /// The tile's features, zeros in rows that are not valid.
  template <class Block>
  ALFI_HD void fill(Block& block, const Memory& memory, const Tile& tile) const {
    block.phase([&](const Lane& lane) {
      for (int m = lane.id; m < rows; m += lane.count) place(memory, m, fetch(tile, m));
    });
    fill_features(block, memory);
  }

  /// The same in two halves, with other work between a lane's fetch() and place(), in the phase before fill_features().
  struct Fetched {
    Index set, row;
    T first;  ///< the only feature, where there is one
  };
  /// Row m of the tile, or none where it has fewer.
  ALFI_HD Fetched fetch(const Tile& tile, int m) const {
    if (m >= rows) return {0, -1, T(0)};
    if (plan.chunks == 1 && source.counts == nullptr) {  // one after the other
      const Index row = tile.first * plan.n_max + tile.begin + m;
      const bool ok = row < tile.end * plan.n_max && source.valid(row);
      const Index set = tile.first + plan.by_chunk_rows.quotient(tile.begin + m);
      return {set, ok ? row : -1, ok && source.size == 1 ? source.feature(row, 0) : T(0)};
    }
    const Position p = position(tile, m);
    const Index row = p.set * plan.n_max + p.i;
    const bool ok = p.exists && source.valid(row);
    return {p.set, ok ? row : -1, ok && source.size == 1 ? source.feature(row, 0) : T(0)};
  }
  ALFI_HD void place(const Memory& memory, int m, const Fetched& fetched) const {
    if (m >= rows) return;
    memory.set[m] = fetched.set;
    memory.row[m] = fetched.row;
    valid(memory)[m] = fetched.row >= 0 ? T(1) : T(0);
    if (source.size == 1) feature(memory, 1)[m] = fetched.first;
  }
  template <class Block>
  ALFI_HD void fill_features(Block& block, const Memory& memory) const {
    if (source.size == 1) return;
    block.phase([&](const Lane& lane) {
      // Several loads at once: each takes long.
      constexpr int kAtOnce = 8;
      Entry entry{lane.id / source.size, lane.id % source.size};
      const Entry step{lane.count / source.size, lane.count % source.size};
      while (entry.m < rows) {
        T held[kAtOnce];
        const Entry first = entry;
        ALFI_UNROLL
        for (int u = 0; u < kAtOnce; ++u) {
          const Index row = entry.m < rows ? memory.row[entry.m] : -1;
          held[u] = row >= 0 ? source.feature(row, entry.d) : T(0);
          entry.go_on(step, source.size);
        }
        entry = first;
        ALFI_UNROLL
        for (int u = 0; u < kAtOnce; ++u) {
          if (entry.m < rows) feature(memory, 1 + entry.d)[entry.m] = held[u];
          entry.go_on(step, source.size);
        }
      }
    });
  }
};

/// Where a block's sums over the valid rows of its segments go.
template <class T>
struct SetSums {
  T *pools, *counts;  ///< [segments,features], [segments]: sums, and numbers of valid rows

  /// Adds a tile's rows to their segments' sums, in order; features begin at row `first` of memory. any: whether the
  /// tile was filled.
  template <class Block>
  ALFI_HD void add(Block& block, const SetRows<T>& sets, const typename SetRows<T>::Memory& memory,
                   const typename SetRows<T>::Tile& tile, int first, int features, bool any) const {
    block.phase([&](const Lane& lane) { add(lane, sets, memory, tile, sets.feature(memory, first), features, any); });
  }
  /// A lane's part; values: the first feature's.
  ALFI_HD void add(const Lane& lane, const SetRows<T>& sets, const typename SetRows<T>::Memory& memory,
                   const typename SetRows<T>::Tile& tile, const T* values, int features, bool any) const {
    const int from = sets.from_segment(tile), units = (sets.to_segment(tile) - from) * (features + 1);
    for (int u = lane.id; u < units; u += lane.count) {
      // The last "feature" is the number of valid rows.
      const int s = from + u / (features + 1), f = u % (features + 1), start = s * sets.plan.chunk_rows - tile.begin;
      T& place = f == features ? counts[tile.first + s] : pools[(tile.first + s) * features + f];
      const T* const own = f == features ? sets.valid(memory) : values + f * sets.stride();
      const int end = least_of(start + sets.plan.chunk_rows, sets.rows);
      T sum = start >= 0 ? T(0) : place;
      if (any) add_rows(own, sets.valid(memory), start > 0 ? start : 0, end, sum);
      place = sum;
    }
  }

 private:
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
