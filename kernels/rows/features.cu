#include "alfi/kernels/rows/features.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                                  \
  ALFI_LAUNCH_EACH(k::EachEntry<k::ObservationFeature<T>>); \
  ALFI_LAUNCH_EACH(k::NoiseFeaturesRow<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
