#include "alfi/kernels/gpu/set_encoder.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, false>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<double>, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<double>, false>);
