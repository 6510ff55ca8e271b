#include "alfi/kernels/gpu/set_encoder.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeSets<float, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<float, false>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<double, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<double, false>);
