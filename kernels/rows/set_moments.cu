#include "alfi/kernels/rows/set_moments.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                 \
  ALFI_LAUNCH_EACH(k::SumChunk<T>);        \
  ALFI_LAUNCH_EACH(k::DescribeMoments<T>); \
  ALFI_LAUNCH_EACH(k::CompareMoments<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
