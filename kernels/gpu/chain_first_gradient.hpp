#pragma once
#include "alfi/kernels/gpu/chain.hpp"

/// The gradient of a chain's first layer where its inputs are few, in registers.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class Link>
struct ChainFirstGradient {
  /// What the inputs and the gradient are multiplied by.
  struct Scales {
    float x, d;
  };

  /// Of the warp's rows, to a place of the warp's own in `to` [warps][inputs + 1][kWidth]. x: their features
  /// [inputs][kPitch]. Inputs and ones are the left factor's first rows.
  template <class Warp, class Halves>
  ALFI_HD static void add(const Warp& warp, int inputs, const float* x, const Scales& scales, const Halves& d,
                          float* to) {
    constexpr int kParts = Link::kParts, kRowTiles = Link::kRowTiles;
    PerLane<Warp, HalvesA<16>> left[kParts][kRowTiles];
    warp.each([&](int lane) {
      const int g = lane / 4, t = lane % 4;
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int e = 0; e < 4; ++e) {
          const float* const own = x + (g < inputs ? g : 0) * Link::kPitch + 16 * i + 2 * t + e / 2 * 8;
          const float scale = g < inputs ? scales.x : 0.0f, one = g == inputs ? 1.0f : 0.0f;
          const auto pair = SplitPair<kParts>::of(own[0] * scale + one, own[1] * scale + one);
          ALFI_UNROLL
          for (int p = 0; p < kParts; ++p) left[p][i][lane].v[e] = e % 2 == 0 ? pair.part[p] : 0u;
        }
      }
    });
    const float unscaled = inverse_of_power(scales.d), unscaled_x = unscaled * inverse_of_power(scales.x);
    ALFI_UNROLL
    for (int j = 0; j < Link::kWidth / 8; ++j) {
      PerLane<Warp, Accumulator> sum;
      warp.each([&](int lane) { sum[lane] = Accumulator{}; });
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        PerLane<Warp, HalvesB<16>> right[kParts];
        ALFI_UNROLL
        for (int p = 0; p < kParts; ++p) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) {
            PerLane<Warp, HalfPair> rows, columns;
            warp.each([&](int lane) { rows[lane] = d.part[p][i][j][lane].v[h]; });
            warp.transpose(rows, columns);
            warp.each([&](int lane) { right[p][lane].v[h] = columns[lane]; });
          }
        }
        if constexpr (kParts == 2) {
          warp.multiply_add(sum, left[1][i], right[0]);
          warp.multiply_add(sum, left[0][i], right[1]);
        }
        warp.multiply_add(sum, left[0][i], right[0]);
      }
      warp.each([&](int lane) {
        const int g = lane / 4;
        if (g > inputs) return;
        const float factor = g < inputs ? unscaled_x : unscaled;
        auto& place = *reinterpret_cast<Neighbours<float, 2>*>(to + (warp.id() * (inputs + 1) + g) * Link::kWidth +
                                                               Link::feature_of(lane, j, 0));
        const Neighbours<float, 2> before = place;
        place = {before.v[0] + sum[lane].v[0] * factor, before.v[1] + sum[lane].v[1] * factor};
      });
    }
  }

  /// What all warps left for input k, or the bias after them, of output n.
  ALFI_HD static float sum(const float* few, int inputs, int n, int k, int warps) {
    float sum = 0;
    for (int w = 0; w < warps; ++w) sum += few[(w * (inputs + 1) + k) * Link::kWidth + n];
    return sum;
  }

 private:
  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
