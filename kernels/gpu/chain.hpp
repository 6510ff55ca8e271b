#pragma once
#include <cmath>

#include "alfi/kernels/gpu/set_plan.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// Layers on rows that stay in a warp's registers: 16 kRowTiles rows, up to 8 kTiles features. What the tensor cores
/// give as sums of one layer they take as factors of the next, if the features 2 t and 2 t + 1 of each eight are its
/// terms t and t + 4: so nothing is exchanged between lanes. Weights are read from shared memory, where their inputs
/// are in the order of the terms; with rows of an odd multiple of 4 numbers a warp's loads are in different banks.
/// kThree: factors are split (kernels/gpu/warp.hpp), else rounded: weights where they are loaded, activations where
/// they are made.

namespace alfi {
inline namespace v0 {
namespace kernels {

ALFI_HD constexpr int whole_eights(int n) { return (n + 7) / 8 * 8; }
/// A row of weights of n inputs.
ALFI_HD constexpr int chain_stride_of(int n) { return whole_eights(n) + 4; }
/// The feature at a place of a row of weights.
ALFI_HD constexpr int chain_feature(int place) { return place / 8 * 8 + (place % 4) * 2 + place / 4 % 2; }

template <bool kThree, int kTiles, int kRowTiles_>
struct Chain {
  static constexpr int kRowTiles = kRowTiles_, kRows = 16 * kRowTiles, kWidth = 8 * kTiles;
  static constexpr int kStride = chain_stride_of(kWidth);
  static constexpr int kAtOnce = 2;  ///< eights of terms

  /// Activations in shared memory: [feature][kPitch], a tile of kTileRows rows.
  static constexpr int kTileRows = 128, kPitch = tile_stride_of(kTileRows);

  /// A warp's rows: entry e of tile (i, j) is row 16 i + lane / 4 + e / 2 * 8, feature 8 j + lane % 4 * 2 + e % 2.
  template <class Warp, int kCount = kTiles>
  using Rows = typename Warp::template PerLane<Accumulator>[kRowTiles][kCount];

  ALFI_HD static int row_of(int lane, int i, int e) { return 16 * i + lane / 4 + e / 2 * 8; }
  ALFI_HD static int feature_of(int lane, int j, int e) { return 8 * j + lane % 4 * 2 + e % 2; }

  /// body(lane, value, i, j, e) for each entry.
  template <int kCount, class Warp, class Body>
  ALFI_HD static void each(const Warp& warp, Rows<Warp, kCount>& rows, const Body& body) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kCount; ++j) {
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) body(lane, rows[i][j][lane].v[e], i, j, e);
        }
      }
    });
  }

  /// Biases [8 kCount], or zeros where there are none.
  template <int kCount, class Warp>
  ALFI_HD static void start(const Warp& warp, const float* bias, Rows<Warp, kCount>& rows) {
    each<kCount>(warp, rows, [&](int lane, float& value, int, int j, int e) {
      value = bias == nullptr ? 0 : bias[feature_of(lane, j, e)];
    });
  }

  /// Adds features x [inputs][kPitch] times weight [inputs][kStride], by multiply-adds: they are few.
  template <class Warp>
  ALFI_HD static void add_features(const Warp& warp, const float* x, int inputs, const float* weight,
                                   Rows<Warp>& rows) {
    warp.each([&](int lane) {
      for (int d = 0; d < inputs; ++d) {
        float value[kRowTiles][2];
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          value[i][0] = x[d * kPitch + row_of(lane, i, 0)];
          value[i][1] = x[d * kPitch + row_of(lane, i, 2)];
        }
        ALFI_UNROLL
        for (int j = 0; j < kTiles; ++j) {
          const float* const w = weight + d * kStride + 8 * j + lane % 4;
          const float even = w[0], odd = w[4];
          ALFI_UNROLL
          for (int i = 0; i < kRowTiles; ++i) {
            ALFI_UNROLL
            for (int e = 0; e < 4; ++e) rows[i][j][lane].v[e] += value[i][e / 2] * (e % 2 == 0 ? even : odd);
          }
        }
      }
    });
  }

  /// The same with many inputs, by products; weight [8 kTiles][stride], a row of whole sixteens.
  template <class Warp>
  ALFI_HD static void add_many_features(const Warp& warp, const float* x, int inputs, const float* weight, int stride,
                                        Rows<Warp>& rows) {
    for (int first = 0; first < inputs; first += 8 * kAtOnce) {
      TensorFactor<kThree, Warp, FactorA> left[kRowTiles][kAtOnce];
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int e = 0; e < 4 * kAtOnce; ++e) {
            const int d = first + feature_of(lane, e / 4, e % 4 / 2), row = row_of(lane, i, e % 2 * 2);
            left[i][e / 4].set(lane, e % 4, d < inputs ? x[d * kPitch + row] : 0.0f);
          }
        }
      });
      add_terms<kTiles>(warp, left, kAtOnce, weight + first, stride, rows);
    }
  }

  /// sum[row][n] += sum_k in[row][k] weight[n][k]; weight [8 kOut][stride].
  template <int kIn, int kOut, class Warp>
  ALFI_HD static void add_products(const Warp& warp, const Rows<Warp, kIn>& in, const float* weight, int stride,
                                   Rows<Warp, kOut>& sum) {
    ALFI_UNROLL
    for (int k = 0; k < kIn; k += kAtOnce) {
      TensorFactor<kThree, Warp, FactorA> left[kRowTiles][kAtOnce];
      warp.each([&](int lane) {
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int e = 0; e < 4 * kAtOnce; ++e) {
            if (k + e / 4 >= kIn) continue;
            left[i][e / 4].set_rounded(lane, e % 4, in[i][k + e / 4][lane].v[e % 2 * 2 + e % 4 / 2]);
          }
        }
      });
      add_terms<kOut>(warp, left, kIn - k, weight + 8 * k, stride, sum);
    }
  }

  /// The terms of `eights` eights, or of as many as factors hold.
  template <int kOut, class Warp>
  ALFI_HD static void add_terms(const Warp& warp, const TensorFactor<kThree, Warp, FactorA> (&left)[kRowTiles][kAtOnce],
                                int eights, const float* weight, int stride, Rows<Warp, kOut>& sum) {
    ALFI_UNROLL
    for (int j = 0; j < kOut; ++j) {
      TensorFactor<kThree, Warp, FactorB> right[kAtOnce];
      load_weights(warp, weight + 8 * j * stride, stride, eights > 1, right);
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) kernels::add_products(warp, sum[i][j], left[i], right, eights);
    }
  }

  /// Sixteen terms of eight outputs' weights, or (not whole) eight.
  template <class Warp>
  ALFI_HD static void load_weights(const Warp& warp, const float* weight, int stride, bool whole,
                                   TensorFactor<kThree, Warp, FactorB> (&right)[kAtOnce]) {
    typename Warp::template PerLane<const float*> from;
    typename Warp::template PerLane<FactorA> loaded;
    warp.each([&](int lane) {
      const int four = whole ? lane / 8 : lane / 8 % 2;
      from[lane] = weight + lane % 8 * stride + 4 * four;
    });
    warp.load_matrices(from, loaded);
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int e = 0; e < 2 * kAtOnce; ++e) right[e / 2].set_rounded(lane, e % 2, loaded[lane].v[e]);
    });
  }

  /// In a loop over products of the same rows: there are no registers for all of their factors.
  template <class Warp>
  ALFI_HD static void refresh(const Warp& warp, Rows<Warp>& rows) {
    each<kTiles>(warp, rows, [&](int, float& value, int, int, int) { warp.refresh(value); });
  }

  ALFI_HD static float rounded(float x) { return kThree ? x : to_tf32(x); }
  ALFI_HD static float finite_rounded(float x) { return kThree ? x : finite_to_tf32(x); }

  template <class Warp>
  ALFI_HD static void relu(const Warp& warp, Rows<Warp>& rows) {
    each<kTiles>(warp, rows, [](int, float& value, int, int, int) { value = finite_rounded(std::fmax(value, 0.0f)); });
  }

  /// To features [features][kPitch], from feature `first` on.
  template <int kCount, class Warp>
  ALFI_HD static void store(const Warp& warp, const Rows<Warp, kCount>& rows, int first, float* to, int features) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int j = 0; j < kCount; ++j) {
        ALFI_UNROLL
        for (int odd = 0; odd < 2; ++odd) {
          const int f = first + feature_of(lane, j, odd);
          if (f >= features) continue;
          ALFI_UNROLL
          for (int i = 0; i < kRowTiles; ++i) {
            to[f * kPitch + row_of(lane, i, 0)] = rows[i][j][lane].v[odd];
            to[f * kPitch + row_of(lane, i, 2)] = rows[i][j][lane].v[2 + odd];
          }
        }
      }
    });
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
