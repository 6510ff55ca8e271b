#pragma once
#include <algorithm>

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

inline Index existing_count(const kernels::SetPool& pool, Index set) {
  return pool.counts.empty() ? pool.n_max : pool.counts[set];
}
inline Index valid_count(const kernels::SetPool& pool, Index set) {
  const Index exist = existing_count(pool, set);
  if (pool.status.empty()) return exist;
  Index count = 0;
  for (Index i = 0; i < exist; ++i) count += pool.status[set * pool.n_max + i] == 0 ? 1 : 0;
  return count;
}

/// Consecutive rows of a tile that are consecutive rows of one set.
struct Segment {
  Index set;
  Index begin, end;
  Index source;  ///< where in x the first comes from
};

struct Tile {
  Index rows = 0;
  Index padded = 0;  ///< rows, filled up to whole vectors
  Index stride = 0;  ///< from one feature to the next
  Index segments = 0;
  Segment segment[kTileRows];
};

/// Walks over the tiles of a pool.
class TileWalk {
 public:
  TileWalk(const kernels::SetPool& pool, Index lanes) : pool_(pool), lanes_(lanes) {}

  /// Fills the next tile; false where no valid row is left.
  bool next(Tile& tile) {
    tile.rows = tile.segments = 0;
    while (set_ < pool_.sets && tile.rows < kTileRows) {
      const Index exist = existing_count(pool_, set_), first = set_ * pool_.n_max;
      const std::uint8_t* status = pool_.status.empty() ? nullptr : pool_.status.data + first;
      while (i_ < exist && status != nullptr && status[i_] != 0) ++i_;
      const Index begin = i_, last = std::min(exist, begin + kTileRows - tile.rows);
      while (i_ < last && (status == nullptr || status[i_] == 0)) ++i_;
      const Index end = tile.rows + (i_ - begin);
      if (i_ > begin) tile.segment[tile.segments++] = {set_, tile.rows, end, first + begin};
      tile.rows = end;
      if (i_ == exist) ++set_, i_ = 0;
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
  for (Index s = 0; s < tile.segments; ++s) {
    const Segment& segment = tile.segment[s];
    for (Index d = 0; d < x.cols; ++d) {
      const T* from = x.data + segment.source * x.cols + d;
      T* to = features + d * tile.stride + segment.begin;
      for (Index r = 0; r < segment.end - segment.begin; ++r) to[r] = from[r * x.cols];
    }
  }
  for (Index d = 0; d < x.cols; ++d) {
    for (Index r = tile.rows; r < tile.padded; ++r) features[d * tile.stride + r] = T(0);
  }
}

/// x(row) += the tile's features.
template <class T>
void scatter_rows(const Tile& tile, const T* features, MatView<T> x) {
  for (Index s = 0; s < tile.segments; ++s) {
    const Segment& segment = tile.segment[s];
    for (Index r = segment.begin; r < segment.end; ++r) {
      T* row = x.data + (segment.source + r - segment.begin) * x.cols;
      for (Index d = 0; d < x.cols; ++d) row[d] += features[d * tile.stride + r];
    }
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
  T count = T(0);
  for (Index s = 0; s < tile.segments; ++s) {
    const Segment& segment = tile.segment[s];
    if (s == 0 || segment.set != tile.segment[s - 1].set) count = static_cast<T>(valid_count(pool, segment.set));
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
