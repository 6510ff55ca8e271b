#include "alfi/kernels/gpu/location_and_scale.hpp"

#include "alfi/kernels/gpu/launch.cuh"

ALFI_LAUNCH_BLOCKS(alfi::kernels::LocationAndScale<float>);
ALFI_LAUNCH_BLOCKS(alfi::kernels::LocationAndScale<double>);
