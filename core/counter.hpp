#pragma once
#include "alfi/core/portable.hpp"

/// Counters that many items of work add to: whole numbers, so that the order does not matter. On a GPU the additions
/// are atomic; on a CPU one thread makes them all.

namespace alfi {
inline namespace v0 {

ALFI_HD inline void add_count(std::int64_t* counter, std::int64_t count) {
#if defined(__CUDA_ARCH__)
  atomicAdd(reinterpret_cast<unsigned long long*>(counter), static_cast<unsigned long long>(count));
#else
  *counter += count;
#endif
}

ALFI_HD inline void add_count(std::int32_t* counter, std::int32_t count) {
#if defined(__CUDA_ARCH__)
  atomicAdd(counter, count);
#else
  *counter += count;
#endif
}

}  // namespace v0
}  // namespace alfi
