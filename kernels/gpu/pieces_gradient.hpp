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
  float* sums;                  ///< [pieces,groups,8] of the range's: sums of gradients before the last layer's end (or
                                ///< of the second's outputs), then of these times the input from the piece's origin
  const std::int32_t* rows_in;  ///< [pieces]
  float* d_second;              ///< [size_of()]: [range,2,hidden2] the same of the second layer's inputs' gradients,
                                ///< then [range,2,hidden1] of the first's
  PieceRange range;

  static Index size_of(const PieceTable& at) { return static_cast<Index>(at.firsts()) * 2 * (at.hidden1 + at.hidden2); }

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
  ALFI_HD bool filled(int s) const { return rows_in[s - found.offset[range.begin]] > 0; }

  ALFI_HD void sum_second(int p, int j) const {
    float d = 0, d_ahead = 0;
    for (int s = found.offset[p]; s < found.offset[p + 1]; ++s) {
      if (!filled(s) || !PieceTable::is_open(open_in(s), j)) continue;
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
        if (!filled(s) || (j < at.hidden2 && !PieceTable::is_open(open_in(s), j))) continue;
        d += sum(s, f), d_ahead += sum_ahead(s, f);
      }
      const float* const line = at.lines(table, p);
      gradient += j == at.hidden2 ? d : line[j] * d + line[at.hidden2 + j] * d_ahead;
    }
    return gradient;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
