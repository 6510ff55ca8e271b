#pragma once
#include <cstdint>
#include <cstring>

#include "alfi/kernels/gpu/half.hpp"

/// Warps: 32 lanes in step, and the tensor cores' product, which needs all of them. The same source runs on the GPU,
/// where each thread holds its own part, and on the processor, where one thread holds all 32 (HostWarp).
///
///     PerLane<W, Fragment> a;                        each lane's own
///     warp.each([&](int lane) { a[lane] = ...; });   lane = 0 .. 31
///     warp.multiply_add(accumulators, a, b);         D += A B, see below

namespace alfi {
inline namespace v0 {
namespace kernels {

#if defined(__CUDA_ARCH__)
#define ALFI_UNROLL _Pragma("unroll")
#else
#define ALFI_UNROLL
#endif

/// Pieces of shared memory start at multiples of 16 bytes.
ALFI_HD constexpr Index rounded_shared(Index bytes) { return (bytes + 15) / 16 * 16; }

/// The parts of one m16n8k8 product that a lane holds, with g = lane / 4 and t = lane % 4:
/// A (16 x 8): (g,t), (g+8,t), (g,t+4), (g+8,t+4);  B (8 x 8): (t,g), (t+4,g);
/// D (16 x 8): (g,2t), (g,2t+1), (g+8,2t), (g+8,2t+1).
/// Source: PTX ISA, mma.sync.aligned.m16n8k8 with .tf32 factors and .f32 sums.
struct FactorA {
  float v[4];
};
struct FactorB {
  float v[2];
};
struct Accumulator {
  float v[4];
};

/// The parts of one m16n8k16 or m16n8k8 product of halves, pairs along k:
/// A (16 x kDepth): rows g and g+8 of (2t,2t+1), then the same of (2t+8,2t+9);  B (kDepth x 8): (2t,2t+1) of column g,
/// then (2t+8,2t+9);  D as above. Source: PTX ISA, mma.sync.aligned.m16n8k16 and .m16n8k8 with .f16 factors and .f32
/// sums.
template <int kDepth>
struct HalvesA {
  HalfPair v[kDepth / 4];
};
template <int kDepth>
struct HalvesB {
  HalfPair v[kDepth / 8];
};
/// Pairs of four 8 x 8 matrices: columns 2t and 2t + 1 of row g.
struct FourPairs {
  HalfPair v[4];
};

/// Of the lanes with the same key: how many there are, and how many come before this one.
struct Matched {
  int before, count;
};
struct Eight {
  float v[8];
};

/// x without what the tensor cores do not look at: 11 significant bits.
ALFI_HD inline float cut_to_tf32(float x) {
  using A = ScalarArithmetic<float>;
  return A::real(A::bits(x) & 0xffffe000u);
}
/// The nearest float with 11 significant bits, ties away from zero; x is finite.
ALFI_HD inline float finite_to_tf32(float x) {
  using A = ScalarArithmetic<float>;
  return A::real((A::bits(x) + 0x1000u) & 0xffffe000u);
}
/// The same for every x (what cvt.rna.tf32.f32 gives).
ALFI_HD inline float to_tf32(float x) {
  return (ScalarArithmetic<float>::bits(x) & 0x7f800000u) == 0x7f800000u ? x : finite_to_tf32(x);
}

/// All 32 lanes in one thread of the processor.
class HostWarp {
 public:
  HostWarp(int id, int count) : id_(id), count_(count) {}
  int id() const { return id_; }
  int count() const { return count_; }  ///< warps of the block

  template <class X>
  struct PerLane {
    X held[32];
    X& operator[](int lane) { return held[lane]; }
    const X& operator[](int lane) const { return held[lane]; }
  };

  template <class Body>
  void each(Body&& body) const {
    for (int lane = 0; lane < 32; ++lane) body(lane);
  }

  /// Of four 8 x 8 matrices of halves in shared memory, or of their transposes, what FourPairs says: row[lane] + offset
  /// is where row lane % 8 of matrix lane / 8 begins, a multiple of 16 bytes.
  template <bool kTransposed>
  void load_matrices(const PerLane<const Half*>& row, int offset, PerLane<FourPairs>& to) const {
    for (int lane = 0; lane < 32; ++lane) {
      for (int q = 0; q < 4; ++q) {
        const auto entry = [&](int i, int j) {
          return row[8 * q + (kTransposed ? j : i)][offset + (kTransposed ? i : j)];
        };
        const int g = lane / 4, t = lane % 4;
        to[lane].v[q] = entry(g, 2 * t) | static_cast<HalfPair>(entry(g, 2 * t + 1)) << 16;
      }
    }
  }

  /// Pairs of an 8 x 8 matrix become those of its transpose.
  void transpose(const PerLane<HalfPair>& from, PerLane<HalfPair>& to) const {
    const auto entry = [&](int i, int j) { return from[4 * i + j / 2] >> 16 * (j % 2) & 0xffffu; };
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, t = lane % 4;
      to[lane] = entry(2 * t, g) | entry(2 * t + 1, g) << 16;
    }
  }

  /// The greatest of the lanes' numbers.
  std::uint32_t greatest(const PerLane<std::uint32_t>& x) const {
    std::uint32_t greatest = 0;
    for (const std::uint32_t one : x.held) greatest = one > greatest ? one : greatest;
    return greatest;
  }

  /// The same of lanes 4 k .. 4 k + 3, for each of these.
  void greatest_of_four(PerLane<std::uint32_t>& x) const {
    for (int four = 0; four < 32; four += 4) {
      std::uint32_t greatest = 0;
      for (int lane = four; lane < four + 4; ++lane) greatest = x[lane] > greatest ? x[lane] : greatest;
      for (int lane = four; lane < four + 4; ++lane) x[lane] = greatest;
    }
  }

  /// Which lanes have the same key.
  void match(const PerLane<int>& key, PerLane<Matched>& to) const {
    for (int lane = 0; lane < 32; ++lane) {
      to[lane] = {};
      for (int other = 0; other < 32; ++other) {
        if (key[other] != key[lane]) continue;
        ++to[lane].count;
        if (other < lane) ++to[lane].before;
      }
    }
  }
  /// What lanes wrote to shared memory before, other lanes of the warp read after.
  void synchronize() const {}

  /// v[0] becomes the lanes' sum of v[lane / 4]; the others are lost.
  void add_up(PerLane<Eight>& x) const {
    PerLane<float> sum;
    for (int lane = 0; lane < 32; ++lane) {
      float part[32];
      for (int k = 0; k < 32; ++k) part[k] = x[k].v[lane / 4];
      for (int half = 16; half > 0; half /= 2) {
        for (int k = 0; k < half; ++k) part[k] += part[k + half];
      }
      sum[lane] = part[0];
    }
    for (int lane = 0; lane < 32; ++lane) x[lane].v[0] = sum[lane];
  }

  /// D += A B of halves; the products are exact, the sums float in the order of k.
  template <int kDepth>
  void multiply_add(PerLane<Accumulator>& d, const PerLane<HalvesA<kDepth>>& a,
                    const PerLane<HalvesB<kDepth>>& b) const {
    float left[16][kDepth], right[8][kDepth];
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, t = lane % 4;
      for (int e = 0; e < kDepth / 4; ++e) set_pair(left[g + e % 2 * 8] + 2 * t + e / 2 * 8, a[lane].v[e]);
      for (int e = 0; e < kDepth / 8; ++e) set_pair(right[g] + 2 * t + e * 8, b[lane].v[e]);
    }
    for (int lane = 0; lane < 32; ++lane) {
      for (int entry = 0; entry < 4; ++entry) {
        const float *const row = left[lane / 4 + entry / 2 * 8], *const column = right[lane % 4 * 2 + entry % 2];
        float sum = d[lane].v[entry];
        for (int k = 0; k < kDepth; ++k) sum += row[k] * column[k];
        d[lane].v[entry] = sum;
      }
    }
  }

  /// D += A B with factors cut to 11 significant bits; the products are exact, the sums float in the order of k.
  void multiply_add(PerLane<Accumulator>& d, const PerLane<FactorA>& a, const PerLane<FactorB>& b) const {
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, t = lane % 4;
      for (int entry = 0; entry < 4; ++entry) {
        const int row = g + (entry / 2) * 8, column = 2 * t + entry % 2;
        float sum = d[lane].v[entry];
        for (int k = 0; k < 8; ++k) {
          const float left = a[(row % 8) * 4 + k % 4].v[row / 8 + 2 * (k / 4)];
          const float right = b[column * 4 + k % 4].v[k / 4];
          sum += cut_to_tf32(left) * cut_to_tf32(right);
        }
        d[lane].v[entry] = sum;
      }
    }
  }

 private:
  static void set_pair(float* to, HalfPair pair) {
    to[0] = first_of(pair);
    to[1] = second_of(pair);
  }

  int id_, count_;
};

#if defined(__CUDACC__)
/// This thread's part of its warp.
class HardwareWarp {
 public:
  __device__ HardwareWarp(int id, int count) : id_(id), count_(count), lane_(static_cast<int>(threadIdx.x) % 32) {
    // What a lane's place decides is computed once for each call of warps(): between them registers are short.
    asm volatile("" : "+r"(lane_));
  }
  __device__ int id() const { return id_; }
  __device__ int count() const { return count_; }

  template <class X>
  struct PerLane {
    X held;
    __device__ X& operator[](int) { return held; }
    __device__ const X& operator[](int) const { return held; }
  };

  template <class Body>
  __device__ void each(Body&& body) const {
    body(lane_);
  }

  /// Source: PTX ISA, ldmatrix.
  template <bool kTransposed>
  __device__ void load_matrices(const PerLane<const Half*>& row, int offset, PerLane<FourPairs>& to) const {
    const auto from =
        static_cast<std::uint32_t>(__cvta_generic_to_shared(row.held)) + static_cast<std::uint32_t>(2 * offset);
    if constexpr (kTransposed) {
      asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(to.held.v[0]), "=r"(to.held.v[1]), "=r"(to.held.v[2]), "=r"(to.held.v[3])
                   : "r"(from)
                   : "memory");
    } else {
      asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                   : "=r"(to.held.v[0]), "=r"(to.held.v[1]), "=r"(to.held.v[2]), "=r"(to.held.v[3])
                   : "r"(from)
                   : "memory");
    }
  }

  /// Source: PTX ISA, movmatrix.
  __device__ void transpose(const PerLane<HalfPair>& from, PerLane<HalfPair>& to) const {
    asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(to.held) : "r"(from.held));
  }

  __device__ std::uint32_t greatest(const PerLane<std::uint32_t>& x) const {
    return __reduce_max_sync(0xffffffffu, x.held);
  }

  __device__ void greatest_of_four(PerLane<std::uint32_t>& x) const {
    ALFI_UNROLL
    for (int across = 2; across > 0; across /= 2) {
      const std::uint32_t other = __shfl_xor_sync(0xffffffffu, x.held, across);
      x.held = other > x.held ? other : x.held;
    }
  }

  __device__ void match(const PerLane<int>& key, PerLane<Matched>& to) const {
    const unsigned same = __match_any_sync(0xffffffffu, key.held);
    to.held = {__popc(same & ((1u << lane_) - 1)), __popc(same)};
  }
  __device__ void synchronize() const { __syncwarp(); }

  __device__ void add_up(PerLane<Eight>& x) const {
    float* const v = x.held.v;
    ALFI_UNROLL
    for (int half = 4, across = 16; half > 0; half /= 2, across /= 2) {
      const bool upper = (lane_ & across) != 0;
      ALFI_UNROLL
      for (int k = 0; k < half; ++k) {
        const float own = upper ? v[k + half] : v[k], other = upper ? v[k] : v[k + half];
        v[k] = own + __shfl_xor_sync(0xffffffffu, other, across);
      }
    }
    v[0] += __shfl_xor_sync(0xffffffffu, v[0], 2);
    v[0] += __shfl_xor_sync(0xffffffffu, v[0], 1);
  }

  __device__ void multiply_add(PerLane<Accumulator>& d, const PerLane<HalvesA<16>>& a,
                               const PerLane<HalvesB<16>>& b) const {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d.held.v[0]), "+f"(d.held.v[1]), "+f"(d.held.v[2]), "+f"(d.held.v[3])
        : "r"(a.held.v[0]), "r"(a.held.v[1]), "r"(a.held.v[2]), "r"(a.held.v[3]), "r"(b.held.v[0]), "r"(b.held.v[1]));
  }
  __device__ void multiply_add(PerLane<Accumulator>& d, const PerLane<HalvesA<8>>& a,
                               const PerLane<HalvesB<8>>& b) const {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(d.held.v[0]), "+f"(d.held.v[1]), "+f"(d.held.v[2]), "+f"(d.held.v[3])
        : "r"(a.held.v[0]), "r"(a.held.v[1]), "r"(b.held.v[0]));
  }

  __device__ void multiply_add(PerLane<Accumulator>& d, const PerLane<FactorA>& a, const PerLane<FactorB>& b) const {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d.held.v[0]), "+f"(d.held.v[1]), "+f"(d.held.v[2]), "+f"(d.held.v[3])
        : "r"(__float_as_uint(a.held.v[0])), "r"(__float_as_uint(a.held.v[1])), "r"(__float_as_uint(a.held.v[2])),
          "r"(__float_as_uint(a.held.v[3])), "r"(__float_as_uint(b.held.v[0])), "r"(__float_as_uint(b.held.v[1])));
  }

 private:
  int id_, count_, lane_;
};
#endif

/// A factor as the tensor cores take it: rounded to 11 significant bits; or (kThree) split into two such numbers,
/// x = high + low, of which the tensor cores cut off low's twelfth. A number that is not finite makes low NaN.
/// Source: Ootomo & Yokota 2022, "Recovering single precision accuracy from Tensor Cores", for the split and the sums.
template <bool kThree, class Warp, class Factor>
struct TensorFactor {
  typename Warp::template PerLane<Factor> high, low;

  ALFI_HD void set(int lane, int entry, float x) {
    if constexpr (kThree) {
      const float rounded = finite_to_tf32(x);
      high[lane].v[entry] = rounded;
      low[lane].v[entry] = x - rounded;
    } else {
      high[lane].v[entry] = to_tf32(x);
    }
  }
};

/// part += A B; kThree: low high + high low + high high, which leaves out low low, 2^-22 of the product.
template <bool kThree, class Warp>
ALFI_HD void add_product(const Warp& warp, typename Warp::template PerLane<Accumulator>& part,
                         const TensorFactor<kThree, Warp, FactorA>& a, const TensorFactor<kThree, Warp, FactorB>& b) {
  if constexpr (kThree) {
    warp.multiply_add(part, a.low, b.high);
    warp.multiply_add(part, a.high, b.low);
  }
  warp.multiply_add(part, a.high, b.high);
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
