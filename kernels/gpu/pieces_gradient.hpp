#pragma once
#include "alfi/kernels/gpu/pieces.hpp"

/// The gradients of an encoder's weights from what its pieces' rows sum up to.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Pieces of the first layer: begin .. end.
struct PieceRange {
  int begin, end;
};

struct PiecesGradient {
  PieceTable at;
  EncoderLayout layout;
  EncoderWeights<float> weights;
  const float* table;
  FoundPieces found;
  float* sums;      ///< [pieces,groups,8] of the range's: sums of gradients before the last layer's end (or
                    ///< of the second's outputs), then of these times the input from the piece's origin
  float* d_second;  ///< [size_of()]: [range,2,hidden2] the same of the second layer's inputs' gradients,
                    ///< then [range,2,hidden1] of the first's
  PieceRange range;

  ALFI_HD static Index size_of(const PieceTable& at) {
    return static_cast<Index>(at.firsts()) * 2 * (at.hidden1 + at.hidden2);
  }

  /// Writes the gradients, or adds them to what is there, in the order of EncoderLayout.
  template <class Block>
  ALFI_HD void write(Block& block, float* to, bool add) const {
    const int begin = found.offset[range.begin], count = found.offset[range.end] - begin, groups = at.groups();
    // From now on inputs count from the origin of the first layer's piece.
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < count * groups * 4; e += lane.count) {
        const int s = e / (groups * 4);
        float* const place = sums + e / 4 * 8 + e % 4;
        const float ahead = found.origin[begin + s] - at.first_origins(table)[found.place[begin + s] / at.each()];
        place[4] += ahead * place[0];
      }
    });
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < (range.end - range.begin) * at.hidden2; e += lane.count) {
        sum_second(range.begin + e / at.hidden2, e % at.hidden2);
      }
    });
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < (range.end - range.begin) * at.hidden1; e += lane.count) {
        sum_first(range.begin + e / at.hidden1, e % at.hidden1);
      }
    });
    block.phase([&](const Lane& lane) {
      ALFI_UNROLL
      for (int l = 0; l < 3; ++l) {
        if (l >= layout.layers) continue;
        const int inputs = layout.width[l], across = weight_stride_of(inputs);
        for (int e = lane.id; e < across * layout.width[l + 1]; e += lane.count) {
          const int n = e / across, k = e % across;
          const float gradient = k > inputs ? 0.0f : l == 0 ? first(n, k) : l == 1 ? second(n, k) : third(n, k);
          float& place = to[layout.weight_at[l] + e];
          place = add ? place + gradient : gradient;
        }
      }
    });
  }

 private:
  ALFI_HD float* second_of(int p) const { return d_second + (p - range.begin) * 2 * at.hidden2; }
  ALFI_HD float* first_of(int p) const {
    return d_second + (range.end - range.begin) * 2 * at.hidden2 + (p - range.begin) * 2 * at.hidden1;
  }
  ALFI_HD const std::int32_t* open_in(int s) const { return at.open(table) + 2 * found.place[s]; }
  ALFI_HD const std::int32_t* first_open(int p) const { return at.first_open(table) + 2 * p; }
  /// Those of piece s.
  ALFI_HD float sum(int s, int f) const {
    return sums[((s - found.offset[range.begin]) * at.groups() + f / 4) * 8 + f % 4];
  }
  ALFI_HD float sum_ahead(int s, int f) const {
    return sums[((s - found.offset[range.begin]) * at.groups() + f / 4) * 8 + 4 + f % 4];
  }

  ALFI_HD void sum_second(int p, int j) const {
    float d = 0, d_ahead = 0;
    for (int s = found.offset[p]; s < found.offset[p + 1]; ++s) {
      if (!PieceTable::is_open(open_in(s), j)) continue;
      if (at.pool_first) {
        d += sum(s, j), d_ahead += sum_ahead(s, j);
        continue;
      }
      for (int f = 0; f < at.pooled; ++f) {
        const float weight = weights.layer[2].weight.data[f * at.hidden2 + j];
        d += weight * sum(s, f), d_ahead += weight * sum_ahead(s, f);
      }
    }
    second_of(p)[j] = d, second_of(p)[at.hidden2 + j] = d_ahead;
  }

  ALFI_HD void sum_first(int p, int i) const {
    const float *const d = second_of(p), *const d_ahead = d + at.hidden2;
    float sum = 0, sum_ahead = 0;
    const int inputs = PieceTable::is_open(first_open(p), i) ? at.hidden2 : 0;
    for (int j = 0; j < inputs; ++j) {
      const float weight = weights.layer[1].weight.data[j * at.hidden1 + i];
      sum += weight * d[j], sum_ahead += weight * d_ahead[j];
    }
    first_of(p)[i] = sum, first_of(p)[at.hidden1 + i] = sum_ahead;
  }

  ALFI_HD float first(int i, int k) const {
    float gradient = 0;
    for (int p = range.begin; p < range.end; ++p) {
      const float* const d = first_of(p) + i;
      gradient += k == 1 ? d[0] : d[at.hidden1] + at.first_origins(table)[p] * d[0];
    }
    return gradient;
  }
  ALFI_HD float second(int j, int i) const {
    float gradient = 0;
    const bool bias = i == at.hidden1;
    const float w = bias ? 0.0f : weights.layer[0].weight.data[i];
    const float b = bias ? 1.0f : weights.layer[0].bias.empty() ? 0.0f : weights.layer[0].bias.data[i];
    for (int p = range.begin; p < range.end; ++p) {
      if (!bias && !PieceTable::is_open(first_open(p), i)) continue;
      const float* const d = second_of(p);
      gradient += (w * at.first_origins(table)[p] + b) * d[j] + w * d[at.hidden2 + j];
    }
    return gradient;
  }
  ALFI_HD float third(int f, int j) const {
    float gradient = 0;
    for (int p = range.begin; p < range.end; ++p) {
      float d = 0, d_ahead = 0;
      for (int s = found.offset[p]; s < found.offset[p + 1]; ++s) {
        if (j < at.hidden2 && !PieceTable::is_open(open_in(s), j)) continue;
        d += sum(s, f), d_ahead += sum_ahead(s, f);
      }
      const float* const line = at.lines(table, p);
      gradient += j == at.hidden2 ? d : line[j] * d + line[at.hidden2 + j] * d_ahead;
    }
    return gradient;
  }
};

/// The same from what the adjoint's blocks left: a block for each piece of the first layer leaves its part of the
/// gradients. Where the pieces were too many for that, the adjoint's blocks have left theirs.
struct PiecesGradients {
  static constexpr const char* kName = "set_encoder_adjoint";
  static constexpr int kLanes = 512;
  static constexpr int kMost = 256;  ///< pieces

  PieceTable at;
  EncoderLayout layout;
  EncoderWeights<float> weights;
  float* table;
  int adjoint_blocks;
  const float* sums;  ///< [adjoint_blocks,pieces,groups,8]
  float* partials;    ///< [blocks,gradient_size]

  Index blocks() const { return at.firsts(); }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(FoundPieces::bytes(at, at.places()) + rounded_shared(at.each() * at.groups() * 32) +
                                    rounded_shared(2 * (at.hidden1 + at.hidden2) * 4));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const FoundPieces found = FoundPieces::load(block, at, table);
    const bool here = found.count <= kMost;
    const int p = static_cast<int>(block.index()), begin = found.offset[p], count = found.offset[p + 1] - begin;
    int firsts = at.firsts();
    while (found.offset[firsts - 1] == found.count) --firsts;
    block.phase([&](const Lane& lane) {
      if (lane.id == 0 && p == 0) *at.parts(table) = here ? firsts : adjoint_blocks;
    });
    if (!here || count == 0) return;
    float* const own = block.template shared<float>(at.each() * at.groups() * 8);
    float* const d_second = block.template shared<float>(2 * (at.hidden1 + at.hidden2));
    block.warps([&](const auto& warp) {
      typename std::decay_t<decltype(warp)>::template PerLane<Eight> sum;
      for (int u = warp.id(); u < count * at.groups(); u += warp.count()) {
        warp.each([&](int lane) {
          sum[lane] = {};
          for (int k = lane; k < adjoint_blocks; k += 32) {
            const float* const from = sums + (static_cast<Index>(k) * found.count + begin) * at.groups() * 8 + u * 8;
            const auto d = neighbours<4>(from), d_ahead = neighbours<4>(from + 4);
            ALFI_UNROLL
            for (int f = 0; f < 4; ++f) sum[lane].v[f] += d.v[f], sum[lane].v[4 + f] += d_ahead.v[f];
          }
        });
        warp.add_up(sum);
        warp.each([&](int lane) {
          if (lane % 4 == 0) own[u * 8 + lane / 4] = sum[lane].v[0];
        });
      }
    });
    const PiecesGradient gradient{at, layout, weights, table, found, own, d_second, {p, p + 1}};
    gradient.write(block, partials + block.index() * layout.weight_at[layout.layers], false);
  }
};

/// Where the adjoint passes of an encoder that was prepared for several leave what they sum up: each of their blocks
/// adds to its own.
struct SharedPieceSums {
  static constexpr int kBlocks = kMultiprocessors;  ///< of a pass, at most
  Index sums = 0;                                   ///< [kBlocks,pieces,groups,8]
  Index partials = 0;                               ///< [parts,gradient_size] behind them
  Index parts = 0;

  static SharedPieceSums of(const PieceTable& at, const EncoderLayout& layout) {
    const Index parts = at.firsts() > kBlocks ? at.firsts() : kBlocks;
    return {static_cast<Index>(kBlocks) * PiecesGradients::kMost * at.groups() * 8,
            (parts * layout.weight_at[layout.layers] + 3) / 4 * 4, parts};
  }
  Index size() const { return sums + partials; }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
