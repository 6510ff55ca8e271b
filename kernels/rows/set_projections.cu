#include "alfi/kernels/rows/set_projections.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                      \
  ALFI_LAUNCH_EACH(k::ProjectSet<T, 1>);        \
  ALFI_LAUNCH_EACH(k::ProjectSetAdjoint<T, 1>); \
  ALFI_LAUNCH_EACH(k::SumProjectedSets<T>);     \
  ALFI_LAUNCH_EACH(k::CompareProjections<T>);   \
  ALFI_LAUNCH_EACH(k::CompareProjectionsAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
