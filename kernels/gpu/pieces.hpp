#pragma once
#include <type_traits>

#include "alfi/kernels/gpu/chain.hpp"
#include "alfi/kernels/gpu/set_plan.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// Set encoders of one input by pieces. What such an encoder pools of a row is, but for the last tanh, linear in that
/// input between the points where a ReLU opens or closes: the first layer has one for each unit, and the second, in
/// each of the first's pieces, at most one for each of its own. There are about a hundred for 50 and 50 units. Once
/// they are found, a row costs a search and a multiply-add for each number pooled instead of both hidden layers.
///
/// A piece has an origin, its point next to 0, and lines are kept as their value there and their slope, so that nothing
/// cancels which would not cancel in the layers themselves. The lines are computed in double and kept as floats.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Integers in the order of the floats, the same for both zeros; a NaN is beyond an infinity.
ALFI_HD inline std::int32_t ordered_key(float x) {
  const auto bits = static_cast<std::int32_t>(ScalarArithmetic<float>::bits(x + 0.0f));
  return bits < 0 ? bits ^ 0x7fffffff : bits;
}
ALFI_HD inline float of_ordered_key(std::int32_t key) {
  return ScalarArithmetic<float>::real(static_cast<std::uint32_t>(key < 0 ? key ^ 0x7fffffff : key));
}

/// What follows the lines: nothing, or a tanh, as exact as float or as tf32 (quick_tanh).
enum class Bend { none, exact, quick };

template <Bend kBend>
ALFI_HD inline float bent(float y) {
  return kBend == Bend::none ? y : kBend == Bend::quick ? quick_tanh(y) : chain_tanh(y);
}
/// d times its slope.
template <Bend kBend>
ALFI_HD inline float bent_back(float y, float d) {
  if (kBend == Bend::none) return d;
  if (kBend == Bend::exact) return d * chain_tanh_slope(y);
  return quick_tanh_back(y, d);
}
/// body(an integral constant of the bend): a program for each.
template <class Body>
void with_bend(Bend bend, const Body& body) {
  if (bend == Bend::none) {
    body(std::integral_constant<Bend, Bend::none>{});
  } else if (bend == Bend::exact) {
    body(std::integral_constant<Bend, Bend::exact>{});
  } else {
    body(std::integral_constant<Bend, Bend::quick>{});
  }
}

/// Where the pieces of an encoder are kept, in floats from `table` on; some of them hold integers. Piece p of the first
/// layer holds count[p] pieces of both, at places p * (hidden2 + 1) and behind it.
struct PieceTable {
  static constexpr int kMost = 64;  ///< units of a layer

  int hidden1 = 0, hidden2 = 0, pooled = 0;
  bool pool_first = false;
  Divisor by_groups;
  int parts_at = 0, counts_at = 0, first_origins_at = 0, first_open_at = 0, lines_at = 0;
  int edges_at = 0, origins_at = 0, open_at = 0, rows_at = 0, size = 0;

  /// Of floats.
  static bool fit(const EncoderLayout& l) {
    return l.width[0] == 1 && l.width[1] <= kMost && l.width[2] <= kMost && l.pooled() <= kMost;
  }
  static PieceTable of(const EncoderLayout& l) {
    PieceTable t;
    t.hidden1 = l.width[1], t.hidden2 = l.width[2], t.pooled = l.pooled(), t.pool_first = l.pool_first();
    t.by_groups = Divisor(t.groups());
    const auto take = [&t](int floats) {
      const int place = t.size;
      t.size += (floats + 3) / 4 * 4;
      return place;
    };
    t.parts_at = take(1);
    t.counts_at = take(t.firsts());
    t.first_origins_at = take(t.firsts());
    t.first_open_at = take(2 * t.firsts());
    t.lines_at = take(2 * t.firsts() * t.hidden2);
    t.edges_at = take(t.places());
    t.origins_at = take(t.places());
    t.open_at = take(2 * t.places());
    t.rows_at = take(t.places() * t.groups() * 8);
    return t;
  }

  ALFI_HD int firsts() const { return hidden1 + 1; }  ///< pieces of the first layer at most
  ALFI_HD int each() const { return hidden2 + 1; }    ///< pieces in one of these at most
  ALFI_HD int places() const { return firsts() * each(); }
  ALFI_HD int groups() const { return (pooled + 3) / 4; }  ///< fours of numbers pooled

  /// How many partial sums the weights' gradients are left in.
  ALFI_HD std::int32_t* parts(float* table) const { return integers(table, parts_at); }
  ALFI_HD std::int32_t* counts(float* table) const { return integers(table, counts_at); }
  ALFI_HD const std::int32_t* counts(const float* table) const { return integers(table, counts_at); }
  /// [firsts]: origins of the first layer's pieces; [firsts,2]: bits of the first layer's units that are open there;
  /// [firsts,2,hidden2]: the second layer's inputs at the origin, and their slopes.
  template <class F>
  ALFI_HD F* first_origins(F* table) const {
    return table + first_origins_at;
  }
  ALFI_HD std::int32_t* first_open(float* table) const { return integers(table, first_open_at); }
  ALFI_HD const std::int32_t* first_open(const float* table) const { return integers(table, first_open_at); }
  template <class F>
  ALFI_HD F* lines(F* table, int first) const {
    return table + lines_at + first * 2 * hidden2;
  }
  /// [places]: keys of the pieces' lower ends; their origins; [places,2]: bits of the second layer's open units;
  /// [places,groups,8]: of four numbers pooled, before the tanh, the values at the origin, then the slopes.
  ALFI_HD std::int32_t* edges(float* table) const { return integers(table, edges_at); }
  ALFI_HD const std::int32_t* edges(const float* table) const { return integers(table, edges_at); }
  template <class F>
  ALFI_HD F* origins(F* table) const {
    return table + origins_at;
  }
  ALFI_HD std::int32_t* open(float* table) const { return integers(table, open_at); }
  ALFI_HD const std::int32_t* open(const float* table) const { return integers(table, open_at); }
  template <class F>
  ALFI_HD F* rows(F* table) const {
    return table + rows_at;
  }

  /// Whether unit i is among the open ones.
  ALFI_HD static bool is_open(const std::int32_t* open, int i) {
    return (static_cast<std::uint32_t>(open[i / 32]) >> i % 32 & 1u) != 0;
  }

 private:
  ALFI_HD static std::int32_t* integers(float* table, int at) { return reinterpret_cast<std::int32_t*>(table + at); }
  ALFI_HD static const std::int32_t* integers(const float* table, int at) {
    return reinterpret_cast<const std::int32_t*>(table + at);
  }
};

/// The pieces in a block's shared memory, numbered from the lowest to the highest.
struct FoundPieces {
  std::int32_t* offset;  ///< [firsts + 1] the number of each first piece's lowest, and of all
  std::int32_t* edge;    ///< [padded] keys of their lower ends, and behind these the greatest there is
  float* origin;         ///< [count]
  std::uint16_t* place;  ///< [count] in the table
  int count = 0;
  int padded = 1;  ///< a power of two

  ALFI_HD static int padded_size(int count) {
    int size = 1;
    while (size < count) size *= 2;
    return size;
  }
  ALFI_HD static Index bytes(const PieceTable& at, int count) {
    return rounded_shared((2 * at.firsts() + 1) * 4) + rounded_shared(padded_size(count) * 4) +
           rounded_shared(count * 4) + rounded_shared(count * 2);
  }
  template <class Block>
  ALFI_HD static FoundPieces load(Block& block, const PieceTable& at, const float* table) {
    FoundPieces found{};
    found.offset = block.template shared<std::int32_t>(2 * at.firsts() + 1);
    std::int32_t* const counts = found.offset + at.firsts() + 1;
    block.phase([&](const Lane& lane) {
      for (int p = lane.id; p < at.firsts(); p += lane.count) counts[p] = at.counts(table)[p];
    });
    block.phase([&](const Lane& lane) {
      for (int p = lane.id; p <= at.firsts(); p += lane.count) {
        int before = 0;
        for (int k = 0; k < p; ++k) before += counts[k];
        found.offset[p] = before;
      }
    });
    found.count = found.offset[at.firsts()];
    found.padded = padded_size(found.count);
    found.edge = block.template shared<std::int32_t>(found.padded);
    found.origin = block.template shared<float>(found.count);
    found.place = block.template shared<std::uint16_t>(found.count);
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < at.places(); e += lane.count) {
        const int p = e / at.each(), s = found.offset[p] + e % at.each();
        if (s >= found.offset[p + 1]) continue;
        found.edge[s] = at.edges(table)[e];
        found.origin[s] = at.origins(table)[e];
        found.place[s] = static_cast<std::uint16_t>(e);
      }
      for (int s = found.count + lane.id; s < found.padded; s += lane.count) found.edge[s] = INT32_MAX;
    });
    return found;
  }

  /// The piece where x is.
  ALFI_HD int find(float x) const {
    const std::int32_t key = ordered_key(x);
    int begin = 0;
    for (int half = padded / 2; half > 0; half /= 2) begin += edge[begin + half] <= key ? half : 0;
    return begin < count ? begin : count - 1;  // some that are not numbers are beyond all edges
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
