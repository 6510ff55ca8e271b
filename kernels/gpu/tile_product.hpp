#pragma once
#include <type_traits>

#include "alfi/kernels/gpu/copy_async.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// The inner part of a matrix product, all in shared memory: c[i, j] += sum over k < depth of a(i, k) b(j, k), of a
/// tile's rows i and columns j. A side lies as it came from memory (Side): by lines, whose k's are neighbours, or by
/// depth, where neighbouring lines are. A tile's shape, and how its sums are computed: FullPrecision<T>, or TensorCores
/// for float.
/// The sum over a piece of depth begins at zero, in registers, in the order of k, and is then added to c. So it is the
/// same in every shape of tile and for any number of lanes (no lane keeps anything from one phase to the next), pieces'
/// rounding errors do not grow with each other, and c's way through shared memory costs a sixth of the traffic that a
/// piece of kDepthPiece needs anyway.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Depth of a piece; what is multiplied at once, a multiple of which it has (zeros fill the rest).
constexpr int kDepthPiece = 32, kDepthStep = 8;

/// 64 x 64 by 128 lanes: 8 x 4 sums a lane, so that 12 values read from shared memory serve 32 multiply-adds.
struct LargeTile {
  static constexpr int kRows = 64, kCols = 64, kLanes = 128;
  static constexpr int kLaneRows = 8, kLaneCols = 4;
  static constexpr int kWarpRows = 32, kWarpCols = 32;
};
/// 32 x 64 by 64 lanes: the same work for a lane, in twice the blocks.
struct MediumTile {
  static constexpr int kRows = 32, kCols = 64, kLanes = 64;
  static constexpr int kLaneRows = 8, kLaneCols = 4;
  static constexpr int kWarpRows = 32, kWarpCols = 32;
};
/// 16 x 32 by 64 lanes: for products of few rows, which would leave most of a GPU idle in large tiles.
struct SmallTile {
  static constexpr int kRows = 16, kCols = 32, kLanes = 64;
  static constexpr int kLaneRows = 2, kLaneCols = 4;
  static constexpr int kWarpRows = 16, kWarpCols = 16;
};

/// Distances in shared memory. By lines: lanes that read 16 bytes of neighbouring lines, or (tensor cores) one of 8
/// lines by 4 k's, do so in different banks. By depth, and in c: 8 lines by 4 k's do.
constexpr int kLineStride = kDepthPiece + 4;
ALFI_HD constexpr int tile_stride(int side) { return side + 8; }
/// Elements of a piece of a side, either way.
ALFI_HD constexpr int piece_size(int side) {
  return side * kLineStride > kDepthPiece * tile_stride(side) ? side * kLineStride : kDepthPiece * tile_stride(side);
}

/// A side of a piece: where it begins, and how it lies.
template <class T>
struct Side {
  const T* data;
  bool by_lines;
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

/// Calls body(std::bool_constant, std::bool_constant): how the two sides lie.
template <class T, class Body>
ALFI_HD void with_layout(const Side<T>& a, const Side<T>& b, const Body& body) {
  if (a.by_lines && b.by_lines) return body(std::true_type{}, std::true_type{});
  if (a.by_lines) return body(std::true_type{}, std::false_type{});
  if (b.by_lines) return body(std::false_type{}, std::true_type{});
  body(std::false_type{}, std::false_type{});
}

/// Multiply-adds in T.
template <class T>
struct FullPrecision {
  template <class Tile, class Block, class Prepare>
  ALFI_HD static void step(Block& block, const Side<T>& a, const Side<T>& b, T* c, int depth, const Prepare& prepare) {
    block.phase([&](const Lane& lane) {
      prepare(lane);
      with_layout(a, b, [&](auto a_lines, auto b_lines) {
        constexpr int kParts = Tile::kRows * Tile::kCols / (Tile::kLaneRows * Tile::kLaneCols);
        for (int part = lane.id; part < kParts; part += lane.count) {
          multiply<Tile, decltype(a_lines)::value, decltype(b_lines)::value>(part, a.data, b.data, c, depth);
        }
      });
      finish_copies();
    });
  }

 private:
  static constexpr int kPack = 16 / static_cast<int>(sizeof(T));

  /// 32 neighbouring parts are kDown x kAcross, no two of which read different addresses of one bank. Of kOwn lines of
  /// its own a part has neighbours where those are neighbours in memory, else every kParts-th.
  static constexpr int kDown = 4, kAcross = 8;
  template <bool kLines, int kParts, int kOwn>
  ALFI_HD static constexpr int line_of(int part, int i) {
    constexpr int kTogether = kOwn < kPack ? kOwn : kPack;
    return kLines ? part + i * kParts : part * kTogether + i % kTogether + i / kTogether * kParts * kTogether;
  }

  /// values[i][c] = side(line_of(part, i), k + c).
  template <bool kLines, int kParts, int kOwn, int kSide>
  ALFI_HD static void load(const T* side, int part, int k, T (&values)[kOwn][kPack]) {
    if constexpr (kLines) {
      ALFI_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        const auto own = neighbours<kPack>(side + line_of<true, kParts, kOwn>(part, i) * kLineStride + k);
        ALFI_UNROLL
        for (int c = 0; c < kPack; ++c) values[i][c] = own.v[c];
      }
    } else {
      constexpr int kTogether = kOwn < kPack ? kOwn : kPack;
      ALFI_UNROLL
      for (int c = 0; c < kPack; ++c) {
        ALFI_UNROLL
        for (int i = 0; i < kOwn; i += kTogether) {
          const auto own =
              neighbours<kTogether>(side + (k + c) * tile_stride(kSide) + line_of<false, kParts, kOwn>(part, i));
          ALFI_UNROLL
          for (int e = 0; e < kTogether; ++e) values[i + e][c] = own.v[e];
        }
      }
    }
  }

  template <class Tile, bool kALines, bool kBLines>
  ALFI_HD static void multiply(int part, const T* a, const T* b, T* c, int depth) {
    constexpr int kRows = Tile::kLaneRows, kCols = Tile::kLaneCols, kWide = Tile::kCols / (kAcross * kCols);
    const int warp = part / 32, down = part % 32 / kAcross, across = part % kAcross;
    const int row = warp / kWide * kDown * kRows, col = warp % kWide * kAcross * kCols;
    const T* const left = a + row * (kALines ? kLineStride : 1);
    const T* const right = b + col * (kBLines ? kLineStride : 1);
    T sum[kRows][kCols] = {};
    for (int first = 0; first < depth; first += kDepthStep) {
      ALFI_UNROLL
      for (int k = 0; k < kDepthStep; k += kPack) {
        T x[kRows][kPack], y[kCols][kPack];
        load<kALines, kDown, kRows, Tile::kRows>(left, down, first + k, x);
        load<kBLines, kAcross, kCols, Tile::kCols>(right, across, first + k, y);
        ALFI_UNROLL
        for (int e = 0; e < kPack; ++e) {
          ALFI_UNROLL
          for (int i = 0; i < kRows; ++i) {
            ALFI_UNROLL
            for (int j = 0; j < kCols; ++j) sum[i][j] += x[i][e] * y[j][e];
          }
        }
      }
    }
    ALFI_UNROLL
    for (int i = 0; i < kRows; ++i) {
      T* const to = c + (row + line_of<kALines, kDown, kRows>(down, i)) * tile_stride(Tile::kCols) + col;
      ALFI_UNROLL
      for (int j = 0; j < kCols; ++j) to[line_of<kBLines, kAcross, kCols>(across, j)] += sum[i][j];
    }
  }
};

/// Tensor cores' products of floats (kernels/gpu/warp.hpp).
template <bool kThree>
struct TensorCores {
  template <class Tile, class Block, class Prepare>
  ALFI_HD static void step(Block& block, const Side<float>& a, const Side<float>& b, float* c, int depth,
                           const Prepare& prepare) {
    block.warps([&](const auto& warp) {
      warp.each([&](int lane) { prepare(Lane{warp.id() * 32 + lane, warp.count() * 32}); });
      with_layout(a, b, [&](auto a_lines, auto b_lines) {
        constexpr int kAcross = Tile::kCols / Tile::kWarpCols;
        for (int part = warp.id(); part < Tile::kRows / Tile::kWarpRows * kAcross; part += warp.count()) {
          const int row = part / kAcross * Tile::kWarpRows, col = part % kAcross * Tile::kWarpCols;
          multiply<Tile, decltype(a_lines)::value, decltype(b_lines)::value>(
              warp, a.data, b.data, row, col, c + row * tile_stride(Tile::kCols) + col, depth);
        }
      });
      finish_copies();
    });
  }

 private:
  template <class Warp, class Fragment>
  using PerLane = typename Warp::template PerLane<Fragment>;

  template <class Warp, class Factor>
  using Split = TensorFactor<kThree, Warp, Factor>;

  template <class Tile, bool kALines, bool kBLines, class Warp>
  ALFI_HD static void multiply(const Warp& warp, const float* a, const float* b, int row, int col, float* c,
                               int depth) {
    constexpr int kRows = Tile::kWarpRows / 16, kCols = Tile::kWarpCols / 8, kStride = tile_stride(Tile::kCols);
    PerLane<Warp, Accumulator> sum[kRows][kCols];
    ALFI_UNROLL
    for (int i = 0; i < kRows; ++i) {
      ALFI_UNROLL
      for (int j = 0; j < kCols; ++j) warp.each([&](int lane) { sum[i][j][lane] = Accumulator{}; });
    }
    for (int k = 0; k < depth; k += kDepthStep) {
      Split<Warp, FactorA> left[kRows];
      ALFI_UNROLL
      for (int i = 0; i < kRows; ++i) load<4, kALines, Tile::kRows>(warp, a, row + 16 * i, k, left[i]);
      ALFI_UNROLL
      for (int j = 0; j < kCols; ++j) {
        Split<Warp, FactorB> right;
        load<2, kBLines, Tile::kCols>(warp, b, col + 8 * j, k, right);
        ALFI_UNROLL
        for (int i = 0; i < kRows; ++i) add_product(warp, sum[i][j], left[i], right);
      }
    }
    ALFI_UNROLL
    for (int i = 0; i < kRows; ++i) {
      ALFI_UNROLL
      for (int j = 0; j < kCols; ++j) add<kStride>(warp, sum[i][j], c + 16 * i * kStride + 8 * j);
    }
  }

  /// A fragment's lines from `line` on: entries are 8 lines apart, if there are 4, then 4 k's.
  template <int kEntries, bool kLines, int kSide, class Warp, class Factor>
  ALFI_HD static void load(const Warp& warp, const float* side, int line, int k, Split<Warp, Factor>& factor) {
    constexpr int kLine = kLines ? kLineStride : 1, kDeeper = kLines ? 1 : tile_stride(kSide);
    warp.each([&](int lane) {
      const float* const own = side + (line + lane / 4) * kLine + (k + lane % 4) * kDeeper;
      ALFI_UNROLL
      for (int e = 0; e < kEntries; ++e) {
        factor.set(lane, e, own[kEntries == 4 ? e / 2 * 4 * kDeeper + e % 2 * 8 * kLine : e * 4 * kDeeper]);
      }
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
