#pragma once
#include "alfi/kernels/gpu/tile.hpp"

/// kernels/gpu/tile.hpp's products on tensor cores: factors rounded to 11 significant bits, or (kThree) each split into
/// two such numbers, x = high + low, and low high + high low + high high added. Biases and sums are floats.
/// A warp computes 32 x 32 results: each fragment read from shared memory serves two or four products. The order of a
/// sum over features is not theirs: with the features 2 t and 2 t + 1 in places t and t + 4 of a fragment, a stride of
/// an odd multiple of 4 keeps a warp's loads in different banks.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What product() multiplies: results [rows][cols], sums over depth. Each is a struct with rows, cols, depth, and
///     static int place(int position);              where in 8 terms of the sum a fragment's position is
///     float a(int row, int k), b(int k, int col);  factors
///     float start(int row, int col); void finish(int row, int col, float sum);
struct PairedDepth {
  ALFI_HD static int place(int position) { return position % 4 * 2 + position / 4; }
};
struct PlainDepth {
  ALFI_HD static int place(int position) { return position; }
};

struct TileForward : PairedDepth {
  const TileLayer<float>& l;
  bool relu;
  int rows, cols, depth;

  ALFI_HD TileForward(const TileLayer<float>& layer, bool with_relu)
      : l(layer), relu(with_relu), rows(layer.rows), cols(layer.outputs), depth(layer.inputs) {}
  ALFI_HD float a(int m, int k) const { return l.in[k * l.stride + m]; }
  ALFI_HD float b(int k, int n) const { return l.weight[n * l.weight_stride + k]; }
  ALFI_HD float start(int, int n) const { return b(l.inputs, n); }
  ALFI_HD void finish(int m, int n, float sum) const { l.out[n * l.stride + m] = relu && !(sum > 0) ? 0 : sum; }
};

struct TileInputGradient : PairedDepth {
  const TileLayer<float>& l;
  bool gate;
  int rows, cols, depth;

  ALFI_HD TileInputGradient(const TileLayer<float>& layer, bool with_gate)
      : l(layer), gate(with_gate), rows(layer.rows), cols(layer.inputs), depth(layer.outputs) {}
  ALFI_HD float a(int m, int n) const { return l.out[n * l.stride + m]; }
  ALFI_HD float b(int n, int k) const { return l.weight[n * l.weight_stride + k]; }
  ALFI_HD float start(int, int) const { return 0; }
  ALFI_HD void finish(int m, int k, float sum) const {
    float& place = l.in[k * l.stride + m];
    place = gate && !(place > 0) ? 0 : sum;
  }
};

struct TileWeightGradient : PlainDepth {
  const TileLayer<float>& l;
  const float* ones;
  float* gradient;
  int rows, cols, depth;

  ALFI_HD TileWeightGradient(const TileLayer<float>& layer, const float* ones_, float* gradient_)
      : l(layer), ones(ones_), gradient(gradient_), rows(layer.outputs), cols(layer.inputs + 1), depth(layer.rows) {}
  ALFI_HD float a(int n, int m) const { return l.out[n * l.stride + m]; }
  ALFI_HD float b(int m, int k) const { return (k < l.inputs ? l.in + k * l.stride : ones)[m]; }
  ALFI_HD float start(int, int) const { return 0; }
  ALFI_HD void finish(int n, int k, float sum) const { gradient[n * l.weight_stride + k] += sum; }
};

template <bool kThree>
struct TileTensor {
  using Scalar = float;

  template <class Block>
  ALFI_HD static void forward(Block& block, const TileLayer<float>& l, bool relu) {
    product(block, TileForward(l, relu));
  }
  template <class Block>
  ALFI_HD static void input_gradient(Block& block, const TileLayer<float>& l, bool gate) {
    product(block, TileInputGradient(l, gate));
  }
  template <class Block>
  ALFI_HD static void weight_gradient(Block& block, const TileLayer<float>& l, const float* ones, float* gradient) {
    product(block, TileWeightGradient(l, ones, gradient));
  }

 private:
  static constexpr int kRowTiles = 2, kColTiles = 4, kSide = 32;

  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  /// A factor as the tensor cores take it.
  template <class Warp, class Factor>
  struct Split {
    PerLane<Warp, Factor> high, low;

    ALFI_HD void set(int lane, int entry, float x) {
      const float rounded = to_tf32(x);
      high[lane].v[entry] = rounded;
      if constexpr (kThree) low[lane].v[entry] = to_tf32(x - rounded);
    }
  };

  template <class Block, class Terms>
  ALFI_HD static void product(Block& block, const Terms& terms) {
    const int across = (terms.cols + kSide - 1) / kSide, units = (terms.rows + kSide - 1) / kSide * across;
    block.warps([&](const auto& warp) {
      const int first = (warp.id() + static_cast<int>(block.index() % 32)) % warp.count();
      for (int u = first; u < units; u += warp.count()) unit(warp, terms, u / across * kSide, u % across * kSide);
    });
  }

  template <class Warp, class Terms>
  ALFI_HD static void unit(const Warp& warp, const Terms& terms, int row, int col) {
    PerLane<Warp, Accumulator> sum[kRowTiles][kColTiles];
    each_result(warp, row, col, [&](int lane, int i, int j, int e, int r, int c) {
      sum[i][j][lane].v[e] = c < terms.cols ? terms.start(r, c) : 0;
    });
    int k = 0;
    for (; k + 8 <= terms.depth; k += 8) step<true>(warp, terms, row, col, k, sum);
    if (k < terms.depth) step<false>(warp, terms, row, col, k, sum);
    each_result(warp, row, col, [&](int lane, int i, int j, int e, int r, int c) {
      if (r < terms.rows && c < terms.cols) terms.finish(r, c, sum[i][j][lane].v[e]);
    });
  }

  template <class Warp, class Body>
  ALFI_HD static void each_result(const Warp& warp, int row, int col, const Body& body) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kColTiles; ++j) {
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) {
            body(lane, i, j, e, row + 16 * i + lane / 4 + e / 2 * 8, col + 8 * j + lane % 4 * 2 + e % 2);
          }
        }
      }
    });
  }

  /// Eight terms of every sum; kWhole: all of them exist. Rows and columns that do not are computed as the last ones.
  template <bool kWhole, class Warp, class Terms>
  ALFI_HD static void step(const Warp& warp, const Terms& terms, int row, int col, int k,
                           PerLane<Warp, Accumulator> (&sum)[kRowTiles][kColTiles]) {
    Split<Warp, FactorA> left[kRowTiles];
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int e = 0; e < 4; ++e) {
          const int term = k + Terms::place(lane % 4 + e / 2 * 4), r = row + 16 * i + lane / 4 + e % 2 * 8;
          left[i].set(lane, e, kWhole || term < terms.depth ? terms.a(least_of(r, terms.rows - 1), term) : 0);
        }
      }
    });
    ALFI_UNROLL
    for (int j = 0; j < kColTiles; ++j) {
      if (col + 8 * j >= terms.cols) continue;  // all lanes alike
      Split<Warp, FactorB> right;
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int e = 0; e < 2; ++e) {
          const int term = k + Terms::place(lane % 4 + e * 4), c = col + 8 * j + lane / 4;
          right.set(lane, e, kWhole || term < terms.depth ? terms.b(term, least_of(c, terms.cols - 1)) : 0);
        }
      });
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        if constexpr (kThree) {
          warp.multiply_add(sum[i][j], left[i].low, right.high);
          warp.multiply_add(sum[i][j], left[i].high, right.low);
        }
        warp.multiply_add(sum[i][j], left[i].high, right.high);
      }
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
