#include "alfi/kernels/gpu/weight_gradients.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_TILED(T, ...) ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::DenseJob<T>>)
#define ALFI_LAUNCH_REGISTERS(...)                                                      \
  ALFI_LAUNCH_BLOCKS(k::RegisterProduct<__VA_ARGS__, true, true, k::DenseJob<float>>);  \
  ALFI_LAUNCH_BLOCKS(k::RegisterProduct<__VA_ARGS__, true, false, k::DenseJob<float>>); \
  ALFI_LAUNCH_BLOCKS(k::RegisterProduct<__VA_ARGS__, false, false, k::DenseJob<float>>)
#define ALFI_LAUNCH_ALL(T)                                    \
  ALFI_LAUNCH_TILED(T, k::FullPrecision<T>, k::SmallTile);    \
  ALFI_LAUNCH_BLOCKS(decltype(k::GradientLaunches<T>::sums)); \
  ALFI_LAUNCH_BLOCKS(decltype(k::GradientLaunches<T>::adds)); \
  ALFI_LAUNCH_EACH(k::FewRowsGradients<T>);                   \
  ALFI_LAUNCH_EACH(k::ActivationAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
ALFI_LAUNCH_TILED(double, k::FullPrecision<double>, k::LargeTile);
ALFI_LAUNCH_TILED(float, k::TensorCores, k::SmallTile);
ALFI_LAUNCH_REGISTERS(true, k::BroadTile);
ALFI_LAUNCH_REGISTERS(true, k::SquareTile);
ALFI_LAUNCH_REGISTERS(false, k::BroadTile);
ALFI_LAUNCH_REGISTERS(false, k::SquareTile);
