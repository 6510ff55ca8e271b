#include "alfi/kernels/gpu/concatenate.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::ConcatenateColumns<float>);
ALFI_LAUNCH_BLOCKS(k::ConcatenateColumns<double>);
ALFI_LAUNCH_BLOCKS(k::ConcatenateColumnsAdjoint<float>);
ALFI_LAUNCH_BLOCKS(k::ConcatenateColumnsAdjoint<double>);
