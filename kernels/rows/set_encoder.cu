#include "alfi/kernels/rows/set_encoder.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                \
  ALFI_LAUNCH_EACH(k::MeanOfChunks<T>);   \
  ALFI_LAUNCH_EACH(k::CopyFilledSets<T>); \
  ALFI_LAUNCH_EACH(k::PlaceWeights<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
