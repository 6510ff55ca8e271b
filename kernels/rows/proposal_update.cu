#include "alfi/kernels/rows/proposal_update.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                \
  ALFI_LAUNCH_EACH(k::RelativeUpdate<T>); \
  ALFI_LAUNCH_EACH(k::RelativeUpdateAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
