#pragma once
#include "alfi/kernels/gpu/pieces_gradient.hpp"
#include "alfi/kernels/gpu/set_rows.hpp"

/// The adjoint of a set encoder of one input by its pieces. A block sorts its rows by piece, and adds up over each
/// piece's rows the gradient of what is pooled, and that times the input: all that the layers' gradients depend on
/// (kernels/gpu/pieces_gradient.hpp).

namespace alfi {
inline namespace v0 {
namespace kernels {

template <Bend kBend>
struct EncodePiecesAdjoint {
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = 1024;
  static constexpr int kStrips = 32;  ///< of rows, sorted each by a warp, and later summed up each by some

  SetRows<float> sets;  ///< rows: the block's
  PieceTable at;
  EncoderLayout layout;
  EncoderWeights<float> weights;
  const float* table;
  const float* counts;    ///< [G] valid rows
  const float* d_pooled;  ///< [G,pooled] gradient of the means
  Index room;             ///< bytes of shared memory
  int most_pieces;        ///< pieces_for()
  float* sums;            ///< [blocks,pieces,groups,8] for PiecesGradients, where the pieces are few; else
  float* partials;        ///< [blocks,gradient_size] the blocks' gradients
  bool adds;              ///< to what is there

  /// Pieces that a block takes at once, at most, with `room` bytes; 0 where none are worth it.
  static int pieces_for(const PieceTable& at, const SetPlan& plan, Index room) {
    for (const int pieces : {kMost, at.each()}) {
      if (share_of(at, plan, at.places(), pieces, room).segments >= least_of(16, plan.per_block)) return pieces;
    }
    return 0;
  }

  Index blocks() const { return sets.plan.blocks(); }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(room); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    Shared s{};
    // First what has its size and place in every launch: that is kept in no register.
    s.strip = block.template shared<std::uint16_t>(kStrips * kMost);
    s.start = block.template shared<std::int32_t>(kMost + 1);
    s.total = block.template shared<std::int32_t>(kMost);
    s.end_of = block.template shared<std::int32_t>(kStrips * 2);
    s.ends = block.template shared<float>(kStrips * 2 * at.groups() * 8);
    s.found = FoundPieces::load(block, at, table);
    const int pieces = s.found.count, across = at.groups() * 8;
    s.share = share_of(at, sets.plan, pieces, least_of(pieces, most_pieces), room);
    s.rows = s.share.segments * sets.plan.chunk_rows;
    take(block, s);
    for (int first = 0; first < at.firsts() && s.found.offset[first] < pieces;) {
      // As many of the first layer's pieces as have room.
      PieceRange range{first, first + 1};
      while (range.end < at.firsts() && s.found.offset[range.end + 1] - s.found.offset[first] <= s.share.pieces) {
        ++range.end;
      }
      const int begin = s.found.offset[first], count = s.found.offset[range.end] - begin;
      block.phase([&](const Lane& lane) {
        for (int e = lane.id; e < count * across; e += lane.count) s.sums[e] = 0;
      });
      for (int from = 0; sets.inside(tile_at(block, from)); from += s.rows) {
        sort(block, s, tile_at(block, from), begin, count);
        block.warps([&](const auto& warp) {
          for (int u = warp.id(); u < kStrips * at.groups(); u += warp.count()) {
            add_strip(warp, s, u / at.groups(), u % at.groups(), begin, count);
          }
        });
        block.phase([&](const Lane& lane) { add_ends(lane, s); });
      }
      if (pieces <= kMost) {
        block.phase([&](const Lane& lane) {
          float* const to = sums + block.index() * pieces * across;
          for (int e = lane.id; e < count * across; e += lane.count) {
            float& place = to[begin * across + e];
            place = adds ? place + s.sums[e] : s.sums[e];
          }
        });
      } else {
        const PiecesGradient gradient{at, layout, weights, table, s.found, s.sums, s.d_second, range};
        gradient.write(block, partials + block.index() * layout.weight_at[layout.layers], adds || first > 0);
      }
      first = range.end;
    }
  }

 private:
  static constexpr Index kMostRows = 32768;
  static constexpr int kRowBytes = 10;
  static constexpr int kNone = 0xffff, kMost = PiecesGradients::kMost;

  /// How much a block does at once: pieces, and segments; 0: nothing has room.
  struct Share {
    int pieces, segments;
  };
  ALFI_HD static Share share_of(const PieceTable& at, const SetPlan& plan, int count, int pieces, Index room) {
    const Index beside = FoundPieces::bytes(at, count) + fixed_bytes(at, pieces) + 64;  // what rounding may cost
    const Index each = plan.chunk_rows * kRowBytes + at.groups() * 16, d_second = PiecesGradient::size_of(at) * 4;
    if (room < beside + d_second || room < beside + each) return {pieces, 0};
    const int has_room = static_cast<int>((room - beside) / each);
    const int most = least_of(has_room, static_cast<int>(kMostRows) / plan.chunk_rows);
    const int rounds = (plan.per_block + most - 1) / most;
    return {pieces, (plan.per_block + rounds - 1) / rounds};
  }
  struct Shared {
    FoundPieces found;
    Share share;
    int rows;              ///< of a round
    float* sums;           ///< [pieces,groups,8] sums of four gradients, then of these times the input from its origin
    std::uint16_t* strip;  ///< [kStrips,kMost] of a strip's rows, first how many, then where the next one goes
    std::int32_t* start;   ///< [pieces + 1] a piece's first place among the sorted
    std::int32_t* total;   ///< [pieces]
    float* ends;           ///< [kStrips,2,groups,8] sums of pieces that begin before a strip, or end behind it
    std::int32_t* end_of;  ///< [kStrips,2] such a piece or -1
    // A round's rows; later d_second.
    float* gradient;       ///< [segments,groups,4] of what is pooled of each valid row
    float* ahead;          ///< [rows] from the piece's origin
    std::uint32_t* order;  ///< [rows] segments and rows, sorted
    std::uint16_t* piece;  ///< [rows] from the first of the pieces, or kNone
    float* d_second;       ///< as PiecesGradient has it
  };
  ALFI_HD static Index fixed_bytes(const PieceTable& at, int pieces) {
    return rounded_shared(pieces * at.groups() * 32) + rounded_shared(kStrips * kMost * 2) +
           rounded_shared((kMost + 1) * 4) + rounded_shared(kMost * 4) +
           rounded_shared(kStrips * 2 * at.groups() * 32) + rounded_shared(kStrips * 2 * 4);
  }
  template <class Block>
  ALFI_HD void take(Block& block, Shared& s) const {
    const int pieces = s.share.pieces, groups = at.groups(), rows = s.rows;
    s.sums = block.template shared<float>(pieces * groups * 8);
    s.gradient = s.d_second = block.template shared<float>(s.share.segments * groups * 4);
    s.ahead = block.template shared<float>(rows);
    s.order = block.template shared<std::uint32_t>(rows);
    s.piece = block.template shared<std::uint16_t>(rows);
  }

  /// The block's rows from `from` on: made where it is needed, since no register is left to keep it.
  template <class Block>
  ALFI_HD SetRows<float>::Tile tile_at(const Block& block, int from) const {
    auto tile = sets.first_tile(block);
    tile.begin = from;
    return tile;
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
    const int used = least_of(s.rows, static_cast<int>(tile.end - tile.first) * chunk - tile.begin);
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
        const int segment = e / across, f = e - segment * across;
        const Index set = sets.plan.set_of(tile.first + from + segment);
        const float valid = counts[set];
        s.gradient[e] = f < at.pooled && valid > 0 ? d_pooled[set * at.pooled + f] / valid : 0.0f;
      }
      for (int e = lane.id; e < kStrips * kMost; e += lane.count) s.strip[e] = 0;
      for (int e = lane.id; e < kStrips * 2; e += lane.count) s.end_of[e] = -1;
    });
    const auto each_strip = [&](const auto& body) {
      block.warps([&](const auto& warp) {
        for (int strip = warp.id(); strip < kStrips; strip += warp.count()) {
          const Part part = part_of(used, strip);
          std::uint16_t* const own = s.strip + strip * kMost;
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
          std::uint16_t& place = s.strip[strip * kMost + p];
          const int here = place;
          place = static_cast<std::uint16_t>(before);
          before += here;
        }
        s.total[p] = before;
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
        const auto segment = static_cast<std::uint32_t>(sets.plan.by_chunk_rows.quotient(m + lane));
        s.order[place] = static_cast<std::uint32_t>(m + lane) | segment << 16;
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
            const float dy = bent_back<kBend>(chain_fused(slope.v[f], ahead, value.v[f]), d.v[f]);
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
