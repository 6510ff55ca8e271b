#include "alfi/kernels/gpu/gru.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_CELL(Point, T, ...)                                                     \
  ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::LargeTile, k::CellJob<T, k::Point<T>>>); \
  ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::SmallTile, k::CellJob<T, k::Point<T>>>);
#define ALFI_LAUNCH_CELLS(T, ...)                 \
  ALFI_LAUNCH_CELL(LstmPoint, T, __VA_ARGS__)     \
  ALFI_LAUNCH_CELL(GruGatesPoint, T, __VA_ARGS__) \
  ALFI_LAUNCH_CELL(GruCandidatePoint, T, __VA_ARGS__)
#define ALFI_LAUNCH_ALL(T)                     \
  ALFI_LAUNCH_CELLS(T, k::FullPrecision<T>)    \
  ALFI_LAUNCH_BLOCKS(k::GruForward<T>);        \
  ALFI_LAUNCH_BLOCKS(k::GruAdjoint<T>);        \
  ALFI_LAUNCH_EACH(k::LstmAdjointEntry<T>);    \
  ALFI_LAUNCH_EACH(k::GruNextAdjointEntry<T>); \
  ALFI_LAUNCH_EACH(k::GruResetAdjointEntry<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
ALFI_LAUNCH_CELLS(float, k::TensorCores<false>)
ALFI_LAUNCH_CELLS(float, k::TensorCores<true>)
