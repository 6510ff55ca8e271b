#pragma once
#include "alfi/kernels/gpu/tile.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// TileFma's weight_gradient on tensor cores: gradient[n][k] += sum_m out[n][m] in[k][m], and the same with ones[m] for
/// the bias. A warp computes results of 32 x 32, or less where there are few; with rows of 4 more than a multiple of
/// 8 numbers its loads are in different banks.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// kRounded: what is multiplied has 11 significant bits already, unless it is to be split. kPitch: the stride.
template <bool kThree, bool kRounded, int kPitch>
struct TileGradient {
  /// l.rows: a multiple of 16.
  template <class Block>
  ALFI_HD static void add(Block& block, const TileLayer<float>& l, const float* ones, float* gradient) {
    block.warps([&](const auto& warp) {
      // The largest piece that leaves no warp idle.
      if (pieces(l, 32, 32) >= warp.count()) {
        units<2, 4>(block, warp, l, ones, gradient);
      } else if (pieces(l, 16, 32) >= warp.count()) {
        units<1, 4>(block, warp, l, ones, gradient);
      } else {
        units<1, 2>(block, warp, l, ones, gradient);
      }
    });
  }

 private:
  static constexpr int kAtOnce = 2;  ///< products before they are added to the sum

  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  ALFI_HD static int pieces(const TileLayer<float>& l, int rows, int cols) {
    return (l.outputs + rows - 1) / rows * ((l.inputs + cols) / cols);
  }

  template <int kRowTiles, int kColTiles, class Block, class Warp>
  ALFI_HD static void units(const Block& block, const Warp& warp, const TileLayer<float>& l, const float* ones,
                            float* gradient) {
    constexpr int kRows = 16 * kRowTiles, kCols = 8 * kColTiles;
    const int across = (l.inputs + kCols) / kCols, count = pieces(l, kRows, kCols);
    // Blocks begin at different warps, so that units which do not fill all warps load a multiprocessor alike.
    const int first = (warp.id() + static_cast<int>(block.index() % 32)) % warp.count();
    for (int u = first; u < count; u += warp.count()) {
      unit<kRowTiles, kColTiles>(warp, l, ones, gradient, u / across * kRows, u % across * kCols);
    }
  }

  /// Results from (row, col). Rows and columns that do not exist are computed as the last ones.
  template <int kRowTiles, int kColTiles, class Warp>
  ALFI_HD static void unit(const Warp& warp, const TileLayer<float>& l, const float* ones, float* gradient, int row,
                           int col) {
    PerLane<Warp, Accumulator> sum[kRowTiles][kColTiles];
    // Where a lane's rows of matrices begin (warp.load_matrices()).
    PerLane<Warp, const float*> left[kRowTiles], right[kColTiles];
    warp.each([&](int lane) {
      const int q = lane / 8, r = lane % 8;
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kColTiles; ++j) sum[i][j][lane] = Accumulator{};
        left[i][lane] = l.out + least_of(row + 16 * i + q % 2 * 8 + r, l.outputs - 1) * kPitch + q / 2 * 4;
      }
      ALFI_UNROLL
      for (int j = 0; j < kColTiles; ++j) {
        const int k = col + 8 * j + r;
        right[j][lane] = (k < l.inputs ? l.in + k * kPitch : ones) + q * 4;
      }
    });
    for (int m = 0; m < l.rows; m += 8 * kAtOnce) step(warp, l, left, right, col, m, sum);
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kColTiles; ++j) {
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) {
            const int n = row + 16 * i + lane / 4 + e / 2 * 8, k = col + 8 * j + lane % 4 * 2 + e % 2;
            if (n < l.outputs && k <= l.inputs) gradient[n * l.weight_stride + k] += sum[i][j][lane].v[e];
          }
        }
      }
    });
  }

  /// Some rows of the tile, from m on.
  template <int kRowTiles, int kColTiles, class Warp>
  ALFI_HD static void step(const Warp& warp, const TileLayer<float>& l,
                           const PerLane<Warp, const float*> (&left)[kRowTiles],
                           const PerLane<Warp, const float*> (&right)[kColTiles], int col, int m,
                           PerLane<Warp, Accumulator> (&sum)[kRowTiles][kColTiles]) {
    // All loads before the first product, which waits for them.
    PerLane<Warp, FactorA> loaded_a[kRowTiles][kAtOnce], loaded_b[kColTiles];
    ALFI_UNROLL
    for (int i = 0; i < kRowTiles; ++i) {
      ALFI_UNROLL
      for (int h = 0; h < kAtOnce; ++h) load(warp, left[i], m + 8 * h, loaded_a[i][h]);
    }
    ALFI_UNROLL
    for (int j = 0; j < kColTiles; ++j) load(warp, right[j], m, loaded_b[j]);
    TensorFactor<kThree, Warp, FactorA> a[kRowTiles][kAtOnce];
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int e = 0; e < 4 * kAtOnce; ++e) set(a[i][e / 4], lane, e % 4, loaded_a[i][e / 4][lane].v[e % 4]);
      }
    });
    ALFI_UNROLL
    for (int j = 0; j < kColTiles; ++j) {
      if (col + 8 * j > l.inputs) continue;  // all lanes alike
      TensorFactor<kThree, Warp, FactorB> b[kAtOnce];
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int e = 0; e < 2 * kAtOnce; ++e) set(b[e / 2], lane, e % 2, loaded_b[j][lane].v[e]);
      });
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) add_products(warp, sum[i][j], a[i], b);
    }
  }
  template <class Warp>
  ALFI_HD static void load(const Warp& warp, const PerLane<Warp, const float*>& rows, int m,
                           PerLane<Warp, FactorA>& loaded) {
    PerLane<Warp, const float*> from;
    warp.each([&](int lane) { from[lane] = rows[lane] + m; });
    warp.load_matrices(from, loaded);
  }
  template <class Factor>
  ALFI_HD static void set(Factor& factor, int lane, int entry, float x) {
    kRounded ? factor.set_rounded(lane, entry, x) : factor.set(lane, entry, x);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
