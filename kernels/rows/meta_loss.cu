#include "alfi/kernels/rows/meta_loss.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                                \
  ALFI_LAUNCH_EACH(k::MeanError<T>);                      \
  ALFI_LAUNCH_EACH(k::EachEntry<k::MeanErrorAdjoint<T>>); \
  ALFI_LAUNCH_EACH(k::LimitedMeanAdjoint<T>);             \
  ALFI_LAUNCH_EACH(k::CombineIterations<T>);              \
  ALFI_LAUNCH_EACH(k::CombineIterationsAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
