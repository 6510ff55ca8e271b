#include "support/fma_peak.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "alfi/kernels/cpu/table.hpp"

namespace bench {
namespace {

constexpr long kRounds = 200000;
constexpr int kChains = 10;  // independent sums: more than the latency of a multiply-add times two a cycle

/// The sums are variables of their own, so that they stay in registers; the empty assembly hides the factor's value.
#define ALFI_PEAK_LOOP(name, bytes, options)                                            \
  options double name() {                                                               \
    typedef float Vector __attribute__((vector_size(bytes)));                           \
    Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, s8{}, s9{}, factor{}, one{}; \
    factor += 0.5f;                                                                     \
    one += 1.0f;                                                                        \
    for (long i = 0; i < kRounds; ++i) {                                                \
      asm volatile("" : "+x"(factor));                                                  \
      s0 = s0 * factor + one, s1 = s1 * factor + one, s2 = s2 * factor + one;           \
      s3 = s3 * factor + one, s4 = s4 * factor + one, s5 = s5 * factor + one;           \
      s6 = s6 * factor + one, s7 = s7 * factor + one, s8 = s8 * factor + one;           \
      s9 = s9 * factor + one;                                                           \
      asm volatile("" : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(s4));              \
      asm volatile("" : "+x"(s5), "+x"(s6), "+x"(s7), "+x"(s8), "+x"(s9));              \
    }                                                                                   \
    const Vector sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9;                 \
    return static_cast<double>(sum[0]);                                                 \
  }
#if defined(__x86_64__)
ALFI_PEAK_LOOP(peak_v4, 64, __attribute__((target("avx512f,fma"))))
ALFI_PEAK_LOOP(peak_v3, 32, __attribute__((target("avx2,fma"))))
ALFI_PEAK_LOOP(peak_baseline, 16, )
#else
double peak_baseline() { return 0; }
#endif

/// The loop of the level in use and the floats in one of its vectors.
struct Loop {
  double (*run)();
  int lanes;
};

Loop loop_of_level() {
#if defined(__x86_64__)
  const std::string level = alfi::kernels::cpu_level();
  const bool native = level == "native";
  if (level == "x86-64-v4" || (native && __builtin_cpu_supports("avx512f"))) return {peak_v4, 16};
  if (level == "x86-64-v3" || (native && __builtin_cpu_supports("fma"))) return {peak_v3, 8};
#endif
  return {peak_baseline, 4};
}

const Loop& loop() {
  static const Loop chosen = loop_of_level();
  return chosen;
}

double seconds_of_round(double* result) {
  const auto start = std::chrono::steady_clock::now();
  *result += multiply_adds();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double measure() {
  double best = 1e9, result = 0;
  for (int repeat = 0; repeat < 200; ++repeat) best = std::min(best, seconds_of_round(&result));
  volatile double used = result;
  static_cast<void>(used);
  return multiply_adds_flop() / best * 1e-9;
}

}  // namespace

double float_peak() {
  static const double peak = measure();
  return peak;
}

double multiply_adds() { return loop().run(); }

double multiply_adds_flop() { return 2.0 * kRounds * kChains * loop().lanes; }

}  // namespace bench
