#pragma once
#include "alfi/kernels/gpu/chain.hpp"

/// The weights of a chained set encoder in a block's shared memory.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Where a block keeps an encoder's weights for a chain, in numbers from their begin. `layer`: [outputs][stride], the
/// first one transposed, and where inputs are many also as it is (`many`); `back`: the others transposed. The last
/// layer's outputs are taken kOutputs at a time.
template <bool kThree, int kTiles>
struct ChainWeights {
  using Link = Chain<kThree, kTiles, 1>;
  static constexpr int kOutputTiles = 3, kOutputs = 8 * kOutputTiles;

  int inputs = 0, hidden1 = 0, hidden2 = 0;
  int outputs = 0;      ///< 0 where the pool comes before the last layer
  int last_stride = 0;  ///< of back[1]
  int many_stride = 0;
  int layer[3] = {}, many = 0, back[2] = {}, bias[3] = {};
  int size = 0;

  static constexpr int kStride = Link::kStride;

  ALFI_HD static bool fit(const EncoderLayout& l) { return l.width[1] <= Link::kWidth && l.width[2] <= Link::kWidth; }

  ALFI_HD static ChainWeights of(const EncoderLayout& l, bool backwards) {
    ChainWeights w;
    w.inputs = l.width[0], w.hidden1 = l.width[1], w.hidden2 = l.width[2];
    w.outputs = l.pool_first() ? 0 : l.width[3];
    const int outputs = w.chunks() * kOutputs;
    w.last_stride = chain_stride_of(outputs);
    w.take(backwards || !w.has_many() ? whole_eights(w.inputs) * kStride : 0, w.layer[0]);
    w.take(Link::kWidth * kStride, w.layer[1]);
    w.take(outputs * kStride, w.layer[2]);
    w.many_stride = w.has_many() ? chain_stride_of((w.inputs + 15) / 16 * 16) : 0;
    w.take(Link::kWidth * w.many_stride, w.many);
    w.take(Link::kWidth, w.bias[0]), w.take(Link::kWidth, w.bias[1]), w.take(outputs, w.bias[2]);
    w.take(backwards ? Link::kWidth * kStride : 0, w.back[0]);
    w.take(backwards && w.outputs > 0 ? Link::kWidth * w.last_stride : 0, w.back[1]);
    return w;
  }

  /// Whether the first layer's inputs are worth the tensor cores.
  ALFI_HD bool has_many() const { return inputs > 4; }
  /// Of outputs.
  ALFI_HD int chunks() const { return (outputs + kOutputs - 1) / kOutputs; }

  /// Several loads at once: each takes long.
  ALFI_HD void load(const Lane& lane, const EncoderWeights<float>& from, float* to) const {
    constexpr int kAtOnce = 8;
    for (int first = lane.id; first < size; first += kAtOnce * lane.count) {
      float held[kAtOnce];
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int e = first + u * lane.count;
        held[u] = e < size ? value(from, e) : 0.0f;
      }
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int e = first + u * lane.count;
        if (e < size) to[e] = held[u];
      }
    }
  }

 private:
  ALFI_HD void take(int numbers, int& place) {
    place = size;
    size += numbers;
  }
  /// What number e is.
  ALFI_HD float value(const EncoderWeights<float>& from, int e) const {
    if (e < layer[1]) {
      const int from_layer = e - layer[0], n = chain_feature(from_layer % kStride);
      return weight(from.layer[0], hidden1, inputs, n, from_layer / kStride);
    }
    if (e < layer[2]) return row(from.layer[1], hidden2, hidden1, e - layer[1]);
    if (e < many) return row(from.layer[2], outputs, hidden2, e - layer[2]);
    if (e < bias[0]) {
      const int k = chain_feature((e - many) % many_stride);
      return weight(from.layer[0], hidden1, inputs, (e - many) / many_stride, k);
    }
    if (e < bias[1]) return bias_of(from.layer[0], hidden1, e - bias[0]);
    if (e < bias[2]) return bias_of(from.layer[1], hidden2, e - bias[1]);
    if (e < back[0]) return bias_of(from.layer[2], outputs, e - bias[2]);
    if (e < back[1]) {
      const int n = chain_feature((e - back[0]) % kStride);
      return weight(from.layer[1], hidden2, hidden1, n, (e - back[0]) / kStride);
    }
    const int n = chain_feature((e - back[1]) % last_stride);
    return weight(from.layer[2], outputs, hidden2, n, (e - back[1]) / last_stride);
  }
  ALFI_HD static float row(const LinearWeights<float>& from, int outputs, int inputs, int e) {
    return weight(from, outputs, inputs, e / kStride, chain_feature(e % kStride));
  }
  /// From input k to output n.
  ALFI_HD static float weight(const LinearWeights<float>& from, int outputs, int inputs, int n, int k) {
    return n < outputs && k < inputs ? Link::rounded(from.weight.data[n * inputs + k]) : 0.0f;
  }
  ALFI_HD static float bias_of(const LinearWeights<float>& from, int outputs, int n) {
    return n < outputs && !from.bias.empty() ? from.bias.data[n] : 0.0f;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
