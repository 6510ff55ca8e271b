#pragma once
#include <cstdint>
#include <cstring>

#include "alfi/core/portable.hpp"

/// Warps: 32 lanes in step, and the tensor cores' product, which needs all of them. The same source runs on the GPU,
/// where each thread holds its own part, and on the processor, where one thread holds all 32 (HostWarp).
///
///     PerLane<W, Fragment> a;                        each lane's own
///     warp.each([&](int lane) { a[lane] = ...; });   lane = 0 .. 31
///     warp.multiply_add(accumulators, a, b);         D += A B, see below

namespace alfi {
inline namespace v0 {
namespace kernels {

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

/// The nearest float with 11 significant bits, ties away from zero (what cvt.rna.tf32.f32 gives).
ALFI_HD inline float to_tf32(float x) {
#if defined(__CUDA_ARCH__)
  std::uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return __uint_as_float(bits);
#else
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  if ((bits & 0x7f800000u) != 0x7f800000u) bits = (bits + 0x1000u) & 0xffffe000u;
  float rounded;
  std::memcpy(&rounded, &bits, sizeof(rounded));
  return rounded;
#endif
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

  /// D += A B with factors that to_tf32() gave; the products are exact, the sums float in the order of k.
  void multiply_add(PerLane<Accumulator>& d, const PerLane<FactorA>& a, const PerLane<FactorB>& b) const {
    for (int lane = 0; lane < 32; ++lane) {
      const int g = lane / 4, t = lane % 4;
      for (int entry = 0; entry < 4; ++entry) {
        const int row = g + (entry / 2) * 8, column = 2 * t + entry % 2;
        float sum = d[lane].v[entry];
        for (int k = 0; k < 8; ++k) {
          const float left = a[(row % 8) * 4 + k % 4].v[row / 8 + 2 * (k / 4)];
          const float right = b[column * 4 + k % 4].v[k / 4];
          sum += left * right;
        }
        d[lane].v[entry] = sum;
      }
    }
  }

 private:
  int id_, count_;
};

#if defined(__CUDACC__)
/// This thread's part of its warp.
class HardwareWarp {
 public:
  __device__ HardwareWarp(int id, int count) : id_(id), count_(count) {}
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
    body(static_cast<int>(threadIdx.x) % 32);
  }

  __device__ void multiply_add(PerLane<Accumulator>& d, const PerLane<FactorA>& a, const PerLane<FactorB>& b) const {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d.held.v[0]), "+f"(d.held.v[1]), "+f"(d.held.v[2]), "+f"(d.held.v[3])
        : "r"(__float_as_uint(a.held.v[0])), "r"(__float_as_uint(a.held.v[1])), "r"(__float_as_uint(a.held.v[2])),
          "r"(__float_as_uint(a.held.v[3])), "r"(__float_as_uint(b.held.v[0])), "r"(__float_as_uint(b.held.v[1])));
  }

 private:
  int id_, count_;
};
#endif

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
