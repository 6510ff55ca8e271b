#include "alfi/kernels/gpu/encode_chain_adjoint.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeChainsAdjoint<true, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChainsAdjoint<true, 7>);
ALFI_LAUNCH_BLOCKS(k::EncodeChainsAdjoint<false, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChainsAdjoint<false, 7>);
