#pragma once
#include "alfi/kernels/gpu/dense.hpp"
#include "alfi/kernels/gpu/row_block.hpp"
#include "alfi/kernels/layer_pair.hpp"

/// Two layers on a GPU, a block taking its rows through both.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Shapes and weights, and a block's places for them.
template <class T>
struct LayerPairJob {
  using Rows = RowBlock<T>;
  Index rows;
  int width[3];
  const T *weight[2], *bias[2];
  Activation activation[2];

  static LayerPairJob of(Index rows, const LayerPair<T>& pair) {
    LayerPairJob job;
    job.rows = rows;
    job.width[0] = static_cast<int>(pair.layer[0].weight.cols);
    for (int l = 0; l < 2; ++l) {
      job.width[l + 1] = static_cast<int>(pair.layer[l].weight.rows);
      job.weight[l] = pair.layer[l].weight.data;
      job.bias[l] = pair.layer[l].bias.empty() ? nullptr : pair.layer[l].bias.data;
      job.activation[l] = pair.activation[l];
    }
    return job;
  }

  ALFI_HD Index weights_size(int l) const { return Rows::weights(width[l + 1], width[l]); }
  std::size_t bytes() const {
    Index size = 0;
    for (int l = 0; l < 2; ++l) size += rounded_shared(weights_size(l) * static_cast<Index>(sizeof(T)));
    for (int l = 0; l < 3; ++l) size += rounded_shared(Rows::activations(width[l]) * static_cast<Index>(sizeof(T)));
    return static_cast<std::size_t>(size);
  }
  template <class Block>
  ALFI_HD void take(Block& block, T* (&weights)[2], T* (&values)[3]) const {
    for (int l = 0; l < 2; ++l) weights[l] = block.template shared<T>(weights_size(l));
    for (int l = 0; l < 3; ++l) values[l] = block.template shared<T>(Rows::activations(width[l]));
  }
  ALFI_HD void load_weights(const Lane& lane, T* const (&weights)[2]) const {
    for (int l = 0; l < 2; ++l) Rows::load_weights(lane, weight[l], bias[l], width[l + 1], width[l], weights[l]);
  }
};

template <class T>
struct LayerPairForward {
  static constexpr const char* kName = "layer_pair";
  static constexpr int kLanes = 256;
  using Rows = RowBlock<T>;
  LayerPairJob<T> job;
  ColumnParts<const T> parts;  ///< side by side the first layer's inputs, all of job.rows rows
  T *joined, *hidden, *y;      ///< joined: null where there is one part

  ALFI_HD Index blocks() const { return (job.rows + Rows::kRows - 1) / Rows::kRows; }
  std::size_t shared_bytes() const { return job.bytes(); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index first = block.index() * Rows::kRows;
    T *weights[2], *values[3];
    job.take(block, weights, values);
    block.phase([&](const Lane& lane) {
      job.load_weights(lane, weights);
      T* to = values[0];
      for (int p = 0; p < parts.count; ++p) {
        const MatView<const T>& part = parts.part[p];
        Rows::load_rows(lane, part.data, part.cols, first, job.rows, static_cast<int>(part.cols), to);
        to += Rows::activations(part.cols);
      }
      finish_copies();
    });
    layer(block, 0, weights[0], values[0], values[1], hidden, first);
    layer(block, 1, weights[1], values[1], values[2], y, first);
  }

 private:
  template <class Block>
  ALFI_HD void layer(Block& block, int l, const T* weights, const T* in, T* out, T* to, Index first) const {
    const int inputs = job.width[l], outputs = job.width[l + 1], stride = weight_stride_of(inputs);
    const Activation activation = job.activation[l];
    block.phase([&](const Lane& lane) {
      Rows::units(lane, outputs, [&](int n, int m) {
        T sum[Rows::kPack];
        const T* const own = weights + n * stride;
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) sum[r] = own[inputs];
        Rows::add_forward(sum, own, in, m, inputs);
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) out[n * Rows::kStride + m + r] = sum[r] = activate(activation, sum[r]);
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) { to[row * outputs + n] = sum[r]; });
      });
      if (l > 0 || joined == nullptr) return;
      Rows::entries(lane, Rows::kRows, inputs, [&](int m, int c) {
        if (first + m < job.rows) joined[(first + m) * inputs + c] = in[c * Rows::kStride + m];
      });
    });
  }
};

/// d_y and d_hidden become the gradients before the nonlinearities, for the weights'.
template <class T>
struct LayerPairAdjoint {
  static constexpr const char* kName = "layer_pair_adjoint";
  static constexpr int kLanes = 256;
  using Rows = RowBlock<T>;
  LayerPairJob<T> job;
  const T *hidden, *y;
  T *d_y, *d_hidden;
  ColumnParts<T> d_parts;  ///< those without data are not wanted

  ALFI_HD Index blocks() const { return (job.rows + Rows::kRows - 1) / Rows::kRows; }
  std::size_t shared_bytes() const { return job.bytes(); }

  template <class Block>
  ALFI_HD void run(Block& block) const {
    const Index first = block.index() * Rows::kRows;
    T *weights[2], *values[3];
    job.take(block, weights, values);
    const int outputs = job.width[2];
    block.phase([&](const Lane& lane) {
      job.load_weights(lane, weights);
      Rows::load_rows(lane, hidden, job.width[1], first, job.rows, job.width[1], values[1]);
      Rows::entries(lane, Rows::kRows, outputs, [&](int m, int n) {
        T d = T(0);
        if (first + m < job.rows) {
          const Index place = (first + m) * outputs + n;
          d = d_y[place];
          if (job.activation[1] != Activation::none) d_y[place] = d = gated(1, y[place], d);
        }
        values[2][n * Rows::kStride + m] = d;
      });
      finish_copies();
    });
    block.phase([&](const Lane& lane) {
      Rows::units(lane, job.width[1], [&](int k, int m) {
        T sum[Rows::kPack] = {};
        Rows::add_adjoint(sum, weights[1], weight_stride_of(job.width[1]), k, values[2], m, outputs);
        T* const place = values[1] + k * Rows::kStride + m;
        ALFI_UNROLL
        for (int r = 0; r < Rows::kPack; ++r) place[r] = sum[r] = gated(0, place[r], sum[r]);
        Rows::rows_of_unit(first, job.rows, m, [&](Index row, int r) { d_hidden[row * job.width[1] + k] = sum[r]; });
      });
    });
    block.phase([&](const Lane& lane) {
      Rows::units(lane, job.width[0], [&](int k, int m) {
        int p = 0, column = k;
        while (column >= d_parts.part[p].cols) column -= static_cast<int>(d_parts.part[p++].cols);
        const MatView<T>& target = d_parts.part[p];
        if (target.data == nullptr) return;
        T sum[Rows::kPack] = {};
        Rows::add_adjoint(sum, weights[0], weight_stride_of(job.width[0]), k, values[1], m, job.width[1]);
        Rows::add_to_rows(first, job.rows, m, sum, [&](Index row) -> T& { return target(row, column); });
      });
    });
  }

 private:
  ALFI_HD T gated(int l, T value, T d) const {
    if (job.activation[l] == Activation::relu) return value > T(0) ? d : T(0);
    return job.activation[l] == Activation::tanh ? d * (T(1) - value * value) : d;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
