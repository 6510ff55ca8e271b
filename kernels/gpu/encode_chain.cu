#include "alfi/kernels/gpu/encode_chain.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeChains<true, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<true, 7>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<false, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<false, 7>);
ALFI_LAUNCH_BLOCKS(k::PrepareChain<true, 4>);
ALFI_LAUNCH_BLOCKS(k::PrepareChain<true, 7>);
ALFI_LAUNCH_BLOCKS(k::PrepareChain<false, 4>);
ALFI_LAUNCH_BLOCKS(k::PrepareChain<false, 7>);
