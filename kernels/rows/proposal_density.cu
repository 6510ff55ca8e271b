#include "alfi/kernels/rows/proposal_density.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                        \
  ALFI_LAUNCH_EACH(k::FullDensity<T>);            \
  ALFI_LAUNCH_EACH(k::FullDensityAdjoint<T>);     \
  ALFI_LAUNCH_EACH(k::DiagonalDensity<T>);        \
  ALFI_LAUNCH_EACH(k::DiagonalDensityAdjoint<T>); \
  ALFI_LAUNCH_EACH(k::MixtureDensity<T>);         \
  ALFI_LAUNCH_EACH(k::MixtureDensityAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
