#pragma once
#include "alfi/kernels/gpu/chain.hpp"
#include "alfi/kernels/gpu/copy_async.hpp"

/// The weights of a chained set encoder in a block's shared memory, split into halves once.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What activations and gradients are bounded by, and the powers of two that weights are multiplied by.
struct ChainBounds {
  float norm[2];       ///< a row's largest sum of magnitudes, first and second layer
  float back_norm[2];  ///< a column's, second and third layer
  float bias[2];       ///< the largest magnitude
  float scale[3];      ///< of the layers' weights

  /// What the first layer's outputs are at most where inputs are; what the second's are where the first's are.
  ALFI_HD float first(float x) const { return norm[0] * x + bias[0]; }
  ALFI_HD float second(float h) const { return norm[1] * h + bias[1]; }
};

/// Where a block keeps an encoder's weights. In halves, from their begin: `first`, `second` and `third`
/// [outputs][stride], the third in chunks of kOutputs outputs. In floats, behind them: the first layer transposed where
/// its inputs are few, biases, ChainBounds.
template <bool kThree, int kTiles>
struct ChainWeights {
  using Link = Chain<kThree, kTiles, 1>;
  static constexpr int kOutputTiles = 3, kOutputs = 8 * kOutputTiles;
  static constexpr int kStride = Link::kStride, kWidth = Link::kWidth, kParts = Link::kParts;

  int inputs = 0, hidden1 = 0, hidden2 = 0;
  int outputs = 0;  ///< 0 where the pool comes before the last layer
  int first_stride = 0;
  int first_at = 0, second_at = 0, third_at = 0, halves = 0;
  int few_at = 0, bias_at[3] = {}, bounds_at = 0, floats = 0;

  ALFI_HD static bool fit(const EncoderLayout& l) { return l.width[1] <= kWidth && l.width[2] <= kWidth; }

  ALFI_HD static ChainWeights of(const EncoderLayout& l) {
    ChainWeights w;
    w.inputs = l.width[0], w.hidden1 = l.width[1], w.hidden2 = l.width[2];
    w.outputs = l.pool_first() ? 0 : l.width[3];
    w.first_stride = half_stride_of(w.inputs);
    w.second_at = kWidth * w.first_stride * kParts;
    w.third_at = w.second_at + kWidth * kStride * kParts;
    // Loads of four blocks go beyond the last one by eight rows or columns.
    const int across = w.first_stride > kStride ? w.first_stride : kStride;
    w.halves = w.third_at + w.chunks() * kOutputs * kStride * kParts + 8 * across + 8;
    w.bias_at[0] = w.has_many() ? 0 : w.inputs * kWidth;
    w.bias_at[1] = w.bias_at[0] + kWidth;
    w.bias_at[2] = w.bias_at[1] + kWidth;
    w.bounds_at = w.bias_at[2] + w.chunks() * kOutputs;
    w.floats = w.bounds_at + static_cast<int>(sizeof(ChainBounds) / sizeof(float));
    return w;
  }

  ALFI_HD bool has_many() const { return ChainInputs::many(inputs); }
  /// Of outputs.
  ALFI_HD int chunks() const { return (outputs + kOutputs - 1) / kOutputs; }
  ALFI_HD int raw_size() const { return hidden1 * inputs + hidden2 * hidden1 + outputs * hidden2; }

  ALFI_HD Index bytes() const { return halves_bytes() + rounded_shared(floats * static_cast<Index>(sizeof(float))); }
  /// What load() needs meanwhile.
  ALFI_HD Index scratch_bytes() const {
    return (raw_size() + kNorms * kWidth + kNorms + 2) * static_cast<Index>(sizeof(float));
  }

  struct Placed {
    Half* halves;
    float* floats;
  };
  /// In bytes() of memory from `begin` on.
  ALFI_HD Placed placed(float* begin) const {
    return {reinterpret_cast<Half*>(begin), begin + halves_bytes() / static_cast<Index>(sizeof(float))};
  }
  /// In a block's memory.
  template <class Block>
  ALFI_HD Placed take(Block& block) const {
    return placed(block.template shared<float>(bytes() / static_cast<Index>(sizeof(float))));
  }
  ALFI_HD HalfMatrix first(const Placed& w) const { return {w.halves + first_at, first_stride, kWidth * first_stride}; }
  ALFI_HD HalfMatrix second(const Placed& w) const { return {w.halves + second_at, kStride, kWidth * kStride}; }
  /// Of outputs n .., the first of a chunk.
  ALFI_HD HalfMatrix third(const Placed& w, int n) const {
    return {w.halves + third_at + n * kStride * kParts, kStride, kOutputs * kStride};
  }
  ALFI_HD const ChainBounds& bounds(const Placed& w) const {
    return *reinterpret_cast<const ChainBounds*>(w.floats + bounds_at);
  }

  /// The weights are there after finish_load(). scratch: scratch_bytes(), until this returns.
  template <class Block>
  ALFI_HD void load(Block& block, const EncoderWeights<float>& from, const Placed& w, float* scratch) const {
    if (from.prepared.chain.empty()) return make(block, from, w, scratch);
    block.phase([&](const Lane& lane) {
      float* const to = reinterpret_cast<float*>(w.halves);
      for (int e = 4 * lane.id; e < bytes() / static_cast<Index>(sizeof(float)); e += 4 * lane.count) {
        copy_four_async(to + e, from.prepared.chain.data, e, 4);
      }
    });
  }
  template <class Block>
  ALFI_HD static void finish_load(Block& block) {
    block.phase([](const Lane&) { finish_copies(); });
  }
  /// From the weights themselves; they are there after the call.
  template <class Block>
  ALFI_HD void make(Block& block, const EncoderWeights<float>& from, const Placed& w, float* scratch) const {
    float* const norms = scratch + raw_size();
    block.phase([&](const Lane& lane) {
      copy(lane, from.layer[0].weight.data, hidden1 * inputs, scratch);
      copy(lane, from.layer[1].weight.data, hidden2 * hidden1, scratch + hidden1 * inputs);
      if (outputs > 0) copy(lane, from.layer[2].weight.data, outputs * hidden2, raw(scratch, 2));
      for (int e = lane.id; e < bounds_at; e += lane.count) {
        w.floats[e] = e < bias_at[0]   ? weight(from.layer[0], hidden1, e % kWidth, e / kWidth)
                      : e < bias_at[1] ? bias_of(from.layer[0], hidden1, e - bias_at[0])
                      : e < bias_at[2] ? bias_of(from.layer[1], hidden2, e - bias_at[1])
                                       : bias_of(from.layer[2], outputs, e - bias_at[2]);
      }
    });
    block.phase([&](const Lane& lane) {
      for (int u = lane.id; u < kNorms * kWidth; u += lane.count) norms[u] = norm(scratch, u / kWidth, u % kWidth);
    });
    float* const largest = norms + kNorms * kWidth;
    block.phase([&](const Lane& lane) {
      for (int u = lane.id; u < kNorms + 2; u += lane.count) {
        const float* const biases = w.floats + (u == kNorms ? bias_at[0] : bias_at[1]);
        largest[u] = largest_of(u < kNorms ? norms + u * kWidth : biases, kWidth);
      }
    });
    block.phase([&](const Lane& lane) {
      const ChainBounds b{{largest[0], largest[1]},
                          {largest[2], largest[3]},
                          {largest[4], largest[5]},
                          {scale_for(largest[0]), scale_for(largest[1]), scale_for(largest[3])}};
      if (lane.id == 0) *reinterpret_cast<ChainBounds*>(w.floats + bounds_at) = b;
      place(lane, scratch, hidden1, inputs, b.scale[0], kWidth, first(w));
      place(lane, raw(scratch, 1), hidden2, hidden1, b.scale[1], kWidth, second(w));
      for (int n = 0; n < outputs; n += kOutputs) {
        place(lane, raw(scratch, 2) + n * hidden2, outputs - n, hidden2, b.scale[2], kOutputs, third(w, n));
      }
    });
  }

 private:
  static constexpr int kNorms = 4;  ///< as ChainBounds has them

  ALFI_HD Index halves_bytes() const { return rounded_shared(halves * static_cast<Index>(sizeof(Half))); }

  ALFI_HD const float* raw(const float* scratch, int layer) const {
    return scratch + hidden1 * inputs + (layer == 2 ? hidden2 * hidden1 : 0);
  }
  ALFI_HD float* raw(float* scratch, int layer) const {
    return scratch + hidden1 * inputs + (layer == 2 ? hidden2 * hidden1 : 0);
  }

  /// Several loads at once: each takes long.
  ALFI_HD static void copy(const Lane& lane, const float* from, int size, float* to) {
    constexpr int kAtOnce = 8;
    for (int first = lane.id; first < size; first += kAtOnce * lane.count) {
      float held[kAtOnce];
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int e = first + u * lane.count;
        held[u] = e < size ? from[e] : 0.0f;
      }
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int e = first + u * lane.count;
        if (e < size) to[e] = held[u];
      }
    }
  }

  /// The sum of the finite magnitudes in row or column i of ChainBounds' sums, 0 where there is none.
  ALFI_HD float norm(const float* scratch, int which, int i) const {
    switch (which) {
      case 0:
        return i < hidden1 ? sum_of(scratch + i * inputs, inputs, 1) : 0.0f;
      case 1:
        return i < hidden2 ? sum_of(raw(scratch, 1) + i * hidden1, hidden1, 1) : 0.0f;
      case 2:
        return i < hidden1 ? sum_of(raw(scratch, 1) + i, hidden2, hidden1) : 0.0f;
      default:
        return i < hidden2 ? sum_of(raw(scratch, 2) + i, outputs, hidden2) : 0.0f;
    }
  }
  ALFI_HD static float sum_of(const float* from, int count, int step) {
    float sum = 0;
    for (int k = 0; k < count; ++k) sum += ScalarArithmetic<float>::real(finite_size(from[k * step]));
    return sum;
  }
  ALFI_HD static float largest_of(const float* from, int count) {
    std::uint32_t largest = 0;
    for (int k = 0; k < count; ++k) {
      const std::uint32_t size = finite_size(from[k]);
      largest = size > largest ? size : largest;
    }
    return ScalarArithmetic<float>::real(largest);
  }

  /// raw [outputs][inputs] as halves [rows][stride], with zeros around it.
  ALFI_HD static void place(const Lane& lane, const float* raw, int outputs, int inputs, float scale, int rows,
                            const HalfMatrix& to) {
    const int pairs = to.stride / 2;
    for (int e = lane.id; e < rows * pairs; e += lane.count) {
      const int n = e / pairs, k = e % pairs * 2;
      const float* const from = raw + n * inputs + k;
      const auto split = SplitPair<kParts>::of(n < outputs && k < inputs ? from[0] * scale : 0.0f,
                                               n < outputs && k + 1 < inputs ? from[1] * scale : 0.0f);
      for (int p = 0; p < kParts; ++p) {
        *reinterpret_cast<HalfPair*>(to.at + p * to.part + n * to.stride + k) = split.part[p];
      }
    }
  }
  /// From input k to output n.
  ALFI_HD static float weight(const LinearWeights<float>& from, int outputs, int n, int k) {
    return n < outputs ? from.weight.data[n * from.weight.cols + k] : 0.0f;
  }
  ALFI_HD static float bias_of(const LinearWeights<float>& from, int outputs, int n) {
    return n < outputs && !from.bias.empty() ? from.bias.data[n] : 0.0f;
  }
};

/// An encoder's weights in a chain's form, for all blocks of several passes: one block makes them.
template <bool kThree, int kTiles>
struct PrepareChain {
  using Weights = ChainWeights<kThree, kTiles>;
  static constexpr const char* kName = "prepare_encoder";
  static constexpr int kLanes = 512;

  EncoderLayout layout;
  EncoderWeights<float> weights;
  float* to;  ///< [Weights::bytes() / 4], a multiple of 16 bytes

  Index blocks() const { return 1; }
  std::size_t shared_bytes() const {
    return static_cast<std::size_t>(rounded_shared(Weights::of(layout).scratch_bytes()));
  }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Weights at = Weights::of(layout);
    block.phase([&](const Lane& lane) {
      for (int e = lane.id; e < at.bytes() / static_cast<Index>(sizeof(float)); e += lane.count) to[e] = 0;
    });
    at.make(block, weights, at.placed(to),
            block.template shared<float>(at.scratch_bytes() / static_cast<Index>(sizeof(float))));
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
