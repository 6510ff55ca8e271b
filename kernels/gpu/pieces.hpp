#pragma once
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

/// Where the pieces of an encoder are kept, in floats from `table` on; some of them hold integers. Piece p of the first
/// layer holds count[p] pieces of both, at places p * (hidden2 + 1) and behind it.
struct PieceTable {
  static constexpr int kMost = 64;  ///< units of a layer

  int hidden1 = 0, hidden2 = 0, pooled = 0;
  bool pool_first = false;
  int parts_at = 0, counts_at = 0, first_origins_at = 0, first_open_at = 0, lines_at = 0;
  int edges_at = 0, origins_at = 0, open_at = 0, rows_at = 0, size = 0;

  /// Of floats.
  static bool fit(const EncoderLayout& l) {
    return l.width[0] == 1 && l.width[1] <= kMost && l.width[2] <= kMost && l.pooled() <= kMost;
  }
  static PieceTable of(const EncoderLayout& l) {
    PieceTable t;
    t.hidden1 = l.width[1], t.hidden2 = l.width[2], t.pooled = l.pooled(), t.pool_first = l.pool_first();
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

/// Where a layer's units open or close on a line, in shared memory.
struct Bends {
  enum Kind : std::int32_t { closed, open, opens, closes };  // going up
  static constexpr int kMost = PieceTable::kMost;

  std::int32_t key[kMost], kind[kMost], rank[kMost], sorted[kMost];
  std::int32_t count;

  /// Unit i of n, once every unit has its key and kind.
  ALFI_HD void sort(int i, int n) {
    int before = 0, all = 0;
    const std::int32_t own = key[i];
    for (int k = 0; k < n; ++k) {
      const int bends = kind[k] >= opens;
      all += bends;
      before += bends & ((key[k] < own) | ((key[k] == own) & (k < i)));
    }
    rank[i] = before;
    if (kind[i] >= opens) sorted[before] = key[i];
    if (i == 0) count = all;
  }
  /// Whether unit i is open in the piece that lies above so many bends.
  ALFI_HD bool is_open(int i, int piece) const {
    return kind[i] >= opens ? (piece > rank[i]) == (kind[i] == opens) : kind[i] == open;
  }
  /// A word of their bits.
  ALFI_HD std::int32_t open_word(int n, int piece, int word) const {
    std::uint32_t bits = 0;
    for (int i = 32 * word; i < least_of(n, 32 * word + 32); ++i) {
      bits |= static_cast<std::uint32_t>(is_open(i, piece)) << i % 32;
    }
    return static_cast<std::int32_t>(bits);
  }
};

/// Fills the table: a block for each piece that the first layer may have.
struct FindPieces {
  static constexpr const char* kName = "set_encoder: pieces";
  static constexpr int kLanes = 512;

  PieceTable at;
  EncoderWeights<float> weights;
  float* table;

  Index blocks() const { return at.firsts(); }
  std::size_t shared_bytes() const { return static_cast<std::size_t>(rounded_shared(sizeof(Work))); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    Work& work = *block.template shared<Work>(1);
    const int p = static_cast<int>(block.index());
    block.phase([&](const Lane& lane) { load(lane, work); });
    block.phase([&](const Lane& lane) {
      for (int i = lane.id; i < at.hidden1; i += lane.count) bend_first(i, work);
    });
    block.phase([&](const Lane& lane) {
      for (int i = lane.id; i < at.hidden1; i += lane.count) work.first.sort(i, at.hidden1);
    });
    const bool exists = p <= work.first.count;
    const Span span{p > 0 && exists ? work.first.sorted[p - 1] : kLowest,
                    p < work.first.count ? work.first.sorted[p] : kHighest};
    block.phase([&](const Lane& lane) {
      if (lane.id == 0 && !exists) at.counts(table)[p] = 0;
      for (int u = lane.id; exists && u < kParts * at.hidden2; u += lane.count) add_line(u, p, span, work);
    });
    if (!exists) return;
    block.phase([&](const Lane& lane) {
      for (int j = lane.id; j < at.hidden2; j += lane.count) bend_second(j, span, work);
    });
    block.phase([&](const Lane& lane) {
      for (int j = lane.id; j < at.hidden2; j += lane.count) work.second.sort(j, at.hidden2);
    });
    const int count = work.second.count + 1;
    block.phase([&](const Lane& lane) {
      if (lane.id == 0) {
        at.counts(table)[p] = count;
        at.first_origins(table)[p] = span.origin();
      }
      for (int word = lane.id; word < 2; word += lane.count) {
        at.first_open(table)[2 * p + word] = work.first.open_word(at.hidden1, p, word);
      }
      float* const lines = at.lines(table, p);
      for (int j = lane.id; j < at.hidden2; j += lane.count) {
        lines[j] = static_cast<float>(work.value[j]);
        lines[at.hidden2 + j] = static_cast<float>(work.slope[j]);
      }
      for (int u = lane.id; u < 2 * count; u += lane.count) place(p * at.each() + u / 2, u / 2, u % 2, span, work);
      for (int u = lane.id; u < count * at.groups() * 4; u += lane.count) {
        add_row(p * at.each(), u / (at.groups() * 4), u % (at.groups() * 4), span, work);
      }
    });
  }

 private:
  static constexpr int kParts = 8;
  static constexpr std::int32_t kLowest = -0x7f800001, kHighest = 0x7f800000;  // the infinities
  static constexpr double kFloats = 3.4028234663852886e38;                     // the greatest float

  static constexpr int kPitch = PieceTable::kMost + 1;

  struct Work {
    float weight[2][PieceTable::kMost * kPitch];  ///< of the second and the third layer
    float first_weight[PieceTable::kMost], bias[3][PieceTable::kMost];
    Bends first, second;
    double part[2][kParts][PieceTable::kMost];
    double value[PieceTable::kMost], slope[PieceTable::kMost];  ///< of the second layer's inputs, at the origin
  };
  /// The floats from `low` on and below `high`.
  struct Span {
    std::int32_t low, high;

    ALFI_HD float origin() const { return low > 0 ? of_ordered_key(low) : high < 0 ? of_ordered_key(high) : 0.0f; }
  };
  /// That of the q-th piece between a first layer's bends.
  ALFI_HD static Span span_of(int q, const Span& span, const Work& work) {
    return {q > 0 ? work.second.sorted[q - 1] : span.low, q < work.second.count ? work.second.sorted[q] : span.high};
  }

  ALFI_HD static bool finite(double x) { return std::fabs(x) <= kFloats; }

  ALFI_HD void load(const Lane& lane, Work& work) const {
    ALFI_UNROLL
    for (int l = 0; l < 3; ++l) {
      if (l == 2 && at.pool_first) continue;
      const LinearWeights<float>& layer = weights.layer[l];
      const auto inputs = static_cast<int>(layer.weight.cols), size = inputs * static_cast<int>(layer.weight.rows);
      for (int e = lane.id; e < size; e += lane.count) {
        float& place = l == 0 ? work.first_weight[e] : work.weight[l - 1][e / inputs * kPitch + e % inputs];
        place = layer.weight.data[e];
      }
      for (int n = lane.id; n < layer.weight.rows; n += lane.count) {
        work.bias[l][n] = layer.bias.empty() ? 0.0f : layer.bias.data[n];
      }
    }
  }

  /// The first float above a zero, where the unit opens, or the first from it on.
  ALFI_HD static std::int32_t edge_of(double zero, bool opens) {
    if (std::fabs(zero) >= kFloats) return zero > 0 ? kHighest : kLowest;
    const auto nearest = static_cast<float>(zero);
    return ordered_key(nearest) + (opens ? nearest <= zero : nearest < zero);
  }

  /// A unit whose numbers are not finite is open, so that what comes out is not finite either.
  ALFI_HD static void bend_first(int i, Work& work) {
    Bends& bends = work.first;
    const double w = work.first_weight[i], b = work.bias[0][i];
    bends.key[i] = 0;
    if (!std::isfinite(w) || !std::isfinite(b)) {
      bends.kind[i] = Bends::open;
    } else if (w == 0 || std::fabs(b) >= kFloats * std::fabs(w)) {  // no float is where it bends
      bends.kind[i] = b > 0 ? Bends::open : Bends::closed;
    } else {
      bends.kind[i] = w > 0 ? Bends::opens : Bends::closes;
      bends.key[i] = edge_of(-b / w, w > 0);
    }
  }

  /// A part of the second layer's input j.
  ALFI_HD void add_line(int u, int p, const Span& span, Work& work) const {
    const int j = u % at.hidden2, part = u / at.hidden2;
    const double origin = span.origin();
    const float* const row = work.weight[0] + j * kPitch;
    double value = part == 0 ? work.bias[1][j] : 0.0, slope = 0;
    for (int i = part; i < at.hidden1; i += kParts) {
      if (!work.first.is_open(i, p)) continue;
      const double w = work.first_weight[i];
      value += row[i] * (w * origin + work.bias[0][i]);
      slope += row[i] * w;
    }
    work.part[0][part][j] = value, work.part[1][part][j] = slope;
  }

  ALFI_HD void bend_second(int j, const Span& span, Work& work) const {
    double value = 0, slope = 0;
    for (int part = 0; part < kParts; ++part) value += work.part[0][part][j], slope += work.part[1][part][j];
    work.value[j] = value, work.slope[j] = slope;
    Bends& bends = work.second;
    bends.key[j] = 0;
    if (!std::isfinite(value) || !std::isfinite(slope)) {
      bends.kind[j] = Bends::open;
      return;
    }
    if (slope == 0 || std::fabs(value) >= kFloats * std::fabs(slope)) {
      bends.kind[j] = value > 0 ? Bends::open : Bends::closed;
      return;
    }
    const bool up = slope > 0;
    const std::int32_t key = edge_of(span.origin() - value / slope, up);
    const bool within = key > span.low && key < span.high, beyond = key >= span.high;
    bends.key[j] = key;
    bends.kind[j] = within ? (up ? Bends::opens : Bends::closes) : up == beyond ? Bends::closed : Bends::open;
  }

  ALFI_HD void place(int to, int q, int word, const Span& span, const Work& work) const {
    const Span own = span_of(q, span, work);
    at.edges(table)[to] = own.low == kLowest ? INT32_MIN : own.low;
    at.origins(table)[to] = own.origin();
    at.open(table)[2 * to + word] = work.second.open_word(at.hidden2, q, word);
  }

  /// The f-th number pooled on piece q.
  ALFI_HD void add_row(int first, int q, int f, const Span& span, const Work& work) const {
    const double ahead = static_cast<double>(span_of(q, span, work).origin()) - span.origin();
    double value = 0, slope = 0;
    const auto add = [&](int j, double weight) {
      if (!work.second.is_open(j, q)) return;
      value += weight * (work.value[j] + work.slope[j] * ahead);
      slope += weight * work.slope[j];
    };
    if (f < at.pooled && at.pool_first) {
      add(f, 1);
    } else if (f < at.pooled) {
      value = work.bias[2][f];
      for (int j = 0; j < at.hidden2; ++j) add(j, work.weight[1][f * kPitch + j]);
    }
    float* const row = at.rows(table) + ((first + q) * at.groups() + f / 4) * 8 + f % 4;
    row[0] = static_cast<float>(value), row[4] = static_cast<float>(slope);
  }
};

/// The pieces in a block's shared memory, numbered from the lowest to the highest.
struct FoundPieces {
  std::int32_t* offset;  ///< [firsts + 1] the number of each first piece's lowest, and of all
  std::int32_t* edge;    ///< [count] keys of their lower ends
  float* origin;         ///< [count]
  std::uint16_t* place;  ///< [count] in the table
  int count = 0;

  ALFI_HD static Index bytes(const PieceTable& at, int count) {
    return rounded_shared((2 * at.firsts() + 1) * 4) + 2 * rounded_shared(count * 4) + rounded_shared(count * 2);
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
    found.edge = block.template shared<std::int32_t>(found.count);
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
    });
    return found;
  }

  /// The piece where x is.
  ALFI_HD int find(float x) const {
    const std::int32_t key = ordered_key(x);
    int begin = 0, size = count;  // it is among so many
    while (size > 1) {
      const int half = size / 2;
      if (edge[begin + half] <= key) begin += half;
      size -= half;
    }
    return begin;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
