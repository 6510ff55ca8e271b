#include "alfi/kernels/gpu/proposal_score.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                               \
  ALFI_LAUNCH_BLOCKS(k::NormalizedScoreBlock<T>);        \
  ALFI_LAUNCH_BLOCKS(k::NormalizedScoreAdjointBlock<T>); \
  ALFI_LAUNCH_EACH(k::EachEntry<k::NormalizedScore<T>>); \
  ALFI_LAUNCH_EACH(k::EachEntry<k::NormalizedScoreAdjoint<T>>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
