#include "alfi/kernels/gpu/set_encoder.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, k::TileFma<float>, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, k::TileFma<float>, false>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<double>, k::TileFma<double>, true>);
ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<double>, k::TileFma<double>, false>);
