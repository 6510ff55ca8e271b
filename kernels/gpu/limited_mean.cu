#include "alfi/kernels/gpu/limited_mean.hpp"

#include "alfi/kernels/gpu/launch.cuh"

ALFI_LAUNCH_BLOCKS(alfi::kernels::LimitedMean<float>);
ALFI_LAUNCH_BLOCKS(alfi::kernels::LimitedMean<double>);
