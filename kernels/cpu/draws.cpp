// Compiled once per CPU level like dense.cpp, but without fused products and sums: a lane's arithmetic is that of a
// single number. Formulas are those of core/, instantiated for types of the anonymous namespace.
#include "alfi/kernels/cpu/draws.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <utility>

namespace alfi {
inline namespace v0 {
namespace cpu {
namespace ALFI_CPU_NAMESPACE {
namespace {

#include "alfi/kernels/cpu/vector.hpp"
//
#include "alfi/kernels/cpu/stream_words.hpp"
//
#include "alfi/kernels/cpu/angular_draws.hpp"
#include "alfi/kernels/cpu/poisson_draws.hpp"

void block(const StreamRow& streams, std::uint32_t number, StreamWords& words) {
  for_groups(streams.count, [&](auto size, Index first) {
    constexpr int kVectors = size.value;
    const Block<kVectors> c = philox<kVectors>(streams, number, load_offsets<kVectors>(first));
    unroll<4>([&](auto word) {
      unroll<kVectors>([&](auto j) {
        store<std::uint64_t>(words.w[word.value] + first + j.value * kWords, c.w[word.value][j.value]);
      });
    });
  });
}

void uniforms_double(const std::uint64_t* w, Index count, double* u) {
  for (Index i = 0; i < count; i += kWords) store<double>(u + i, uniform(load<std::uint64_t>(w + i)));
}

void normals(const std::uint64_t* u, const std::uint64_t* v, Index count, float* z) {
  for (Index i = 0; i < count; i += Lanes<float>::kCount) {
    const Vec<float> radius = (__builtin_convertvector(lower_halves(u + i), Vec<float>) + 0.5f) * 0x1p-32f;
    const Vec<std::int32_t> angle = (Vec<std::int32_t>)(lower_halves(v + i) >> 9);
    store<float>(z + i, normal_of<VectorArithmetic<float>>(
                            radius, (__builtin_convertvector(angle, Vec<float>) + 0.5f) * 0x1p-23f));
  }
}

void normals_double(const std::uint64_t* u, const std::uint64_t* v, Index count, double* z) {
  for (Index i = 0; i < count; i += kWords) {
    store<double>(z + i, normal_of<VectorArithmetic<double>>(uniform(load<std::uint64_t>(u + i)),
                                                             uniform(load<std::uint64_t>(v + i))));
  }
}

void exponentials_double(const std::uint64_t* u, Index count, double* x) {
  for (Index i = 0; i < count; i += kWords) {
    store<double>(x + i, -log_of<VectorArithmetic<double>>(uniform(load<std::uint64_t>(u + i))));
  }
}

}  // namespace

extern const DrawTable draw_table;
const DrawTable draw_table = {block,   uniforms_double, normals,  normals_double, exponentials_double,
                              angular, search,          rejection};

}  // namespace ALFI_CPU_NAMESPACE
}  // namespace cpu
}  // namespace v0
}  // namespace alfi
