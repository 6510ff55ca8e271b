#include "alfi/kernels/rows/gated_sum.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                        \
  ALFI_LAUNCH_EACH(k::EachEntry<k::GatedSum<T>>); \
  ALFI_LAUNCH_EACH(k::GatedSumAdjointRow<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
