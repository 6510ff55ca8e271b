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

/// Columns side by side, of fewer than 2^30 numbers. A lane keeps its column, and so its part, and goes down the rows;
/// neighbouring lanes write neighbouring columns.
template <class T>
struct ConcatenateColumns {
  static constexpr const char* kName = "concatenate_columns";
  static constexpr int kLanes = 256, kTogether = 8;

  PlacedPart<const T> part[kMaxParts];
  int count;
  MatView<T> out;

  ALFI_HD Index blocks() const {
    constexpr Index kMost = 8 * kMultiprocessors, kRows = kLanes / 32 * kTogether;
    const Index blocks = out.cols > 0 ? (out.rows + kRows - 1) / kRows : 0;
    return blocks < kMost ? blocks : kMost;
  }
  std::size_t shared_bytes() const { return 0; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const int rows = static_cast<int>(out.rows), cols = static_cast<int>(out.cols);
    const int share = (rows + static_cast<int>(blocks()) - 1) / static_cast<int>(blocks());
    const int first = static_cast<int>(block.index()) * share, end = rows - first < share ? rows : first + share;
    block.phase([&](const Lane& lane) {
      const int across = lane.count < 32 ? 1 : 32, step = lane.count / across, own = lane.id / across;
      if (own >= step) return;
      for (int c = lane.id % across; c < cols; c += across) {
        int p = 0;
        while (p + 1 < count && c >= part[p + 1].offset) ++p;
        go_down(part[p], c, first + own, end, step);
      }
    });
  }

 private:
  ALFI_HD void go_down(const PlacedPart<const T>& own, int column, int first, int end, int step) const {
    const T* const from = own.view.data + (column - own.offset);
    const int across = static_cast<int>(own.view.cols), to_across = static_cast<int>(out.cols);
    T* const to = out.data + column;
    const Divisor by_repeat = own.by_repeat;
    for (int r = first; r < end; r += kTogether * step) {
      T value[kTogether];
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        const int row = r + u * step;
        value[u] = row < end ? from[by_repeat.quotient(row) * across] : T(0);
      }
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        const int row = r + u * step;
        if (row < end) to[row * to_across] = value[u];
      }
    }
  }
};

/// Added to the parts' gradients, no two of which are the same: all lanes go over the entries of one after the other.
template <class T>
struct ConcatenateColumnsAdjoint {
  static constexpr const char* kName = "concatenate_columns_adjoint";
  static constexpr int kLanes = 256, kTogether = 4;

  PlacedPart<T> part[kMaxParts];
  int count;
  Index largest;  ///< part's entries
  MatView<const T> d_out;

  ALFI_HD Index blocks() const {
    constexpr Index kMost = 8 * kMultiprocessors;
    const Index blocks = (largest + kLanes - 1) / kLanes;
    return blocks < kMost ? blocks : kMost;
  }
  std::size_t shared_bytes() const { return 0; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    block.phase([&](const Lane& lane) {
      const int first = static_cast<int>(block.index()) * lane.count + lane.id;
      const int step = static_cast<int>(blocks()) * lane.count;
      for (int p = 0; p < count; ++p) {
        if (part[p].repeat == 1) add(part[p], first, step);
        if (part[p].repeat > 1) add_up(part[p], first, step);
      }
    });
  }

 private:
  /// Where an entry's gradient begins.
  ALFI_HD int place_of(const PlacedPart<T>& own, int entry) const {
    const int r = own.by_cols.quotient(entry), cols = static_cast<int>(own.view.cols);
    const auto repeat = static_cast<int>(own.repeat), across = static_cast<int>(d_out.cols);
    return r * repeat * across + (entry - r * cols);
  }
  ALFI_HD void add(const PlacedPart<T>& own, int first, int step) const {
    T* const target = own.view.data;
    const T* const from = d_out.data + own.offset;
    const int entries = static_cast<int>(own.view.size());
    for (int e = first; e < entries; e += kTogether * step) {
      T sum[kTogether], term[kTogether];
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        if (u * step >= entries - e) continue;
        sum[u] = target[e + u * step];
        term[u] = from[place_of(own, e + u * step)];
      }
      ALFI_UNROLL
      for (int u = 0; u < kTogether; ++u) {
        if (u * step < entries - e) target[e + u * step] = sum[u] + term[u];
      }
    }
  }
  /// The sum over the rows that an entry stands for, in their order.
  ALFI_HD void add_up(const PlacedPart<T>& own, int first, int step) const {
    T* const target = own.view.data;
    const int entries = static_cast<int>(own.view.size()), across = static_cast<int>(d_out.cols);
    const auto repeat = static_cast<int>(own.repeat);
    for (int e = first; e < entries; e += step) {
      const T* const from = d_out.data + own.offset + place_of(own, e);
      T sum = target[e];
      for (int k = 0; k < repeat; k += kTogether) {
        T term[kTogether];
        ALFI_UNROLL
        for (int u = 0; u < kTogether; ++u) term[u] = k + u < repeat ? from[(k + u) * across] : T(0);
        ALFI_UNROLL
        for (int u = 0; u < kTogether; ++u) {
          if (k + u < repeat) sum += term[u];
        }
      }
      target[e] = sum;
    }
  }
};

/// What concatenate_columns() and its adjoint (kernels/shape.hpp) do on a GPU; defined where CUDA is compiled in. Throw
/// ShapeError where there are too many numbers.
template <class T>
void concatenate_on_gpu(const Context& context, const ColumnParts<const T>& parts, MatView<T> out);
template <class T>
void concatenate_adjoint_on_gpu(const Context& context, MatView<const T> d_out, const ColumnParts<T>& d_parts);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
