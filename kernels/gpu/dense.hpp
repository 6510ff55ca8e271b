#pragma once
#include <cmath>

#include "alfi/kernels/gpu/register_product.hpp"
#include "alfi/kernels/linear.hpp"

/// Products of dense layers on a GPU.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
ALFI_HD T activate(Activation activation, T x) {
  if (activation == Activation::relu) return x > T(0) ? x : T(0);
  return activation == Activation::tanh ? std::tanh(x) : x;
}

/// d_y becomes the gradient before the nonlinearity.
template <class T>
struct ActivationAdjoint {
  static constexpr const char* kName = "activation_adjoint";
  Activation activation;
  const T* y;
  T* d_y;
  ALFI_HD void operator()(Index i) const {
    if (activation == Activation::relu && !(y[i] > T(0))) d_y[i] = T(0);
    if (activation == Activation::tanh) d_y[i] *= T(1) - y[i] * y[i];
  }
};

/// Columns of a product with their own factors and their own place to go.
template <class T>
struct ColumnSet {
  Lines<T> lines = {};
  Index cols = 0;
  T* out = nullptr;  ///< null: not wanted
  Index out_row = 0;
};

/// out(m, n) = activation(sum over k of a(m, k) b(n, k) + bias(n)), or += the sum; n in the first set of columns, then
/// the second. With parts, k is split into pieces of part_depth and the result of each has its own place, out_part
/// apart.
template <class T>
struct DenseJob {
  static constexpr const char* kName = "dense_product";
  static constexpr int kTerms = 1;
  static constexpr bool kAlong = false;
  Lines<T> a;
  Index row_count = 0, sum_size = 0;
  ColumnSet<T> first, second;
  Index part_count = 1, part_depth = 0, out_part = 0;
  const T* bias = nullptr;
  Activation activation = Activation::none;
  bool accumulate = false;
  T* row_sums = nullptr;  ///< where wanted: sum over k of a(m, k), row_sums_row apart
  Index row_sums_row = 0;

  ALFI_HD Index parts() const { return part_count; }
  ALFI_HD Index rows() const { return row_count; }
  ALFI_HD Index column_tiles(int cols) const {
    const Index tiles = (first.cols + second.cols + cols - 1) / cols;
    return tiles == 0 && row_sums != nullptr ? 1 : tiles;
  }
  ALFI_HD Depth depth(const Place& place, int) const {
    if (part_count == 1) return {0, sum_size};
    const Index begin = place.part * part_depth, end = begin + part_depth;
    return {begin < sum_size ? begin : sum_size, end < sum_size ? end : sum_size};
  }
  ALFI_HD Line<T> row(int, Index m) const { return a[m]; }
  template <int kCols>
  ALFI_HD Line<T> column(const Place& place, int, int j) const {
    const Index n = place.column_tile * kCols + j;
    if (n < first.cols) return first.lines[n];
    return n - first.cols < second.cols ? second.lines[n - first.cols] : Line<T>{nullptr, 0};
  }
  ALFI_HD bool rows_along() const { return a.along(); }
  ALFI_HD bool columns_along() const { return first.lines.along(); }
  ALFI_HD bool rows_in_fours(int) const { return in_fours(a, row_count); }
  ALFI_HD bool columns_in_fours(int) const {
    return in_fours(first.lines, first.cols) && in_fours(second.lines, second.cols);
  }
  ALFI_HD bool sums_rows(const Place& place) const { return row_sums != nullptr && place.column_tile == 0; }

  /// Neighbouring lanes have neighbouring columns; a lane keeps its columns.
  template <int kCols>
  ALFI_HD void finish(const Lane& lane, const Place& place, int tile_rows, const TileSums<T>& sums) const {
    const int across = least_of(lane.count, kCols), down = lane.count / across;
    const Index left = row_count - place.row;
    const int rows = left < tile_rows ? static_cast<int>(left) : tile_rows;
    for (int j = lane.id % across; j < kCols && lane.id < across * down; j += across) {
      const Index n = place.column_tile * kCols + j;
      if (n < first.cols) {
        store_column(first, place, n, lane.id / across, down, rows, j, sums);
      } else if (n - first.cols < second.cols) {
        store_column(second, place, n - first.cols, lane.id / across, down, rows, j, sums);
      }
    }
    if (!sums_rows(place)) return;
    for (int i = lane.id; i < rows; i += lane.count) {
      row_sums[place.part * out_part + (place.row + i) * row_sums_row] = sums.rows[i];
    }
  }

 private:
  /// Column n of the set, column j of the tile, from row `begin` on. What is added to is loaded at once for several
  /// rows: each load takes long.
  ALFI_HD void store_column(const ColumnSet<T>& set, const Place& place, Index n, int begin, int step, int rows, int j,
                            const TileSums<T>& sums) const {
    constexpr int kAtOnce = 8;
    T* out = set.out + place.part * out_part + (place.row + begin) * set.out_row + n;
    const Index further = step * set.out_row;
    const T offset = bias == nullptr ? T(0) : bias[n];
    for (int i = begin; i < rows; i += kAtOnce * step, out += kAtOnce * further) {
      T before[kAtOnce] = {};
      if (accumulate) {
        ALFI_UNROLL
        for (int u = 0; u < kAtOnce; ++u) before[u] = i + u * step < rows ? out[u * further] : T(0);
      }
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        if (i + u * step >= rows) break;
        const T sum = sums(i + u * step, j);
        out[u * further] = accumulate ? before[u] + sum : activate(activation, bias == nullptr ? sum : offset + sum);
      }
    }
  }
  ALFI_HD bool in_fours(const Lines<T>& lines, Index count) const {
    return count == 0 || (lines.in_fours(count) && (part_count == 1 || !lines.along()));
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
