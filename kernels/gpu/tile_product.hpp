#pragma once
#include "alfi/kernels/gpu/copy_async.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// The inner part of a matrix product, all in shared memory: c[i, j] += sum over k < depth of a[k, i] b[k, j].
/// A tile's shape, and how its sums are computed: FullPrecision<T>, or TensorCores for float.
/// The sum over a piece of depth begins at zero, in registers, in the order of k, and is then added to c. So it is the
/// same in every shape of tile and for any number of lanes (no lane keeps anything from one phase to the next), pieces'
/// rounding errors do not grow with each other, and c's way through shared memory costs a sixth of the traffic that a
/// piece of kDepthPiece needs anyway.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The smaller of two.
ALFI_HD constexpr int least_of(int a, int b) { return a < b ? a : b; }

/// Depth of a piece.
constexpr int kDepthPiece = 32;

/// 64 x 64 by 128 lanes: 8 x 4 sums a lane, so that 12 values read from shared memory serve 32 multiply-adds. For
/// double.
struct LargeTile {
  static constexpr int kRows = 64, kCols = 64, kLanes = 128;
  static constexpr int kLaneRows = 8, kLaneCols = 4;
  static constexpr int kWarpRows = 32, kWarpCols = 32;
};
/// 16 x 32 by 64 lanes: for products of few rows, which would leave most of a GPU idle in large tiles.
struct SmallTile {
  static constexpr int kRows = 16, kCols = 32, kLanes = 64;
  static constexpr int kLaneRows = 2, kLaneCols = 4;
  static constexpr int kWarpRows = 16, kWarpCols = 16;
};

/// N neighbours read from shared memory at once, in 16 bytes where they have them.
template <class T, int N>
struct alignas(sizeof(T) * N < 16 ? sizeof(T) * N : 16) Neighbours {
  T v[N];
};
template <int N, class T>
ALFI_HD Neighbours<T, N> neighbours(const T* from) {
  return *reinterpret_cast<const Neighbours<T, N>*>(from);
}

/// Multiply-adds in T.
template <class T>
struct FullPrecision {
  /// A row of a tile in shared memory is longer by this: lanes that load 8 k's of 4 lines (float; of 2: double) at once
  /// then write to different banks, and neighbours stay aligned.
  static constexpr int kPad = 16 / static_cast<int>(sizeof(T));

  template <class Tile, class Block, class Prepare>
  ALFI_HD static void step(Block& block, const T* a, const T* b, T* c, int depth, const Prepare& prepare) {
    block.phase([&](const Lane& lane) {
      prepare(lane);
      constexpr int kParts = Tile::kRows * Tile::kCols / (Tile::kLaneRows * Tile::kLaneCols);
      for (int part = lane.id; part < kParts; part += lane.count) {
        // 32 neighbouring parts are 4 x 8: no two of them read different addresses of one bank.
        constexpr int kAcross = Tile::kCols / (8 * Tile::kLaneCols);
        const int warp = part / 32, within = part % 32;
        const int row = (warp / kAcross * 4 + within / 8) * Tile::kLaneRows;
        const int col = (warp % kAcross * 8 + within % 8) * Tile::kLaneCols;
        multiply<Tile>(a + row, b + col, c + row * (Tile::kCols + kPad) + col, depth);
      }
      finish_copies();
    });
  }

 private:
  template <class Tile>
  ALFI_HD static void multiply(const T* a, const T* b, T* c, int depth) {
    constexpr int kRows = Tile::kLaneRows, kCols = Tile::kLaneCols, kUnrolled = 8;
    T sum[kRows][kCols] = {};
    for (int first = 0; first < depth; first += kUnrolled) {
      for (int k = 0; k < kUnrolled; ++k) {
        const auto left = neighbours<kRows>(a + (first + k) * (Tile::kRows + kPad));
        const auto right = neighbours<kCols>(b + (first + k) * (Tile::kCols + kPad));
        for (int i = 0; i < kRows; ++i) {
          for (int j = 0; j < kCols; ++j) sum[i][j] += left.v[i] * right.v[j];
        }
      }
    }
    for (int i = 0; i < kRows; ++i) {
      auto& row = *reinterpret_cast<Neighbours<T, kCols>*>(c + i * (Tile::kCols + kPad));
      Neighbours<T, kCols> updated = row;
      for (int j = 0; j < kCols; ++j) updated.v[j] += sum[i][j];
      row = updated;
    }
  }
};

/// Tensor cores' products of floats, factors rounded to 11 bits (kernels/gpu/warp.hpp).
struct TensorCores {
  static constexpr int kPad = 8;  ///< a fragment's 4 k's by 8 lines are then in 32 banks

  template <class Tile, class Block, class Prepare>
  ALFI_HD static void step(Block& block, const float* a, const float* b, float* c, int depth, const Prepare& prepare) {
    block.warps([&](const auto& warp) {
      warp.each([&](int lane) { prepare(Lane{warp.id() * 32 + lane, warp.count() * 32}); });
      constexpr int kAcross = Tile::kCols / Tile::kWarpCols;
      for (int part = warp.id(); part < Tile::kRows / Tile::kWarpRows * kAcross; part += warp.count()) {
        const int row = part / kAcross * Tile::kWarpRows, col = part % kAcross * Tile::kWarpCols;
        multiply<Tile>(warp, a + row, b + col, c + row * (Tile::kCols + kPad) + col, depth);
      }
      finish_copies();
    });
  }

 private:
  template <class Warp, class Fragment>
  using PerLane = typename Warp::template PerLane<Fragment>;

  template <class Warp, class Factor>
  using Rounded = TensorFactor<false, Warp, Factor>;

  template <class Tile, class Warp>
  ALFI_HD static void multiply(const Warp& warp, const float* a, const float* b, float* c, int depth) {
    constexpr int kRows = Tile::kWarpRows / 16, kCols = Tile::kWarpCols / 8, kStride = Tile::kCols + kPad;
    PerLane<Warp, Accumulator> sum[kRows][kCols];
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kCols; ++j) warp.each([&](int lane) { sum[i][j][lane] = Accumulator{}; });
    }
    for (int k = 0; k < depth; k += 8) {
      Rounded<Warp, FactorA> left[kRows];
      for (int i = 0; i < kRows; ++i) load_a<Tile::kRows + kPad>(warp, a + k * (Tile::kRows + kPad) + 16 * i, left[i]);
      for (int j = 0; j < kCols; ++j) {
        Rounded<Warp, FactorB> right;
        load_b<kStride>(warp, b + k * kStride + 8 * j, right);
        for (int i = 0; i < kRows; ++i) warp.multiply_add(sum[i][j], left[i].high, right.high);
      }
    }
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kCols; ++j) add<kStride>(warp, sum[i][j], c + 16 * i * kStride + 8 * j);
    }
  }

  template <int kStride, class Warp>
  ALFI_HD static void load_a(const Warp& warp, const float* a, Rounded<Warp, FactorA>& factor) {
    warp.each([&](int lane) {
      const float* own = a + lane % 4 * kStride + lane / 4;
      for (int e = 0; e < 4; ++e) factor.set(lane, e, own[e / 2 * 4 * kStride + e % 2 * 8]);
    });
  }
  template <int kStride, class Warp>
  ALFI_HD static void load_b(const Warp& warp, const float* b, Rounded<Warp, FactorB>& factor) {
    warp.each([&](int lane) {
      const float* own = b + lane % 4 * kStride + lane / 4;
      for (int e = 0; e < 2; ++e) factor.set(lane, e, own[e * 4 * kStride]);
    });
  }
  template <int kStride, class Warp>
  ALFI_HD static void add(const Warp& warp, const PerLane<Warp, Accumulator>& sum, float* c) {
    warp.each([&](int lane) {
      for (int e = 0; e < 4; e += 2) {
        auto& pair = *reinterpret_cast<Neighbours<float, 2>*>(c + (lane / 4 + e * 4) * kStride + lane % 4 * 2);
        const Neighbours<float, 2> old = pair;
        pair = {old.v[0] + sum[lane].v[e], old.v[1] + sum[lane].v[e + 1]};
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
