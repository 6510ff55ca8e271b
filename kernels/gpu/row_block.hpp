#pragma once
#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/tile.hpp"
#include "alfi/kernels/linear.hpp"
#include "alfi/kernels/shape.hpp"

/// What programs share that take a few rows through several products without leaving shared memory, so that a small
/// batch costs one launch and not one for each product. A block has kRows rows; activations lie [feature][kStride],
/// rows along memory; weights [outputs][weight_stride_of(inputs)] with the bias behind the inputs. A unit of work is
/// one feature of kPack rows, and each sum has one owner, in the order of its terms.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct RowBlock {
  static constexpr int kRows = 16, kStride = tile_stride_of(kRows);
  static constexpr int kPack = 16 / static_cast<int>(sizeof(T)), kGroups = kRows / kPack;

  static Index blocks(Index rows) { return (rows + kRows - 1) / kRows; }
  /// Elements of an array of so many features, and of a layer's weights.
  ALFI_HD static Index activations(Index features) { return features * kStride; }
  ALFI_HD static Index weights(Index outputs, Index inputs) {
    return outputs * weight_stride_of(static_cast<int>(inputs));
  }

  /// body(row, col) for the entries of a matrix, neighbouring lanes along a row; no division but by lanes' number.
  template <class Body>
  ALFI_HD static void entries(const Lane& lane, int rows, int cols, const Body& body) {
    if (cols == 0) return;
    const int down = lane.count / cols, across = lane.count % cols;
    for (int row = lane.id / cols, col = lane.id % cols; row < rows; row += down, col += across) {
      if (col >= cols) {
        col -= cols;
        if (++row >= rows) return;
      }
      body(row, col);
    }
  }

  /// weight [outputs, inputs], bias [outputs] or null: zeros. finish_copies() ends it.
  ALFI_HD static void load_weights(const Lane& lane, const T* weight, const T* bias, int outputs, int inputs, T* to) {
    const int stride = weight_stride_of(inputs);
    entries(lane, outputs, inputs,
            [&](int n, int k) { copy_async(to + n * stride + k, weight, n * inputs + k, true); });
    for (int n = lane.id; n < outputs; n += lane.count) copy_async(to + n * stride + inputs, bias, n, bias != nullptr);
  }

  /// Of the block's rows [first, first + kRows) of a matrix the columns [0, cols), the rows being `row` apart.
  ALFI_HD static void load_rows(const Lane& lane, const T* from, Index row, Index first, Index rows, int cols, T* to) {
    entries(lane, kRows, cols,
            [&](int m, int c) { copy_async(to + c * kStride + m, from, (first + m) * row + c, first + m < rows); });
  }

  /// body(feature, first of kPack rows) for every unit: neighbouring lanes have neighbouring features.
  template <class Body>
  ALFI_HD static void units(const Lane& lane, int features, const Body& body) {
    for (int u = lane.id; u < features * kGroups; u += lane.count) body(u % features, u / features * kPack);
  }

  /// sum[r] += sum over k of weight[k] in[k][m + r].
  ALFI_HD static void add_forward(T (&sum)[kPack], const T* weight, const T* in, int m, int inputs) {
    const T* x = in + m;
    int k = 0;
    for (; k + kPack <= inputs; k += kPack) {
      const auto factor = neighbours<kPack>(weight + k);
      ALFI_UNROLL
      for (int c = 0; c < kPack; ++c, x += kStride) add_scaled_rows(sum, factor.v[c], x);
    }
    for (; k < inputs; ++k, x += kStride) add_scaled_rows(sum, weight[k], x);
  }

  /// sum[r] += sum over n of weight[n][k] d[n][m + r].
  ALFI_HD static void add_adjoint(T (&sum)[kPack], const T* weight, int weight_stride, int k, const T* d, int m,
                                  int outputs) {
    const T *column = weight + k, *x = d + m;
    for (int n = 0; n < outputs; ++n, column += weight_stride, x += kStride) add_scaled_rows(sum, *column, x);
  }

  /// body(row of the matrix, r) for the rows of a unit that exist.
  template <class Body>
  ALFI_HD static void rows_of_unit(Index first, Index rows, int m, const Body& body) {
    ALFI_UNROLL
    for (int r = 0; r < kPack; ++r) {
      if (first + m + r < rows) body(first + m + r, r);
    }
  }

  /// place(row) += sum[r] for the rows of a unit that exist, those loaded at once: each load takes long.
  template <class Place>
  ALFI_HD static void add_to_rows(Index first, Index rows, int m, const T (&sum)[kPack], const Place& place) {
    T before[kPack] = {};
    rows_of_unit(first, rows, m, [&](Index row, int r) { before[r] = place(row); });
    rows_of_unit(first, rows, m, [&](Index row, int r) { place(row) = before[r] + sum[r]; });
  }

 private:
  ALFI_HD static void add_scaled_rows(T (&sum)[kPack], T factor, const T* x) {
    const auto values = neighbours<kPack>(x);
    ALFI_UNROLL
    for (int r = 0; r < kPack; ++r) sum[r] += factor * values.v[r];
  }
};

/// More of a block's shared memory than this is left to the products that tile it: a multiprocessor holds two blocks.
constexpr std::size_t kMostRowBlockBytes = 100 * 1024;

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
