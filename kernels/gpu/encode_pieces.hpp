#pragma once
#include "alfi/kernels/gpu/pieces.hpp"
#include "alfi/kernels/gpu/set_rows.hpp"
#include "alfi/kernels/rows/set_encoder.hpp"

/// The forward pass of a set encoder of one input by its pieces: the rows of a tile are looked up, then a lane adds up
/// four of the numbers pooled over a segment's rows.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <Bend kBend>
struct EncodePieces {
  static constexpr const char* kName = "set_encoder";
  static constexpr int kLanes = 384, kResident = 3;
  static constexpr std::size_t kShared = 72 * 1024;  ///< bytes, so that a large multiprocessor holds them all

  SetRows<float> sets;  ///< whole segments: rows = segments of a tile * chunk_rows
  PieceTable at;
  const float* table;
  SetSums<float> sums;       ///< of chunks, where sets are cut into several
  MeanOfChunks<float> mean;  ///< else their means, to where these go

  /// Of a tile: a lane for each four of a segment.
  static int segments(const PieceTable& at) { return kLanes / at.groups(); }
  static bool fit(const PieceTable& at, int chunk_rows, std::size_t limit) {
    return limit >= kShared &&
           FoundPieces::bytes(at, at.places()) + rows_bytes(segments(at) * chunk_rows) <= static_cast<Index>(kShared);
  }

  Index blocks() const { return sets.plan.blocks(); }
  std::size_t shared_bytes() const { return kShared; }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    float* const ahead = block.template shared<float>(sets.rows);
    std::int16_t* const piece = block.template shared<std::int16_t>(sets.rows);
    const FoundPieces found = FoundPieces::load(block, at, table);
    // Their lines come to shared memory where they have room.
    const int across = 8 * at.groups();
    const Index left = static_cast<Index>(kShared) - FoundPieces::bytes(at, found.count) - rows_bytes(sets.rows);
    const bool resident = rounded_shared(found.count * across * static_cast<Index>(sizeof(float))) <= left;
    float* const own = block.template shared<float>(resident ? found.count * across : 0);
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; resident && e < found.count * across / 4; e += lane.count) {
        const int s = e / (across / 4), k = e % (across / 4) * 4;
        *reinterpret_cast<Neighbours<float, 4>*>(own + s * across + k) =
            neighbours<4>(at.rows(table) + found.place[s] * across + k);
      }
    });
    for (auto tile = sets.first_tile(block); sets.inside(tile); tile.begin += sets.rows) {
      block.phase([&](const Lane& lane) {
        const int used =
            least_of(sets.rows, static_cast<int>(tile.end - tile.first) * sets.plan.chunk_rows - tile.begin);
        for (int m = lane.id; m < used; m += lane.count) {
          const auto fetched = sets.fetch(tile, m);
          const int s = fetched.row >= 0 ? found.find(fetched.first) : -1;
          ahead[m] = fetched.row >= 0 ? fetched.first - found.origin[s] : 0.0f;
          piece[m] = static_cast<std::int16_t>(s >= 0 && !resident ? found.place[s] : s);
        }
      });
      // Apart, so that each is compiled for what it reads and does.
      block.phase([&](const Lane& lane) {
        if (resident) {
          add(lane, tile, ahead, piece, own);
        } else {
          add(lane, tile, ahead, piece, at.rows(table));
        }
      });
    }
  }

 private:
  ALFI_HD static Index rows_bytes(int rows) { return rounded_shared(rows * 4) + rounded_shared(rows * 2); }

  ALFI_HD void add(const Lane& lane, const SetRows<float>::Tile& tile, const float* ahead, const std::int16_t* piece,
                   const float* lines) const {
    const int groups = at.groups(), chunk = sets.plan.chunk_rows, from = sets.from_segment(tile);
    for (int u = lane.id; u < (sets.to_segment(tile) - from) * groups; u += lane.count) {
      const int s = at.by_groups.quotient(u), g = u - s * groups;
      float sum[4] = {};
      int count = 0;
      for (int m = s * chunk; m < (s + 1) * chunk; ++m) {
        if (piece[m] < 0) continue;
        const float* const line = lines + (piece[m] * groups + g) * 8;
        const auto value = neighbours<4>(line), slope = neighbours<4>(line + 4);
        ALFI_UNROLL
        for (int k = 0; k < 4; ++k) {
          sum[k] += bent<kBend>(chain_fused(slope.v[k], ahead[m], value.v[k]));
        }
        ++count;
      }
      const Index segment = tile.first + from + s;
      if (sets.plan.chunks > 1) {
        write(sum, sums.pools + segment * at.pooled, g);
        if (g == 0) sums.counts[segment] = static_cast<float>(count);
        continue;
      }
      ALFI_UNROLL
      for (int k = 0; k < 4; ++k) sum[k] = count > 1 ? sum[k] / static_cast<float>(count) : sum[k];
      write(sum, mean.means + segment * at.pooled, g);
      if (g == 0) mean.counts[segment] = static_cast<float>(count);
      if (g == 0 && mean.valid != nullptr) mean.valid[segment] = count;
    }
  }
  ALFI_HD void write(const float (&four)[4], float* to, int group) const {
    ALFI_UNROLL
    for (int k = 0; k < 4; ++k) {
      if (4 * group + k < at.pooled) to[4 * group + k] = four[k];
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
