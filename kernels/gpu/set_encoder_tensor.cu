#include "alfi/kernels/gpu/set_encoder_adjoint.hpp"
#include "alfi/kernels/gpu/tile_tensor.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(kThree)                                                                  \
  ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, k::TileTensor<kThree>, true>);        \
  ALFI_LAUNCH_BLOCKS(k::EncodeSets<k::BufferSource<float>, k::TileTensor<kThree>, false>);       \
  ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<k::BufferSource<float>, k::TileTensor<kThree>, true>); \
  ALFI_LAUNCH_BLOCKS(k::EncodeSetsAdjoint<k::BufferSource<float>, k::TileTensor<kThree>, false>);
ALFI_LAUNCH_ALL(false)
ALFI_LAUNCH_ALL(true)
