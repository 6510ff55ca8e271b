#include "alfi/kernels/rows/bounded_move.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)             \
  ALFI_LAUNCH_EACH(k::BoundedMove<T>); \
  ALFI_LAUNCH_EACH(k::BoundedMoveAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
