#include "alfi/kernels/gpu/encode_pieces.hpp"
#include "alfi/kernels/gpu/encode_pieces_adjoint.hpp"
#include "alfi/kernels/gpu/find_pieces.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::FindPieces);
ALFI_LAUNCH_BLOCKS(k::EncodePieces);
ALFI_LAUNCH_BLOCKS(k::EncodePiecesAdjoint);
ALFI_LAUNCH_BLOCKS(k::PiecesGradients);
