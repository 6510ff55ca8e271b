#include "alfi/kernels/rows/adam.hpp"

#include "alfi/kernels/gpu/adam.hpp"
#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::AdamDecision);
#define ALFI_LAUNCH_ALL(T)            \
  ALFI_LAUNCH_BLOCKS(k::AdamNorm<T>); \
  ALFI_LAUNCH_EACH(k::AdamEntry<T>);  \
  ALFI_LAUNCH_EACH(k::AverageEntry<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
