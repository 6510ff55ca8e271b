#pragma once
#include <cstddef>
#include <cstdint>

#include "alfi/core/version.h"

/// Marks functions that a CUDA translation unit may also run on the device; nothing in a host-only one.
#if defined(__CUDACC__)
#define ALFI_HD __host__ __device__
#else
#define ALFI_HD
#endif

namespace alfi {
inline namespace v0 {

/// Sizes and positions everywhere; signed, so that differences are safe.
using Index = std::int64_t;

}  // namespace v0
}  // namespace alfi
