#include "alfi/kernels/gpu/regression_step_adjoint.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                         \
  ALFI_LAUNCH_BLOCKS(k::RegressionStep<T>);        \
  ALFI_LAUNCH_BLOCKS(k::RegressionStepAdjoint<T>); \
  ALFI_LAUNCH_BLOCKS(k::RegressionFloorSum<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
