#pragma once
#include <cmath>

#include "alfi/kernels/gpu/set_plan.hpp"
#include "alfi/kernels/gpu/warp.hpp"

/// Layers on rows that stay in a warp's registers: 16 kRowTiles rows, up to 8 kTiles features. What the tensor cores
/// give as sums of one layer they take, as pairs of halves, as factors of the next: nothing is exchanged between lanes.
/// Weights are read from shared memory.
/// A half reaches from 2^-24 to 65504 only, so that whatever is multiplied is scaled by a power of two first: a bound
/// of it to 2^15, from the largest input and the sums of weights' magnitudes. What a bound is too large by is not lost
/// unless it is more than 2^16 or so: of a number scaled to 1, two halves keep 2^-24.
/// kThree: factors are split into two halves, of whose products the low ones' is left out (2^-22 of a term); else they
/// are rounded to one.

namespace alfi {
inline namespace v0 {
namespace kernels {

ALFI_HD constexpr int whole_eights(int n) { return (n + 7) / 8 * 8; }
/// A row of n halves: with an odd number of eights, eight neighbouring rows' sixteen bytes are in different banks.
ALFI_HD constexpr int half_stride_of(int n) { return ((n + 7) / 8 | 1) * 8; }

/// The magnitude's bits, 0 where x is not finite: they are in the magnitudes' order.
ALFI_HD inline std::uint32_t finite_size(float x) {
  const std::uint32_t bits = ScalarArithmetic<float>::bits(x) & 0x7fffffffu;
  return bits < 0x7f800000u ? bits : 0u;
}
/// The power of two p for which bound * p is from 2^14 to 2^15, but from 2^-100 to 2^most. Bits of a bound >= 0.
ALFI_HD inline float scale_for(std::uint32_t bound, int most = 40) {
  const int exponent = 268 - static_cast<int>(bound >> 23), highest = 127 + most;
  const int kept = exponent > highest ? highest : exponent < 27 ? 27 : exponent;
  return ScalarArithmetic<float>::real(static_cast<std::uint32_t>(kept) << 23);
}
ALFI_HD inline float scale_for(float bound, int most = 40) {
  return scale_for(ScalarArithmetic<float>::bits(bound), most);
}
/// 1 / p for a power of two.
ALFI_HD inline float inverse_of_power(float p) {
  return ScalarArithmetic<float>::real(0x7f000000u - ScalarArithmetic<float>::bits(p));
}

/// e = exp(-2 |x|), which is from 0 to 1, and 1 / (1 + e).
struct TanhParts {
  float e, inverse;

  ALFI_HD static TanhParts of(float x) {
    const float minus = -2.88539008177792681f * std::fabs(x);  // -2 / log 2
    TanhParts p{};
#if defined(__CUDA_ARCH__)
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(p.e) : "f"(minus));
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(p.inverse) : "f"(1 + p.e));
#else
    p.e = std::exp2(minus), p.inverse = 1 / (1 + p.e);
#endif
    return p;
  }
};

/// tanh x within 4 ulp: by a polynomial up to 1/2, whose error is 5.5e-8 of x, else as 1 - 2 e / (1 + e).
ALFI_HD inline float chain_tanh(float x) {
  const TanhParts p = TanhParts::of(x);
  const bool far = ScalarArithmetic<float>::bits(std::fabs(x)) > 0x3f000000u;
  const float near_x = far ? 0.0f : x, square = near_x * near_x;  // both ways: a branch would take longer
  const float near_0 = x + near_x * square *
                               horner<ScalarArithmetic<float>>(square, -0.33333311084700090, 0.13330476491264930,
                                                               -0.053387110635490946, 0.017988744405680338);
  const float beyond = std::copysign(1 - 2 * p.e * p.inverse, x);
  return far ? beyond : near_0;
}
/// 1 - tanh^2 x = (2 / (e^x + e^-x))^2, within 8 + 2 |x| ulp.
ALFI_HD inline float chain_tanh_slope(float x) {
  const TanhParts p = TanhParts::of(x);
  return 4 * p.e * p.inverse * p.inverse;
}

/// a b + c, rounded once on a GPU.
ALFI_HD inline float chain_fused(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#else
  return a * b + c;
#endif
}

/// tanh x by one instruction of a GPU, within 2^-11 of itself as NVIDIA says (PTX, tanh.approx.f32): where factors are
/// rounded to as much. On a CPU it is as above and rounded to 11 bits.
ALFI_HD inline float quick_tanh(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  using A = ScalarArithmetic<float>;
  const float y = chain_tanh(x);
  return (A::bits(y) & 0x7fffffffu) > 0x7f800000u ? y : A::real((A::bits(y) + 0x1000u) & 0xffffe000u);
#endif
}

/// d (1 - tanh^2 x) by it, within 2^-10 of d.
ALFI_HD inline float quick_tanh_back(float x, float d) {
  const float t = quick_tanh(x);
  return chain_fused(-d * t, t, d);
}

/// x where it is positive or not a number, else 0.
ALFI_HD inline float chain_relu(float x) {
#if defined(__CUDA_ARCH__)
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(x), "f"(0.0f));
  return y;
#else
  const std::uint32_t bits = ScalarArithmetic<float>::bits(x);
  return bits > 0x80000000u && bits <= 0xff800000u ? 0.0f : x;  // a comparison of floats might raise an exception
#endif
}

/// Halves [rows][stride] in shared memory, kParts times, the parts `part` numbers apart.
struct HalfMatrix {
  Half* at;
  int stride, part;

  ALFI_HD HalfMatrix from(int row, int column) const { return {at + row * stride + column, stride, part}; }
};

template <bool kThree, int kTiles, int kRowTiles_>
struct Chain {
  static constexpr int kRowTiles = kRowTiles_, kRows = 16 * kRowTiles, kWidth = 8 * kTiles;
  static constexpr int kParts = kThree ? 2 : 1;
  static constexpr int kStride = half_stride_of(kWidth);  ///< of rows that are as wide as a layer
  static constexpr int kTogether = 4;                     ///< outputs' eights whose weights are loaded together

  /// Inputs in shared memory: [feature][kPitch], a tile of kTileRows rows.
  static constexpr int kTileRows = 128, kPitch = tile_stride_of(kTileRows);

  template <class Warp, class X>
  using PerLane = typename Warp::template PerLane<X>;

  /// A warp's rows: entry e of tile (i, j) is row 16 i + lane / 4 + e / 2 * 8, feature 8 j + lane % 4 * 2 + e % 2.
  template <class Warp, int kCount = kTiles>
  using Rows = PerLane<Warp, Accumulator>[kRowTiles][kCount];

  /// The same as halves: v[h] holds entries 2 h and 2 h + 1.
  struct TwoPairs {
    HalfPair v[2];
  };
  template <class Warp, int kCount = kTiles>
  struct Halves {
    PerLane<Warp, TwoPairs> part[kParts][kRowTiles][kCount];
  };

  /// What a lane's rows are multiplied by: [row tile][upper, lower].
  struct Scales {
    float v[kRowTiles][2];
  };

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
  template <int kCount, class Warp>
  ALFI_HD static void zero(const Warp& warp, Rows<Warp, kCount>& rows) {
    each<kCount>(warp, rows, [](int, float& value, int, int, int) { value = 0; });
  }

  template <int kCount, class Warp>
  ALFI_HD static void split(const Warp& warp, const Rows<Warp, kCount>& rows, Halves<Warp, kCount>& halves) {
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int j = 0; j < kCount; ++j) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) {
            const float* const v = rows[i][j][lane].v + 2 * h;
            const auto pair = SplitPair<kParts>::of(v[0], v[1]);
            ALFI_UNROLL
            for (int p = 0; p < kParts; ++p) halves.part[p][i][j][lane].v[h] = pair.part[p];
          }
        }
      }
    });
  }

  /// Features x [inputs][kPitch] times weight [inputs][kWidth] plus bias [kWidth], scaled, by multiply-adds: they are
  /// few.
  template <class Warp>
  ALFI_HD static void add_features(const Warp& warp, const float* x, int inputs, const float* weight, const float* bias,
                                   const PerLane<Warp, Scales>& scales, Rows<Warp>& rows) {
    each<kTiles>(warp, rows, [&](int lane, float& value, int i, int j, int e) {
      value = bias[feature_of(lane, j, e)] * scales[lane].v[i][e / 2];
    });
    add_feature(warp, x, weight, scales, rows);
    for (int d = 1; d < inputs; ++d) add_feature(warp, x + d * kPitch, weight + d * kWidth, scales, rows);
  }

  /// kCount eights of features x [inputs][kPitch], scaled, from feature `first` on.
  template <int kCount, class Warp>
  ALFI_HD static void take_features(const Warp& warp, const float* x, int inputs, int first,
                                    const PerLane<Warp, Scales>& scales, Halves<Warp, kCount>& halves) {
    Rows<Warp, kCount> taken;
    each<kCount>(warp, taken, [&](int lane, float& value, int i, int j, int e) {
      const int d = first + feature_of(lane, j, e);
      value = d < inputs ? x[d * kPitch + row_of(lane, i, e)] * scales[lane].v[i][e / 2] : 0.0f;
    });
    split<kCount>(warp, taken, halves);
  }

  /// sum[row][n] += sum_k in[row][k] w[n][k], or (kBack) w[k][n], n < 8 kOut.
  template <bool kBack, int kIn, int kOut, class Warp>
  ALFI_HD static void add_products(const Warp& warp, const Halves<Warp, kIn>& in, const HalfMatrix& w,
                                   Rows<Warp, kOut>& sum) {
    ALFI_UNROLL
    for (int k = 0; k + 1 < kIn; k += 2) add_terms<16, kBack, kIn, kOut>(warp, in, k, w, sum);
    if constexpr (kIn % 2 == 1) add_terms<8, kBack, kIn, kOut>(warp, in, kIn - 1, w, sum);
  }

  /// A lane's part of halves, as rows [16 kRowTiles][stride] from `first` column on.
  template <int kCount, class Warp>
  ALFI_HD static void store(const Warp& warp, const Halves<Warp, kCount>& halves, const HalfMatrix& to) {
    warp.each([&](int lane) {
      Half* const own = to.at + row_of(lane, 0, 0) * to.stride + feature_of(lane, 0, 0);
      ALFI_UNROLL
      for (int p = 0; p < kParts; ++p) {
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) {
            ALFI_UNROLL
            for (int j = 0; j < kCount; ++j) {
              HalfPair* const place =
                  reinterpret_cast<HalfPair*>(own + p * to.part + (16 * i + 8 * h) * to.stride + 8 * j);
              *place = halves.part[p][i][j][lane].v[h];
            }
          }
        }
      }
    });
  }
  /// The other way, of the first kGot parts.
  template <int kGot, int kCount, class Warp>
  ALFI_HD static void load(const Warp& warp, const HalfMatrix& from, Halves<Warp, kCount>& halves) {
    warp.each([&](int lane) {
      const Half* const own = from.at + row_of(lane, 0, 0) * from.stride + feature_of(lane, 0, 0);
      ALFI_UNROLL
      for (int p = 0; p < kGot; ++p) {
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int h = 0; h < 2; ++h) {
            ALFI_UNROLL
            for (int j = 0; j < kCount; ++j) {
              halves.part[p][i][j][lane].v[h] =
                  *reinterpret_cast<const HalfPair*>(own + p * from.part + (16 * i + 8 * h) * from.stride + 8 * j);
            }
          }
        }
      }
    });
  }

  /// To features [features][kPitch] of floats, from feature `first` on.
  template <int kCount, class Warp>
  ALFI_HD static void store_floats(const Warp& warp, const Rows<Warp, kCount>& rows, int first, float* to,
                                   int features) {
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

 private:
  template <class Warp>
  ALFI_HD static void add_feature(const Warp& warp, const float* x, const float* weight,
                                  const PerLane<Warp, Scales>& scales, Rows<Warp>& rows) {
    warp.each([&](int lane) {
      float value[kRowTiles][2];
      ALFI_UNROLL
      for (int i = 0; i < kRowTiles; ++i) {
        ALFI_UNROLL
        for (int h = 0; h < 2; ++h) value[i][h] = x[row_of(lane, i, 2 * h)] * scales[lane].v[i][h];
      }
      ALFI_UNROLL
      for (int j = 0; j < kTiles; ++j) {
        const auto w = neighbours<2>(weight + feature_of(lane, j, 0));
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int e = 0; e < 4; ++e) rows[i][j][lane].v[e] += value[i][e / 2] * w.v[e % 2];
        }
      }
    });
  }

  /// kDepth terms, from eight k on.
  template <int kDepth, bool kBack, int kIn, int kOut, class Warp>
  ALFI_HD static void add_terms(const Warp& warp, const Halves<Warp, kIn>& in, int k, const HalfMatrix& w,
                                Rows<Warp, kOut>& sum) {
    constexpr int kEights = kDepth / 8;
    PerLane<Warp, HalvesA<kDepth>> left[kParts][kRowTiles];
    PerLane<Warp, const Half*> from;
    warp.each([&](int lane) {
      ALFI_UNROLL
      for (int p = 0; p < kParts; ++p) {
        ALFI_UNROLL
        for (int i = 0; i < kRowTiles; ++i) {
          ALFI_UNROLL
          for (int e = 0; e < kDepth / 4; ++e) left[p][i][lane].v[e] = in.part[p][i][k + e / 2][lane].v[e % 2];
        }
      }
      from[lane] = w.at + lane % 8 * w.stride + block_offset<kEights, kBack>(w, lane / 8);
    });
    ALFI_UNROLL
    for (int j = 0; j < kOut; j += kTogether) {
      constexpr int kBlocks = kEights * kParts;  // of an output's eight
      PerLane<Warp, FourPairs> loaded[kBlocks];
      ALFI_UNROLL
      for (int q = 0; q < kBlocks; ++q) {
        const int first = j + 4 * q / kBlocks;
        const int offset = kBack ? 8 * k * w.stride + 8 * first : 8 * first * w.stride + 8 * k;
        if (first < kOut) warp.template load_matrices<kBack>(from, offset, loaded[q]);
      }
      const auto add = [&](int left_part, int right_part) {
        ALFI_UNROLL
        for (int u = 0; u < kTogether; ++u) {
          if (j + u >= kOut) continue;
          PerLane<Warp, HalvesB<kDepth>> right;
          warp.each([&](int lane) {
            ALFI_UNROLL
            for (int e = 0; e < kEights; ++e) {
              const int block = u * kBlocks + right_part * kEights + e;
              right[lane].v[e] = loaded[block / 4][lane].v[block % 4];
            }
          });
          ALFI_UNROLL
          for (int i = 0; i < kRowTiles; ++i) warp.multiply_add(sum[i][j + u], left[left_part][i], right);
        }
      };
      if constexpr (kThree) {
        add(1, 0);
        add(0, 1);
      }
      add(0, 0);
    }
  }

  /// Where the q-th of four 8 x 8 blocks begins that are loaded at once: blocks are counted by terms' eights, then by
  /// parts, then by outputs' eights.
  template <int kEights, bool kBack>
  ALFI_HD static int block_offset(const HalfMatrix& w, int q) {
    const int along = kBack ? 8 * w.stride : 8, across = kBack ? 8 : 8 * w.stride;
    return q % kEights * along + q / kEights % kParts * w.part + q / (kEights * kParts) * across;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
