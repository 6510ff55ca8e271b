#include "alfi/kernels/gpu/encode_chain.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeChains<k::BufferSource<float>, true, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<k::BufferSource<float>, true, 7>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<k::BufferSource<float>, false, 4>);
ALFI_LAUNCH_BLOCKS(k::EncodeChains<k::BufferSource<float>, false, 7>);
