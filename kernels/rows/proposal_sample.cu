#include "alfi/kernels/rows/proposal_sample.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                                 \
  ALFI_LAUNCH_EACH(k::EachEntry<k::FullSample<T>>);        \
  ALFI_LAUNCH_EACH(k::EachEntry<k::FullSampleAdjoint<T>>); \
  ALFI_LAUNCH_EACH(k::EachEntry<k::DiagonalSample<T>>);    \
  ALFI_LAUNCH_EACH(k::EachEntry<k::DiagonalSampleAdjoint<T>>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
