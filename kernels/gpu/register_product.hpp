#pragma once
#include "alfi/kernels/gpu/product.hpp"

/// Large products of floats on a GPU (jobs: kernels/gpu/product.hpp): on tensor cores, a warp's sums staying in its
/// registers. kThree: each factor is split into two numbers of 11 bits and multiplied three times, which leaves out
/// 2^-22 of a term and is as exact as float; else it is rounded to 11 bits. A piece of depth begins at zero on the
/// tensor cores, which cut off where float rounds, and is then added to the sums.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A tile's shape, and a warp's part of it.
template <int kRows_, int kCols_, int kWarpRows_, int kResident_>
struct RegisterTile {
  static constexpr int kRows = kRows_, kCols = kCols_;
  static constexpr int kWarpRows = kWarpRows_, kWarpCols = 32;
  static constexpr int kLanes = kRows / kWarpRows * (kCols / kWarpCols) * 32;
  static constexpr int kResident = kResident_;  ///< blocks of a multiprocessor
};
/// Each factor that is read serves 128 rows or columns, else the way from the second-level cache would be too narrow.
using BroadTile = RegisterTile<128, 128, 64, 1>;
/// For what makes few tiles, or narrow ones.
using SquareTile = RegisterTile<64, 64, 32, 3>;

/// A piece of depth of one factor in shared memory: line after line where neighbours in k are neighbours in memory,
/// else k after k. So copies of four neighbours stay such; what a warp's lanes read at once is in 32 banks.
template <int kSide, bool kAlong, int kLanes>
struct FactorPiece {
  static constexpr int kStride = kAlong ? kDepthPiece + 4 : kSide + 8;
  static constexpr Index kSize = kAlong ? kSide * kStride : kDepthPiece * kStride;
  static constexpr int kFours = (kAlong ? kDepthPiece : kSide) / 4;  ///< of a line of memory
  static constexpr int kCopies = kSide * kDepthPiece / 4 / kLanes;   ///< of four, by each lane
  static_assert(kLanes % kFours == 0 && kLanes % kSide == 0, "a lane copies the same part of each line");

  ALFI_HD static constexpr int at(int line, int k) { return kAlong ? line * kStride + k : k * kStride + line; }

  /// The lines that a lane copies from: some of a few k's each, or one.
  struct Lines {
    Line<float> of[kAlong ? kCopies : 1];
  };
  template <class LineOf>
  ALFI_HD static void find(const Lane& lane, bool in_fours, Lines& lines, const LineOf& line_of) {
    if constexpr (kAlong) {
      ALFI_UNROLL
      for (int u = 0; u < kCopies; ++u) lines.of[u] = line_of(lane.id / kFours + u * (kLanes / kFours));
    } else {
      lines.of[0] = line_of(in_fours ? lane.id % kFours * 4 : lane.id % kSide);
    }
  }

  /// Depth begin .. begin + size, zeros up to a whole piece. lane.count is kLanes.
  ALFI_HD static void load(const Lane& lane, bool in_fours, Index begin, int size, const Lines& lines, float* to) {
    if constexpr (kAlong) {
      const int k = lane.id % kFours * 4;
      const int left = size - k < 0 ? 0 : least_of(size - k, 4);
      float* const own = to + at(lane.id / kFours, k);
      ALFI_UNROLL
      for (int u = 0; u < kCopies; ++u) {
        const float* const from = lines.of[u].first;
        const int count = from == nullptr ? 0 : left;
        float* const place = own + at(u * (kLanes / kFours), 0);
        if (in_fours) {
          copy_four_async(place, from, begin + k, count);
        } else {
          ALFI_UNROLL
          for (int c = 0; c < 4; ++c) copy_async(place + c, from, begin + k + c, c < count);
        }
      }
    } else {
      const int wide = in_fours ? kFours : kSide, k = lane.id / wide, further = kLanes / wide;
      const Index step = lines.of[0].step;
      const float* const from = lines.of[0].first;
      const int left = from == nullptr ? 0 : size - k;
      float* const own = to + at(in_fours ? lane.id % kFours * 4 : lane.id % kSide, k);
      Index offset = (begin + k) * step;
      if (in_fours) {
        ALFI_UNROLL
        for (int u = 0; u < kCopies; ++u, offset += kLanes / kFours * step) {
          copy_four_async(own + at(0, u * (kLanes / kFours)), from, offset, u * further < left ? 4 : 0);
        }
      } else {
        ALFI_UNROLL
        for (int u = 0; u < 4 * kCopies; ++u, offset += kLanes / kSide * step) {
          copy_async(own + at(0, u * (kLanes / kSide)), from, offset, u * further < left);
        }
      }
    }
  }
};

template <bool kThree, class Tile, bool kRowsAlong, bool kColumnsAlong, class Job>
struct RegisterProduct : TiledJob<Tile, Job> {
  static constexpr const char* kName = Job::kName;
  static constexpr int kLanes = Tile::kLanes, kResident = Tile::kResident;
  static constexpr int kDown = Tile::kWarpRows / 16, kAcross = Tile::kWarpCols / 8;  ///< tensor cores' tiles of a warp
  using Piece = typename TiledJob<Tile, Job>::Piece;
  using Rows = FactorPiece<Tile::kRows, kRowsAlong, kLanes>;
  using Columns = FactorPiece<Tile::kCols, kColumnsAlong, kLanes>;
  struct Registers {
    Accumulator sum[kDown][kAcross];
    typename Rows::Lines rows;
    typename Columns::Lines columns;
  };

  std::size_t shared_bytes() const { return static_cast<std::size_t>(kPlaces + Tile::kRows) * sizeof(float); }

  /// While a piece of depth is multiplied the next one is on its way into the other buffer.
  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Place place = this->place_of(block.index());
    float* const places = block.template shared<float>(kPlaces);
    float* const row_sums = block.template shared<float>(Tile::kRows);
    Piece now = this->first_piece(place);
    block.warps([&](const auto& warp, auto& kept) {
      warp.each([&](int lane) {
        const Lane own{warp.id() * 32 + lane, warp.count() * 32};
        kept[lane] = Registers{};
        load(own, place, now, kept[lane], places);
        for (int i = own.id; i < Tile::kRows; i += own.count) row_sums[i] = 0;
      });
      finish_copies();
    });
    for (Index number = 0; now.size() > 0; ++number) {
      const Piece next = this->piece_after(place, now);
      const float* const a = places + number % 2 * kBuffer;
      float* const other = places + (number + 1) % 2 * kBuffer;
      block.warps([&](const auto& warp, auto& kept) {
        warp.each([&](int lane) {
          const Lane own{warp.id() * 32 + lane, warp.count() * 32};
          load(own, place, next, kept[lane], other);
          if (this->job.sums_rows(place)) add_row_sums(own, a, now.size(), row_sums);
        });
        multiply(warp, a, a + Rows::kSize, now.padded(), kept);
        finish_copies();
      });
      now = next;
    }
    block.warps([&](const auto& warp, auto& kept) { store(warp, kept, places); });
    block.phase([&](const Lane& lane) {
      this->job.template finish<Tile::kCols>(lane, place, Tile::kRows, TileSums<float>{places, kSumStride, row_sums});
    });
  }

 private:
  static constexpr int kSumStride = Tile::kCols + 8;
  static constexpr Index kBuffer = Rows::kSize + Columns::kSize, kSums = Tile::kRows * kSumStride;
  static constexpr Index kPlaces = 2 * kBuffer > kSums ? 2 * kBuffer : kSums;  ///< the sums come after the factors

  template <class Warp>
  ALFI_HD static int row_of(const Warp& warp) {
    return warp.id() / (Tile::kCols / Tile::kWarpCols) * Tile::kWarpRows;
  }
  template <class Warp>
  ALFI_HD static int column_of(const Warp& warp) {
    return warp.id() % (Tile::kCols / Tile::kWarpCols) * Tile::kWarpCols;
  }

  ALFI_HD void load(const Lane& lane, const Place& place, const Piece& of, Registers& kept, float* to) const {
    if (of.size() == 0) return;
    const bool rows_in_fours = this->job.rows_in_fours(of.term), columns_in_fours = this->job.columns_in_fours(of.term);
    if (of.starts) {
      Rows::find(lane, rows_in_fours, kept.rows,
                 [&](int i) { return this->template row_of_tile<float>(place, of.term, i); });
      Columns::find(lane, columns_in_fours, kept.columns,
                    [&](int j) { return this->job.template column<Tile::kCols>(place, of.term, j); });
    }
    Rows::load(lane, rows_in_fours, of.begin, of.size(), kept.rows, to);
    Columns::load(lane, columns_in_fours, of.begin, of.size(), kept.columns, to + Rows::kSize);
  }

  ALFI_HD static void add_row_sums(const Lane& lane, const float* a, int size, float* row_sums) {
    for (int i = lane.id; i < Tile::kRows; i += lane.count) {
      float sum = 0;
      for (int k = 0; k < size; ++k) sum += a[Rows::at(i, k)];
      row_sums[i] += sum;
    }
  }

  template <class Warp, class Kept>
  ALFI_HD static void multiply(const Warp& warp, const float* a, const float* b, int depth, Kept& kept) {
    typename Warp::template PerLane<Accumulator> part[kDown][kAcross];
    ALFI_UNROLL
    for (int i = 0; i < kDown; ++i) {
      ALFI_UNROLL
      for (int j = 0; j < kAcross; ++j) warp.each([&](int lane) { part[i][j][lane] = Accumulator{}; });
    }
    a += Rows::at(row_of(warp), 0);
    b += Columns::at(column_of(warp), 0);
    for (int k = 0; k < depth; k += 8) {
      TensorFactor<kThree, Warp, FactorA> left[kDown];
      ALFI_UNROLL
      for (int i = 0; i < kDown; ++i) {
        warp.each([&](int lane) {
          const float* const own = a + Rows::at(lane / 4, k + lane % 4);
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) left[i].set(lane, e, own[Rows::at(16 * i + e % 2 * 8, e / 2 * 4)]);
        });
      }
      ALFI_UNROLL
      for (int j = 0; j < kAcross; ++j) {
        TensorFactor<kThree, Warp, FactorB> right;
        warp.each([&](int lane) {
          const float* const own = b + Columns::at(lane / 4, k + lane % 4);
          ALFI_UNROLL
          for (int e = 0; e < 2; ++e) right.set(lane, e, own[Columns::at(8 * j, e * 4)]);
        });
        // Products that wait for each other's sums are kept apart.
        if constexpr (kThree) {
          ALFI_UNROLL
          for (int i = 0; i < kDown; ++i) warp.multiply_add(part[i][j], left[i].low, right.high);
          ALFI_UNROLL
          for (int i = 0; i < kDown; ++i) warp.multiply_add(part[i][j], left[i].high, right.low);
        }
        ALFI_UNROLL
        for (int i = 0; i < kDown; ++i) warp.multiply_add(part[i][j], left[i].high, right.high);
      }
    }
    each(warp, [&](int lane, int i, int j, int e) { kept[lane].sum[i][j].v[e] += part[i][j][lane].v[e]; });
  }

  template <class Warp, class Kept>
  ALFI_HD static void store(const Warp& warp, const Kept& kept, float* sums) {
    float* const first = sums + row_of(warp) * kSumStride + column_of(warp);
    each(warp, [&](int lane, int i, int j, int e) {
      first[(16 * i + e / 2 * 8 + lane / 4) * kSumStride + 8 * j + lane % 4 * 2 + e % 2] = kept[lane].sum[i][j].v[e];
    });
  }

  /// body(lane, i, j, e): the entries of a warp's sums.
  template <class Warp, class Body>
  ALFI_HD static void each(const Warp& warp, const Body& body) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kDown; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kAcross; ++j) {
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) body(lane, i, j, e);
        }
      }
    });
  }
};

/// Runs job in the larger tiles that keep most of a large GPU busy; false where there are none.
template <bool kThree, bool kRowsAlong, bool kColumnsAlong, class Job>
bool run_in_registers(const Context& context, const Job& job) {
  constexpr Index kEnough = 100,
                  kSquares = BroadTile::kRows * BroadTile::kCols / (SquareTile::kRows * SquareTile::kCols);
  const RegisterProduct<kThree, BroadTile, kRowsAlong, kColumnsAlong, Job> broad{{job}};
  const RegisterProduct<kThree, SquareTile, kRowsAlong, kColumnsAlong, Job> square{{job}};
  const bool filled = kSquares * broad.blocks() * 4 <= square.blocks() * 5;
  if (filled && broad.blocks() >= kEnough) {
    run_blocks(context, broad);
  } else if (square.blocks() >= kEnough) {
    run_blocks(context, square);
  } else {
    return false;
  }
  return true;
}

template <bool kThree, class Job>
bool run_in_registers(const Context& context, const Job& job) {
  if constexpr (Job::kAlong) {
    return run_in_registers<kThree, true, true>(context, job);
  } else if (job.columns_along()) {
    return job.rows_along() && run_in_registers<kThree, true, true>(context, job);
  } else {
    return job.rows_along() ? run_in_registers<kThree, true, false>(context, job)
                            : run_in_registers<kThree, false, false>(context, job);
  }
}

/// Runs job in large tiles, where there are enough of them, as the context's products() says; false where not.
template <class T, class Job>
bool run_large_product(const Context& context, const Job& job) {
  if constexpr (sizeof(T) == sizeof(float)) {
    const bool rounds = context.products() == ProductPrecision::tf32;
    return rounds ? run_in_registers<false>(context, job) : run_in_registers<true>(context, job);
  } else {
    constexpr Index kEnough = 200;
    const Product<T, FullPrecision<T>, LargeTile, Job> large{{job}};
    if (large.blocks() < kEnough) return false;
    run_blocks(context, large);
    return true;
  }
}

/// Runs job as the context's products() says; in double always in full. Tiles are chosen by how many there are, not by
/// asking the device.
template <class T, class Job>
void run_product(const Context& context, const Job& job) {
  if (run_large_product<T>(context, job)) return;
  if constexpr (sizeof(T) == sizeof(float)) {
    if (context.products() == ProductPrecision::tf32) {
      return run_blocks(context, Product<T, TensorCores, SmallTile, Job>{{job}});
    }
  }
  run_blocks(context, Product<T, FullPrecision<T>, SmallTile, Job>{{job}});
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
