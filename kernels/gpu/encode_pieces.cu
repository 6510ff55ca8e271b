#include "alfi/kernels/gpu/encode_pieces.hpp"
#include "alfi/kernels/gpu/encode_pieces_adjoint.hpp"
#include "alfi/kernels/gpu/find_pieces.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

ALFI_LAUNCH_BLOCKS(k::FindPieces);
ALFI_LAUNCH_BLOCKS(k::EncodePieces<k::Bend::none>);
ALFI_LAUNCH_BLOCKS(k::EncodePieces<k::Bend::exact>);
ALFI_LAUNCH_BLOCKS(k::EncodePieces<k::Bend::quick>);
ALFI_LAUNCH_BLOCKS(k::EncodePiecesAdjoint<k::Bend::none>);
ALFI_LAUNCH_BLOCKS(k::EncodePiecesAdjoint<k::Bend::exact>);
ALFI_LAUNCH_BLOCKS(k::EncodePiecesAdjoint<k::Bend::quick>);
ALFI_LAUNCH_BLOCKS(k::PiecesGradients);
