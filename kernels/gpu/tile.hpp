#pragma once
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/tile_product.hpp"

/// The products of a layer on a tile of rows that stays in shared memory, by multiply-adds in T; on tensor cores:
/// kernels/gpu/chain.hpp. Three products, each a phase:
///     forward          out[n][m] = bias[n] + sum_k in[k][m] weight[n][k], then ReLU where wanted
///     input_gradient   in[k][m] <- gate * sum_n out[n][m] weight[n][k], out holding its gradient;
///                      gate = in[k][m] > 0 where wanted (in is what a ReLU gave)
///     weight_gradient  gradient[n][k] += sum_m out[n][m] in[k][m], the same with ones[m] for the bias
/// Shapes: activations [feature][stride], rows m along memory, stride = rows + 4; weights [outputs][weight_stride],
/// weight_stride an odd multiple of 4, column `inputs` is the bias. With these strides neighbouring lanes' 16-byte
/// loads along m or k are in different banks. What lies between the ends of rows is never in a result. Sums: each
/// result has one owner and is summed in order, so that lanes and their number do not matter.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// An odd multiple of 4 that holds a row of weights and its bias.
ALFI_HD constexpr int weight_stride_of(int inputs) { return (inputs + 4) / 8 * 8 + 4; }
ALFI_HD constexpr int tile_stride_of(int rows) { return rows + 4; }

/// A layer and its activations in a tile. rows: a multiple of 16.
template <class T>
struct TileLayer {
  int rows, stride;
  int inputs, outputs, weight_stride;
  const T* weight;
  T *in, *out;
};

/// The part of a phase's units that a lane does: first, first + lane.count, ... Blocks begin at different warps, so
/// that units which do not fill all warps load a multiprocessor's schedulers alike.
template <class Block>
ALFI_HD int first_unit(const Block& block, const Lane& lane) {
  return (lane.id + static_cast<int>(block.index() % 32) * 32) % lane.count;
}

/// Micro-tiles in registers: in float 8 rows by 8 outputs, fed by 16 loads of 16 bytes for 256 multiply-adds.
template <class T>
struct TileFma {
  static constexpr int kPack = 16 / static_cast<int>(sizeof(T));  ///< numbers loaded at once
  static constexpr int kRows = 2 * kPack, kOuts = 2 * kPack;

  template <class Block>
  ALFI_HD static void forward(Block& block, const TileLayer<T>& l, bool relu) {
    const int across = l.rows / kRows, units = across * ((l.outputs + kOuts - 1) / kOuts);
    block.phase([&](const Lane& lane) {
      for (int u = first_unit(block, lane); u < units; u += lane.count) {
        forward_unit(l, u % across * kPack, u / across, relu);
      }
    });
  }

  template <class Block>
  ALFI_HD static void input_gradient(Block& block, const TileLayer<T>& l, bool gate) {
    const int across = l.rows / kRows, units = across * ((l.inputs + kOuts - 1) / kOuts);
    block.phase([&](const Lane& lane) {
      for (int u = first_unit(block, lane); u < units; u += lane.count) {
        input_unit(l, u % across * kPack, u / across, gate);
      }
    });
  }

  template <class Block>
  ALFI_HD static void weight_gradient(Block& block, const TileLayer<T>& l, const T* ones, T* gradient) {
    const int across = (l.inputs + 1 + kPack - 1) / kPack, units = across * ((l.outputs + kOuts - 1) / kOuts);
    block.phase([&](const Lane& lane) {
      for (int u = first_unit(block, lane); u < units; u += lane.count) {
        weight_unit(l, u / across, u % across, ones, gradient);
      }
    });
  }

 private:
  using Pack = Neighbours<T, kPack>;

  /// sum[j][.] += a * the rows at `column` and half a tile further.
  ALFI_HD static void add_rows(T (&sum)[kRows], T a, const Pack& left, const Pack& right) {
    ALFI_UNROLL
    for (int r = 0; r < kPack; ++r) {
      sum[r] += a * left.v[r];
      sum[kPack + r] += a * right.v[r];
    }
  }

  /// Rows m .. and rows/2 + m ..; outputs n, n + step, n + 2 step, ..
  ALFI_HD static void forward_unit(const TileLayer<T>& l, int m, int n, bool relu) {
    const int step = (l.outputs + kOuts - 1) / kOuts;
    const T *weight[kOuts], *in = l.in + m;
    T sum[kOuts][kRows];
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      weight[j] = l.weight + least_of(n + j * step, l.outputs - 1) * l.weight_stride;
      ALFI_UNROLL
      for (int r = 0; r < kRows; ++r) sum[j][r] = weight[j][l.inputs];
    }
    int k = 0;
    for (; k + kPack <= l.inputs; k += kPack) {
      Pack factor[kOuts];
      ALFI_UNROLL
      for (int j = 0; j < kOuts; ++j) factor[j] = neighbours<kPack>(weight[j] + k);
      ALFI_UNROLL
      for (int c = 0; c < kPack; ++c, in += l.stride) {
        const Pack left = neighbours<kPack>(in), right = neighbours<kPack>(in + l.rows / 2);
        ALFI_UNROLL
        for (int j = 0; j < kOuts; ++j) add_rows(sum[j], factor[j].v[c], left, right);
      }
    }
    for (; k < l.inputs; ++k, in += l.stride) {
      const Pack left = neighbours<kPack>(in), right = neighbours<kPack>(in + l.rows / 2);
      ALFI_UNROLL
      for (int j = 0; j < kOuts; ++j) add_rows(sum[j], weight[j][k], left, right);
    }
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      if (n + j * step < l.outputs) store_rows(l.out + (n + j * step) * l.stride + m, l.rows / 2, sum[j], relu);
    }
  }

  ALFI_HD static void store_rows(T* to, int half, const T (&sum)[kRows], bool relu) {
    Pack left, right;
    ALFI_UNROLL
    for (int r = 0; r < kPack; ++r) {
      left.v[r] = relu && !(sum[r] > T(0)) ? T(0) : sum[r];
      right.v[r] = relu && !(sum[kPack + r] > T(0)) ? T(0) : sum[kPack + r];
    }
    *reinterpret_cast<Pack*>(to) = left;
    *reinterpret_cast<Pack*>(to + half) = right;
  }

  /// Rows as above; inputs in two groups of kPack neighbours, group g and g + half of the groups.
  ALFI_HD static void input_unit(const TileLayer<T>& l, int m, int g, bool gate) {
    const int groups = (l.inputs + kPack - 1) / kPack, other = g + (groups + 1) / 2;
    const T *weight[2] = {l.weight + g * kPack, l.weight + least_of(other, groups - 1) * kPack}, *d = l.out + m;
    T sum[kOuts][kRows];
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      ALFI_UNROLL
      for (int r = 0; r < kRows; ++r) sum[j][r] = T(0);
    }
    for (int n = 0; n < l.outputs; ++n, d += l.stride) {
      const Pack left = neighbours<kPack>(d), right = neighbours<kPack>(d + l.rows / 2);
      ALFI_UNROLL
      for (int half = 0; half < 2; ++half) {
        const Pack factor = neighbours<kPack>(weight[half] + n * l.weight_stride);
        ALFI_UNROLL
        for (int c = 0; c < kPack; ++c) add_rows(sum[half * kPack + c], factor.v[c], left, right);
      }
    }
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      const int k = (j < kPack ? g : other) * kPack + j % kPack;
      if (k < l.inputs) replace_rows(l.in + k * l.stride + m, l.rows / 2, sum[j], gate);
    }
  }

  ALFI_HD static void replace_rows(T* place, int half, const T (&sum)[kRows], bool gate) {
    Pack left = neighbours<kPack>(place), right = neighbours<kPack>(place + half);
    ALFI_UNROLL
    for (int r = 0; r < kPack; ++r) {
      left.v[r] = gate && !(left.v[r] > T(0)) ? T(0) : sum[r];
      right.v[r] = gate && !(right.v[r] > T(0)) ? T(0) : sum[kPack + r];
    }
    *reinterpret_cast<Pack*>(place) = left;
    *reinterpret_cast<Pack*>(place + half) = right;
  }

  /// Outputs n, n + step, ..; inputs k, k + step, .., the one after the last being the bias.
  ALFI_HD static void weight_unit(const TileLayer<T>& l, int n, int k, const T* ones, T* gradient) {
    const int step_n = (l.outputs + kOuts - 1) / kOuts, step_k = (l.inputs + 1 + kPack - 1) / kPack;
    const T *d[kOuts], *in[kPack];
    T sum[kOuts][kPack];
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      d[j] = l.out + least_of(n + j * step_n, l.outputs - 1) * l.stride;
      ALFI_UNROLL
      for (int i = 0; i < kPack; ++i) sum[j][i] = T(0);
    }
    ALFI_UNROLL
    for (int i = 0; i < kPack; ++i) in[i] = k + i * step_k < l.inputs ? l.in + (k + i * step_k) * l.stride : ones;
    for (int m = 0; m < l.rows; m += kPack) {
      Pack right[kPack];
      ALFI_UNROLL
      for (int i = 0; i < kPack; ++i) right[i] = neighbours<kPack>(in[i] + m);
      ALFI_UNROLL
      for (int j = 0; j < kOuts; ++j) {
        const Pack left = neighbours<kPack>(d[j] + m);
        ALFI_UNROLL
        for (int i = 0; i < kPack; ++i) {
          ALFI_UNROLL
          for (int c = 0; c < kPack; ++c) sum[j][i] += left.v[c] * right[i].v[c];
        }
      }
    }
    ALFI_UNROLL
    for (int j = 0; j < kOuts; ++j) {
      ALFI_UNROLL
      for (int i = 0; i < kPack; ++i) {
        const int row = n + j * step_n, col = k + i * step_k;
        if (row < l.outputs && col <= l.inputs) gradient[row * l.weight_stride + col] += sum[j][i];
      }
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
