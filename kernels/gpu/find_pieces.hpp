#pragma once
#include "alfi/kernels/gpu/pieces.hpp"

/// How the pieces of an encoder are found: where each layer's units open or close, one layer after the other.

namespace alfi {
inline namespace v0 {
namespace kernels {

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

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
