#pragma once
#include "alfi/kernels/gpu/chain.hpp"
#include "alfi/kernels/gpu/pieces_gradient.hpp"
#include "alfi/kernels/gpu/set_rows.hpp"

/// The adjoint of a set encoder of one input by its pieces. A block sorts its rows by piece, and adds up over each
/// piece's rows the gradient of what is pooled, and that times the input: all that the layers' gradients depend on
/// (kernels/gpu/pieces_gradient.hpp).

namespace alfi {
inline namespace v0 {
namespace kernels {

struct EncodePiecesAdjoint {
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = 1024;
  static constexpr int kStrips = 32;  ///< of rows, sorted each by a warp, and later summed up each by some

  /// How much a block does at once: pieces, and segments.
  struct Share {
    int pieces = 0, segments = 0;

    /// What has room; pieces = 0: nothing has.
    static Share of(const PieceTable& at, const SetPlan& plan, std::size_t limit) {
      for (const int pieces : {4 * PieceTable::kMost, 2 * PieceTable::kMost, PieceTable::kMost + 1}) {
        const auto bytes_of = [&](Index segments) {
          return bytes(at, {pieces, static_cast<int>(segments)}, plan.chunk_rows);
        };
        const auto room = static_cast<Index>(limit);
        const Index each = plan.chunk_rows * kRowBytes + at.groups() * 16, least = least_of(32, plan.per_block);
        Index most = bytes_of(0) < room ? (room - bytes_of(0)) / each : 0;
        most = most < kMostRows / plan.chunk_rows ? most : kMostRows / plan.chunk_rows;
        while (most > 0 && bytes_of(most) > room) --most;
        if (most < least) continue;
        const Index rounds = (plan.per_block + most - 1) / most;
        return {pieces, static_cast<int>((plan.per_block + rounds - 1) / rounds)};
      }
      return {};
    }
  };

  SetRows<float> sets;  ///< rows: of Share::segments
  PieceTable at;
  EncoderLayout layout;
  EncoderWeights<float> weights;
  Share share;
  const float* table;
  const float* counts;    ///< [G] valid rows
  const float* d_pooled;  ///< [G,pooled] gradient of the means
  float* partials;        ///< [blocks,gradient_size]

  Index blocks() const { return sets.plan.blocks(); }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(bytes(at, share, sets.plan.chunk_rows)); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    Shared s{};
    s.found = FoundPieces::load(block, at, table);
    take(block, s);
    const auto all = sets.first_tile(block);
    float* const partial = partials + block.index() * layout.weight_at[layout.layers];
    for (int first = 0; first < at.firsts() && s.found.offset[first] < s.found.count;) {
      // As many of the first layer's pieces as have room.
      PieceRange range{first, first + 1};
      while (range.end < at.firsts() && s.found.offset[range.end + 1] - s.found.offset[first] <= share.pieces) {
        ++range.end;
      }
      block.phase([&](const Lane& lane) {
        for (int e = lane.id; e < share.pieces * at.groups() * 8; e += lane.count) s.sums[e] = 0;
        for (int e = lane.id; e < share.pieces; e += lane.count) s.rows_in[e] = 0;
      });
      const Index begin = s.found.offset[first], count = s.found.offset[range.end] - begin;
      for (auto tile = all; sets.inside(tile); tile.begin += sets.rows) {
        sort(block, s, tile, static_cast<int>(begin), static_cast<int>(count));
        block.warps([&](const auto& warp) {
          for (int u = warp.id(); u < kStrips * at.groups(); u += warp.count()) {
            add_strip(warp, s, u / at.groups(), u % at.groups(), static_cast<int>(begin), static_cast<int>(count));
          }
        });
        block.phase([&](const Lane& lane) { add_ends(lane, s); });
      }
      const PiecesGradient gradient{at, layout, weights, table, s.found, s.sums, s.rows_in, s.d_second, range};
      gradient.write(block, partial, first > 0);
      first = range.end;
    }
  }

 private:
  static constexpr Index kMostRows = 32768;
  static constexpr int kRowBytes = 10;
  static constexpr int kNone = 0xffff;

  struct Shared {
    FoundPieces found;
    float* sums;            ///< [pieces,groups,8] sums of four gradients, then of these times the input from its origin
    std::int32_t* rows_in;  ///< [pieces] so far
    std::uint16_t* strip;   ///< [kStrips,pieces] of a strip's rows, first how many, then where the next one goes
    std::int32_t* start;    ///< [pieces + 1] a piece's first place among the sorted
    std::int32_t* total;    ///< [pieces]
    float* ends;            ///< [kStrips,2,groups,8] sums of pieces that begin before a strip, or end behind it
    std::int32_t* end_of;   ///< [kStrips,2] such a piece or -1
    // A round's rows; later d_second.
    float* gradient;       ///< [segments,groups,4] of what is pooled of each valid row
    float* ahead;          ///< [rows] from the piece's origin
    std::uint32_t* order;  ///< [rows] segments and rows, sorted
    std::uint16_t* piece;  ///< [rows] from the first of the pieces, or kNone
    float* d_second;       ///< as PiecesGradient has it
  };
  static Index bytes(const PieceTable& at, const Share& share, int chunk_rows) {
    const Index pieces = share.pieces, rows = static_cast<Index>(share.segments) * chunk_rows, groups = at.groups();
    const Index round =
        rounded_shared(share.segments * groups * 16) + 2 * rounded_shared(rows * 4) + rounded_shared(rows * 2);
    const Index d_second = rounded_shared(PiecesGradient::size_of(at) * 4);
    return FoundPieces::bytes(at) + rounded_shared(pieces * groups * 32) + rounded_shared(pieces * 4) +
           rounded_shared(kStrips * pieces * 2) + rounded_shared((pieces + 1) * 4) + rounded_shared(pieces * 4) +
           rounded_shared(kStrips * 2 * groups * 32) + rounded_shared(kStrips * 2 * 4) +
           (round > d_second ? round : d_second);
  }
  template <class Block>
  ALFI_HD void take(Block& block, Shared& s) const {
    const int pieces = share.pieces, groups = at.groups();
    s.sums = block.template shared<float>(pieces * groups * 8);
    s.rows_in = block.template shared<std::int32_t>(pieces);
    s.strip = block.template shared<std::uint16_t>(kStrips * pieces);
    s.start = block.template shared<std::int32_t>(pieces + 1);
    s.total = block.template shared<std::int32_t>(pieces);
    s.ends = block.template shared<float>(kStrips * 2 * groups * 8);
    s.end_of = block.template shared<std::int32_t>(kStrips * 2);
    s.gradient = s.d_second = block.template shared<float>(share.segments * groups * 4);
    s.ahead = block.template shared<float>(sets.rows);
    s.order = block.template shared<std::uint32_t>(sets.rows);
    s.piece = block.template shared<std::uint16_t>(sets.rows);
  }

  /// The part of `rows` that is a strip's: whole warps.
  struct Part {
    int begin, end;
  };
  ALFI_HD static Part part_of(int rows, int strip) {
    const int each = (rows + 32 * kStrips - 1) / (32 * kStrips) * 32, begin = least_of(strip * each, rows);
    return {begin, least_of(begin + each, rows)};
  }

  /// Looks a round's rows up and sorts those in the pieces begin .. begin + count, each piece's in their order.
  template <class Block>
  ALFI_HD void sort(Block& block, const Shared& s, const SetRows<float>::Tile& tile, int begin, int count) const {
    const int chunk = sets.plan.chunk_rows;
    const int used = least_of(sets.rows, static_cast<int>(tile.end - tile.first) * chunk - tile.begin);
    block.phase([&](const Lane& lane) {
      for (int m = lane.id; m < used; m += lane.count) {
        const auto fetched = sets.fetch(tile, m);
        const int p = fetched.row >= 0 ? s.found.find(fetched.first) - begin : -1;
        const bool here = p >= 0 && p < count;
        s.piece[m] = static_cast<std::uint16_t>(here ? p : kNone);
        s.ahead[m] = here ? fetched.first - s.found.origin[begin + p] : 0.0f;
      }
      const int across = 4 * at.groups(), segments = used / chunk, from = sets.from_segment(tile);
      for (int e = lane.id; e < segments * across; e += lane.count) {
        const int f = e % across;
        const Index set = sets.plan.set_of(tile.first + from + e / across);
        const float valid = counts[set];
        s.gradient[e] = f < at.pooled && valid > 0 ? d_pooled[set * at.pooled + f] / valid : 0.0f;
      }
      for (int e = lane.id; e < kStrips * share.pieces; e += lane.count) s.strip[e] = 0;
      for (int e = lane.id; e < kStrips * 2; e += lane.count) s.end_of[e] = -1;
    });
    const auto each_strip = [&](const auto& body) {
      block.warps([&](const auto& warp) {
        for (int strip = warp.id(); strip < kStrips; strip += warp.count()) {
          const Part part = part_of(used, strip);
          std::uint16_t* const own = s.strip + strip * share.pieces;
          for (int m = part.begin; m < part.end; m += 32) {
            typename std::decay_t<decltype(warp)>::template PerLane<int> key;
            typename std::decay_t<decltype(warp)>::template PerLane<Matched> matched;
            warp.each([&](int lane) { key[lane] = m + lane < part.end ? s.piece[m + lane] : kNone; });
            warp.match(key, matched);
            body(warp, own, m, key, matched);
            warp.synchronize();
            warp.each([&](int lane) {
              if (key[lane] == kNone || matched[lane].before > 0) return;
              own[key[lane]] = static_cast<std::uint16_t>(own[key[lane]] + matched[lane].count);
            });
            warp.synchronize();
          }
        }
      });
    };
    each_strip([](const auto&, const std::uint16_t*, int, const auto&, const auto&) {});
    block.phase([&](const Lane& lane) {
      for (int p = lane.id; p < count; p += lane.count) {
        int before = 0;
        for (int strip = 0; strip < kStrips; ++strip) {
          std::uint16_t& place = s.strip[strip * share.pieces + p];
          const int here = place;
          place = static_cast<std::uint16_t>(before);
          before += here;
        }
        s.total[p] = before;
        s.rows_in[p] += before;
      }
    });
    block.phase([&](const Lane& lane) {
      for (int p = lane.id; p <= count; p += lane.count) {
        int before = 0;
        for (int k = 0; k < p; ++k) before += s.total[k];
        s.start[p] = before;
      }
    });
    each_strip([&](const auto& warp, const std::uint16_t* own, int m, const auto& key, const auto& matched) {
      warp.each([&](int lane) {
        if (key[lane] == kNone) return;
        const int place = s.start[key[lane]] + own[key[lane]] + matched[lane].before;
        s.order[place] = static_cast<std::uint32_t>(m + lane) | static_cast<std::uint32_t>((m + lane) / chunk) << 16;
      });
    });
  }

  /// Four gradients' sums over a strip of the sorted rows, piece by piece.
  template <class Warp>
  ALFI_HD void add_strip(const Warp& warp, const Shared& s, int strip, int group, int begin, int count) const {
    const Part part = part_of(s.start[count], strip);
    if (part.begin == part.end) return;
    int piece = 0;  // the last that begins at or before the strip's first row: it has rows
    for (int size = count; size > 1;) {
      const int half = size / 2;
      if (s.start[piece + half] <= part.begin) piece += half;
      size -= half;
    }
    for (int m = part.begin; m < part.end; ++piece) {
      const int end = least_of(s.start[piece + 1], part.end);
      if (end <= m) continue;
      const float* const line = at.rows(table) + (s.found.place[begin + piece] * at.groups() + group) * 8;
      const auto value = neighbours<4>(line), slope = neighbours<4>(line + 4);
      typename Warp::template PerLane<Eight> sum;
      warp.each([&](int lane) {
        sum[lane] = {};
        for (int k = m + lane; k < end; k += 32) {
          const std::uint32_t place = s.order[k];
          const float ahead = s.ahead[place & 0xffffu];
          const auto d = neighbours<4>(s.gradient + (static_cast<int>(place >> 16) * at.groups() + group) * 4);
          ALFI_UNROLL
          for (int f = 0; f < 4; ++f) {
            const float y = chain_fused(slope.v[f], ahead, value.v[f]);
            const float dy = at.pool_first ? d.v[f] : d.v[f] * chain_tanh_slope(y);
            sum[lane].v[f] += dy;
            sum[lane].v[4 + f] = chain_fused(dy, ahead, sum[lane].v[4 + f]);
          }
        }
      });
      warp.add_up(sum);
      const bool whole = s.start[piece] >= part.begin && s.start[piece + 1] <= part.end;
      const int end_at = 2 * strip + (s.start[piece] < part.begin ? 0 : 1);
      float* const to =
          whole ? s.sums + (piece * at.groups() + group) * 8 : s.ends + (end_at * at.groups() + group) * 8;
      warp.each([&](int lane) {
        if (lane % 4 == 0) to[lane / 4] = (whole ? to[lane / 4] : 0.0f) + sum[lane].v[0];
        if (lane == 0 && !whole && group == 0) s.end_of[end_at] = piece;
      });
      m = end;
    }
  }
  /// What strips left of pieces that they share.
  ALFI_HD void add_ends(const Lane& lane, const Shared& s) const {
    const int across = 8 * at.groups();
    for (int e = lane.id; e < across; e += lane.count) {
      for (int k = 0; k < 2 * kStrips; ++k) {
        if (s.end_of[k] >= 0) s.sums[s.end_of[k] * across + e] += s.ends[k * across + e];
      }
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
