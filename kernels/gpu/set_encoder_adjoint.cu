#include "alfi/kernels/gpu/set_encoder_adjoint.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<float, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<float, false>);
ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<double, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<double, false>);
ALFI_LAUNCH_BLOCKS(k::SumBlocks<float>);
ALFI_LAUNCH_BLOCKS(k::SumBlocks<double>);
