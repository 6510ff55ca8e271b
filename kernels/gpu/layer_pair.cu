#include "alfi/kernels/gpu/layer_pair.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                    \
  ALFI_LAUNCH_BLOCKS(k::LayerPairForward<T>); \
  ALFI_LAUNCH_BLOCKS(k::LayerPairAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
