#include "alfi/kernels/gpu/launch.cuh"
#include "simulators.hpp"
#if __has_include(<curand_kernel.h>)
#include <curand_kernel.h>
#define BENCH_HAS_CURAND 1
#else
#define BENCH_HAS_CURAND 0
#endif

namespace bench {

#if BENCH_HAS_CURAND
/// A thread draws a hundred from a state of its own, neighbours write side by side.
struct CurandPoisson {
  static constexpr const char* kName = "curand_poisson";
  static constexpr Index kEach = 100;
  double rate;
  Index threads;
  alfi::VecView<float> out;

  __device__ void operator()(Index i) const {
    curandStatePhilox4_32_10_t state;
    curand_init(1, static_cast<unsigned long long>(i), 0, &state);
    for (Index at = i; at < out.size; at += threads) out[at] = static_cast<float>(curand_poisson(&state, rate));
  }
};
#endif

const bool kHasCurand = BENCH_HAS_CURAND != 0;

void curand_poisson_draws(const alfi::Context& context, double rate, alfi::VecView<float> out) {
#if BENCH_HAS_CURAND
  const Index threads = (out.size + CurandPoisson::kEach - 1) / CurandPoisson::kEach;
  alfi::kernels::cuda::for_each(*context.device(), threads, CurandPoisson{rate, threads, out});
#else
  static_cast<void>(context), static_cast<void>(rate), static_cast<void>(out);
#endif
}

}  // namespace bench
