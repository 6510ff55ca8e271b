#include <string>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.cuh"
#include "measure.hpp"

namespace bench {
namespace {

using alfi::Index;

constexpr int kRounds = 4096;              // of a thread's loop
constexpr int kChains = 8;                 // independent sums: a multiply-add takes four cycles
constexpr int kAccumulators = 8;           // tiles of a warp: a product takes some thirty
constexpr Index kThreads = 2048;           // of a multiprocessor at once
constexpr double kSeconds = 0.05;          // of each rate
constexpr Index kCopied = Index{1} << 30;  // bytes

}  // namespace

/// Multiply-adds in registers: every chain of s <- s / 2 + 1 ends at 2.
struct MultiplyAdds {
  static constexpr const char* kName = "multiply_adds";
  float* sums;

  __device__ void operator()(Index i) const {
    float s[kChains];
#pragma unroll
    for (int c = 0; c < kChains; ++c) s[c] = static_cast<float>(c);
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round) {
#pragma unroll
      for (int c = 0; c < kChains; ++c) s[c] = fmaf(s[c], 0.5f, 1.0f);
    }
    float sum = 0;
#pragma unroll
    for (int c = 0; c < kChains; ++c) sum += s[c];
    sums[i] = sum;
  }
};

/// Products of 16x8 by 8x8 matrices of 2^-6 in registers, added up by a whole warp: every sum grows by 2^-9 a
/// round, from its number on (equal sums would be computed once).
struct TensorProducts {
  static constexpr const char* kName = "tensor_products";
  float* sums;

  __device__ void operator()(Index i) const {
    const unsigned entry = __float_as_uint(0x1p-6f);  // TF32 holds it exactly
    float d[kAccumulators][4];
#pragma unroll
    for (int a = 0; a < kAccumulators; ++a) d[a][0] = d[a][1] = d[a][2] = d[a][3] = static_cast<float>(a);
#pragma unroll 4
    for (int round = 0; round < kRounds; ++round) {
#pragma unroll
      for (int a = 0; a < kAccumulators; ++a) {
        asm volatile(
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%4,%4,%4}, {%4,%4}, {%0,%1,%2,%3};"
            : "+f"(d[a][0]), "+f"(d[a][1]), "+f"(d[a][2]), "+f"(d[a][3])
            : "r"(entry));
      }
    }
    float sum = 0;
#pragma unroll
    for (int a = 0; a < kAccumulators; ++a) sum += d[a][0] + d[a][3];
    sums[i] = sum;
  }
};

/// Memory that is not all alike.
struct FillWords {
  static constexpr const char* kName = "fill_words";
  unsigned* words;

  __device__ void operator()(Index i) const { words[i] = static_cast<unsigned>(i) * 2654435761u ^ 0x5bd1e995u; }
};

namespace {

void require_sum(const char* what, float got, double wanted) {
  if (static_cast<double>(got) > wanted * 0.999 && static_cast<double>(got) < wanted * 1.001) return;
  throw alfi::NumericError(std::string(what) + ": a sum is " + std::to_string(got) + ", expected " +
                           std::to_string(wanted));
}

/// FLOP/s, with flop operations by each thread, whose result must be `wanted`.
template <class Functor>
double rate(const alfi::Context& context, double flop, double wanted) {
  const Index threads = 4 * kThreads * context.device()->properties().multiprocessors;
  alfi::Buffer<float> sums(context, threads);
  const Timing timing = time_on_device(
      context, kSeconds, [&] { alfi::kernels::cuda::for_each(*context.device(), threads, Functor{sums.data()}); });
  float first = 0;
  sums.copy_out(&first, 1);
  require_sum(Functor::kName, first, wanted);
  return flop * static_cast<double>(threads) / timing.median;
}

}  // namespace

Roofs measure_roofs(const alfi::Context& context) {
  Roofs roofs;
  roofs.multiply_adds = rate<MultiplyAdds>(context, 2.0 * kRounds * kChains, 2.0 * kChains);
  const double product = 2.0 * 16 * 8 * 8 / 32;  // a lane's share
  roofs.tensor = rate<TensorProducts>(context, product * kRounds * kAccumulators,
                                      2.0 * kAccumulators * kRounds / 512 + kAccumulators * (kAccumulators - 1));
  const alfi::Buffer<unsigned> from(context, kCopied / 4), to(context, kCopied / 4);
  alfi::kernels::cuda::for_each(*context.device(), from.size(), FillWords{from.data()});
  const Timing copy = time_on_device(context, kSeconds, [&] { context.copy(to.data(), from.data(), kCopied); });
  unsigned words[2] = {};
  context.copy_out(words, to.data(), sizeof(words));
  if (words[0] == words[1]) throw alfi::NumericError("copy: the words are not those copied");
  roofs.bandwidth = 2.0 * static_cast<double>(kCopied) / copy.median;
  return roofs;
}

}  // namespace bench
