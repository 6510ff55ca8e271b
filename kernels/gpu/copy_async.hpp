#pragma once
#include "alfi/core/portable.hpp"

/// Copies from global into shared memory that the thread does not wait for.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// *to = wanted ? from[offset] : 0, done when finish_copies() returns to the same thread; others see it after the next
/// barrier. from is not read, and may be null, where not wanted.
template <class T>
ALFI_HD void copy_async(T* to, const T* from, Index offset, bool wanted) {
#if defined(__CUDA_ARCH__)
  const unsigned shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  const unsigned bytes = wanted ? static_cast<unsigned>(sizeof(T)) : 0u;
  asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(shared), "l"(from + offset), "n"(sizeof(T)),
               "r"(bytes)
               : "memory");
#else
  *to = wanted ? from[offset] : T(0);
#endif
}

/// The same of four neighbours, from and to multiples of 16 bytes: to[i] = i < count ? from[offset + i] : 0.
ALFI_HD inline void copy_four_async(float* to, const float* from, Index offset, int count) {
#if defined(__CUDA_ARCH__)
  const unsigned shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from + offset), "r"(4 * count)
               : "memory");
#else
  for (int i = 0; i < 4; ++i) to[i] = i < count ? from[offset + i] : 0.0f;
#endif
}

ALFI_HD inline void finish_copies() {
#if defined(__CUDA_ARCH__)
  asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
