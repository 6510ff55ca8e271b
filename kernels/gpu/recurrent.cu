#include "alfi/kernels/gpu/gru.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_TILED(Point, T, ...) ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::CellJob<T, k::Point<T>>>)
#define ALFI_LAUNCH_REGISTERS(Point, ...) \
  ALFI_LAUNCH_BLOCKS(k::RegisterProduct<__VA_ARGS__, true, true, k::CellJob<float, k::Point<float>>>)
#define ALFI_LAUNCH_CELL(Point)                                             \
  ALFI_LAUNCH_TILED(Point, float, k::FullPrecision<float>, k::SmallTile);   \
  ALFI_LAUNCH_TILED(Point, float, k::TensorCores, k::SmallTile);            \
  ALFI_LAUNCH_TILED(Point, double, k::FullPrecision<double>, k::SmallTile); \
  ALFI_LAUNCH_TILED(Point, double, k::FullPrecision<double>, k::LargeTile); \
  ALFI_LAUNCH_REGISTERS(Point, true, k::BroadTile);                         \
  ALFI_LAUNCH_REGISTERS(Point, true, k::SquareTile);                        \
  ALFI_LAUNCH_REGISTERS(Point, false, k::BroadTile);                        \
  ALFI_LAUNCH_REGISTERS(Point, false, k::SquareTile);
ALFI_LAUNCH_CELL(LstmPoint)
ALFI_LAUNCH_CELL(GruGatesPoint)
ALFI_LAUNCH_CELL(GruCandidatePoint)
#define ALFI_LAUNCH_ALL(T)                     \
  ALFI_LAUNCH_BLOCKS(k::GruForward<T>);        \
  ALFI_LAUNCH_BLOCKS(k::GruAdjoint<T>);        \
  ALFI_LAUNCH_EACH(k::LstmAdjointEntry<T>);    \
  ALFI_LAUNCH_EACH(k::GruNextAdjointEntry<T>); \
  ALFI_LAUNCH_EACH(k::GruResetAdjointEntry<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
