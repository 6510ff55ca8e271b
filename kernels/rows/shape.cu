#include "alfi/kernels/rows/shape.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_ALL(T)                                       \
  ALFI_LAUNCH_EACH(k::EachEntry<k::CopyColumns<T>>);             \
  ALFI_LAUNCH_EACH(k::GatherEntry<k::CopyColumnsAdjoint<T>>);    \
  ALFI_LAUNCH_EACH(k::GatherScalar<T>);                          \
  ALFI_LAUNCH_EACH(k::AddToScalar<T>);                           \
  ALFI_LAUNCH_EACH(k::EachEntry<k::AddRepeated<T>>);             \
  ALFI_LAUNCH_EACH(k::AddRepeatedAdjointEntry<T>);               \
  ALFI_LAUNCH_EACH(k::EachEntry<k::TriangleDiagonal<T>>);        \
  ALFI_LAUNCH_EACH(k::EachEntry<k::TriangleDiagonalAdjoint<T>>); \
  ALFI_LAUNCH_EACH(k::EachEntry<k::DiagonalTriangle<T>>);        \
  ALFI_LAUNCH_EACH(k::EachEntry<k::DiagonalTriangleAdjoint<T>>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
