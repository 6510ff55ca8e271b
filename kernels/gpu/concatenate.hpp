#pragma once
#include "alfi/core/divisor.hpp"
#include "alfi/core/view.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"
#include "alfi/kernels/shape.hpp"

/// Columns side by side on a GPU, all parts in one launch. Several loads at once: each takes long.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// One part of a concatenation: its columns are offset .. offset + view.cols - 1 of the whole, its rows stand for
/// `repeat` of it each.
template <class T>
struct PlacedPart {
  MatView<T> view;
  Index offset, repeat;
  Divisor by_repeat, by_cols;

  static PlacedPart of(MatView<T> part, Index rows, Index offset) {
    const Index repeat = part.rows > 0 ? rows / part.rows : 0;
    return {part, offset, repeat, Divisor(repeat > 0 ? repeat : 1), Divisor(part.cols)};
  }
};

/// So many blocks, each of whose lanes has some work, if there is.
ALFI_HD inline Index blocks_for(Index work, Index of_block) {
  constexpr Index kMost = 1056;  // eight for each multiprocessor of a large GPU
  const Index blocks = (work + of_block - 1) / of_block;
  return blocks < kMost ? blocks : kMost;
}

/// A lane keeps its column, and so its part, and goes down the rows; neighbouring lanes write neighbouring columns.
template <class T>
struct ConcatenateColumns {
  static constexpr const char* kName = "concatenate_columns";
  static constexpr int kLanes = 256, kTogether = 8;

  PlacedPart<const T> part[kMaxParts];
  int count;
  MatView<T> out;

  Index blocks() const { return out.cols > 0 ? blocks_for(out.rows, kLanes / 32 * kTogether) : 0; }
  std::size_t shared_bytes() const { return 0; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index share = (out.rows + blocks_now() - 1) / blocks_now(), first = block.index() * share;
    const Index end = first + share < out.rows ? first + share : out.rows;
    block.phase([&](const Lane& lane) {
      const int across = lane.count < 32 ? 1 : 32, rows_at_once = lane.count / across;
      if (lane.id / across >= rows_at_once) return;
      for (Index c = lane.id % across; c < out.cols; c += across) {
        int p = 0;
        while (p + 1 < count && c >= part[p + 1].offset) ++p;
        go_down(part[p], c, first + lane.id / across, end, rows_at_once);
      }
    });
  }

 private:
  ALFI_HD Index blocks_now() const { return blocks_for(out.rows, kLanes / 32 * kTogether); }
  ALFI_HD void go_down(const PlacedPart<const T>& own, Index column, Index first, Index end, int step) const {
    const T* const from = own.view.data + (column - own.offset);
    const Index across = own.view.cols, to_across = out.cols;
    T* const to = out.data + column;
    const Divisor by_repeat = own.by_repeat;
    for (Index r = first; r < end; r += kTogether * step) {
      T value[kTogether];
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        const Index row = r + u * step;
        value[u] = row < end ? from[by_repeat.quotient(row) * across] : T(0);
      }
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        const Index row = r + u * step;
        if (row < end) to[row * to_across] = value[u];
      }
    }
  }
};

/// Added to the parts' gradients, no two of which are the same: every block takes its share of each part's entries.
template <class T>
struct ConcatenateColumnsAdjoint {
  static constexpr const char* kName = "concatenate_columns_adjoint";
  static constexpr int kLanes = 256, kTogether = 4;

  PlacedPart<T> part[kMaxParts];
  int count;
  Index largest;  ///< part's entries
  MatView<const T> d_out;

  ALFI_HD Index blocks() const { return blocks_for(largest, kLanes); }
  std::size_t shared_bytes() const { return 0; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    block.phase([&](const Lane& lane) {
      for (int p = 0; p < count; ++p) {
        const Index entries = part[p].view.size(), share = (entries + blocks() - 1) / blocks();
        const Index first = block.index() * share, end = first + share < entries ? first + share : entries;
        add(part[p], first + lane.id, end, lane.count);
      }
    });
  }

 private:
  /// Of every step-th entry, the sum over the rows that it stands for, in their order.
  ALFI_HD void add(const PlacedPart<T>& own, Index first, Index end, int step) const {
    T* const target = own.view.data;
    const T* const from = d_out.data + own.offset;
    const Index cols = own.view.cols, across = d_out.cols, repeat = own.repeat;
    const Divisor by_cols = own.by_cols;
    if (repeat == 0) return;
    for (Index e = first; e < end; e += kTogether * step) {
      T sum[kTogether], term[kTogether];
      Index place[kTogether];
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        const Index entry = e + u * step < end ? e + u * step : first, r = by_cols.quotient(entry);
        place[u] = r * repeat * across + (entry - r * cols);
        sum[u] = target[entry];
        term[u] = from[place[u]];
      }
      for (Index k = 0; k < repeat; ++k) {
        ALFI_UNROLL
        for (int u = 0; u < kTogether; ++u) {
          sum[u] += term[u];
          if (k + 1 < repeat) term[u] = from[place[u] + (k + 1) * across];
        }
      }
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        if (e + u * step < end) target[e + u * step] = sum[u];
      }
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
