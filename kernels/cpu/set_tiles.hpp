#pragma once
#include "alfi/kernels/cpu/table.hpp"
#include "alfi/kernels/set_encoder.hpp"

/// The valid rows of all sets, in order, cut into tiles: a tile may hold several sets, a set may span several tiles.
/// Inside a tile a feature's values for all rows are contiguous (row across lanes), so that sets of any size and
/// layers of any width waste no lane but a tile's last few.

namespace alfi {
inline namespace v0 {
namespace cpu {

inline Index rounded_up(Index size, Index step) { return (size + step - 1) / step * step; }
/// From one feature to the next: an odd number of lanes, so that features spread over all sets of a cache.
inline Index tile_stride(Index rows) { return (rounded_up(rows, kLane) / kLane | 1) * kLane; }

inline bool is_valid(const kernels::SetPool& pool, Index set, Index i) {
  if (!pool.counts.empty() && i >= pool.counts[set]) return false;
  return pool.status.empty() || pool.status[set * pool.n_max + i] == 0;
}
inline Index valid_count(const kernels::SetPool& pool, Index set) {
  const Index exist = pool.counts.empty() ? pool.n_max : pool.counts[set];
  if (pool.status.empty()) return exist;
  Index count = 0;
  for (Index i = 0; i < exist; ++i) count += pool.status[set * pool.n_max + i] == 0 ? 1 : 0;
  return count;
}

/// Consecutive rows of a tile that belong to one set.
struct Segment {
  Index set;
  Index begin, end;
};

struct Tile {
  Index rows = 0;
  Index padded = 0;  ///< rows, filled up to whole vectors
  Index stride = 0;  ///< from one feature to the next
  Index segments = 0;
  Segment segment[kTileRows];
  Index source[kTileRows];  ///< where in x the row comes from
};

/// Walks over the tiles of a pool.
class TileWalk {
 public:
  TileWalk(const kernels::SetPool& pool, Index lanes) : pool_(pool), lanes_(lanes) {}

  /// Fills the next tile; false where no valid row is left.
  bool next(Tile& tile) {
    tile.rows = tile.segments = 0;
    for (; set_ < pool_.sets; ++set_, i_ = 0) {
      const Index begin = tile.rows;
      for (; i_ < pool_.n_max && tile.rows < kTileRows; ++i_) {
        if (is_valid(pool_, set_, i_)) tile.source[tile.rows++] = set_ * pool_.n_max + i_;
      }
      if (tile.rows > begin) tile.segment[tile.segments++] = {set_, begin, tile.rows};
      if (i_ < pool_.n_max) break;
      if (tile.rows == kTileRows) break;
    }
    tile.padded = rounded_up(tile.rows, lanes_);
    tile.stride = tile_stride(tile.rows);
    return tile.rows > 0;
  }

 private:
  kernels::SetPool pool_;
  Index lanes_;
  Index set_ = 0, i_ = 0;
};

/// x of the tile's rows, a feature after another, 0 behind the last row.
template <class T>
void gather_rows(const Tile& tile, MatView<const T> x, T* features) {
  for (Index d = 0; d < x.cols; ++d) {
    T* feature = features + d * tile.stride;
    for (Index r = 0; r < tile.rows; ++r) feature[r] = x.data[tile.source[r] * x.cols + d];
    for (Index r = tile.rows; r < tile.padded; ++r) feature[r] = T(0);
  }
}

/// x(row) += the tile's features.
template <class T>
void scatter_rows(const Tile& tile, const T* features, MatView<T> x) {
  for (Index r = 0; r < tile.rows; ++r) {
    T* row = x.data + tile.source[r] * x.cols;
    for (Index d = 0; d < x.cols; ++d) row[d] += features[d * tile.stride + r];
  }
}

/// sums(set, feature) += the set's rows, one after the other: the sum of a set does not depend on where it lies.
template <class T>
void pool_rows(const Tile& tile, const T* features, MatView<T> sums) {
  for (Index s = 0; s < tile.segments; ++s) {
    const Segment& segment = tile.segment[s];
    table<T>().pool({sums.cols, tile.stride, segment.begin, segment.end, features, sums.row(segment.set).data, nullptr,
                     T(1), nullptr});
  }
}

/// d_features of each row = its set's gradients divided by the set's number of valid rows, times the slope of the
/// activation, tanh or ReLU, that gave the features; 0 behind the last row.
template <class T>
void spread_rows(const Tile& tile, const kernels::SetPool& pool, MatView<const T> d_values,
                 kernels::Activation activation, const T* features, T* d_features) {
  const auto spread = activation == kernels::Activation::tanh ? table<T>().spread_tanh : table<T>().spread_relu;
  for (Index s = 0; s < tile.segments; ++s) {
    const Segment& segment = tile.segment[s];
    const T count = static_cast<T>(valid_count(pool, segment.set));
    spread({d_values.cols, tile.stride, segment.begin, segment.end, features, nullptr, d_values.row(segment.set).data,
            count, d_features});
  }
  for (Index f = 0; f < d_values.cols; ++f) {
    for (Index r = tile.rows; r < tile.padded; ++r) d_features[f * tile.stride + r] = T(0);
  }
}

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
