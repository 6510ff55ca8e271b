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

/// The same for 16 bytes of neighbours, both places multiples of 16: to[i] = i < wanted ? from[offset + i] : 0.
template <class T>
ALFI_HD void copy_neighbours_async(T* to, const T* from, Index offset, int wanted) {
#if defined(__CUDA_ARCH__)
  const unsigned shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  const unsigned bytes = static_cast<unsigned>(wanted) * static_cast<unsigned>(sizeof(T));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from + (wanted > 0 ? offset : 0)),
               "r"(bytes)
               : "memory");
#else
  for (int i = 0; i < 16 / static_cast<int>(sizeof(T)); ++i) to[i] = i < wanted ? from[offset + i] : T(0);
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
