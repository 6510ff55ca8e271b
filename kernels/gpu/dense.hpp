#pragma once
#include <cmath>

#include "alfi/kernels/gpu/product.hpp"
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
  ALFI_HD bool rows_along(int) const { return a.along(); }
  ALFI_HD bool columns_along(int) const { return first.lines.along(); }
  ALFI_HD bool sums_rows(const Place& place) const { return row_sums != nullptr && place.column_tile == 0; }

  template <int kCols>
  ALFI_HD void finish(const Lane& lane, const Place& place, int tile_rows, const TileSums<T>& sums) const {
    for (int item = lane.id; item < tile_rows * kCols; item += lane.count) {
      const int i = item / kCols, j = item % kCols;
      const Index m = place.row + i, n = place.column_tile * kCols + j;
      if (m >= row_count) break;
      if (n < first.cols) {
        store(first, place, m, n, sums(i, j));
      } else if (n - first.cols < second.cols) {
        store(second, place, m, n - first.cols, sums(i, j));
      }
    }
    if (!sums_rows(place)) return;
    for (int i = lane.id; i < tile_rows && place.row + i < row_count; i += lane.count) {
      row_sums[place.part * out_part + (place.row + i) * row_sums_row] = sums.rows[i];
    }
  }

  ALFI_HD void store(const ColumnSet<T>& set, const Place& place, Index m, Index n, T sum) const {
    T& out = set.out[place.part * out_part + m * set.out_row + n];
    if (accumulate) {
      out += sum;
    } else {
      out = activate(activation, bias == nullptr ? sum : bias[n] + sum);
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
