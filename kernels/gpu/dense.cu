#include "alfi/kernels/gpu/weight_gradients.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_PRODUCT(T, ...)                                             \
  ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::LargeTile, k::DenseJob<T>>); \
  ALFI_LAUNCH_BLOCKS(k::Product<T, __VA_ARGS__, k::SmallTile, k::DenseJob<T>>)
#define ALFI_LAUNCH_ALL(T)                     \
  ALFI_LAUNCH_PRODUCT(T, k::FullPrecision<T>); \
  ALFI_LAUNCH_BLOCKS(k::AddParts<T>);          \
  ALFI_LAUNCH_EACH(k::FewRowsGradients<T>);    \
  ALFI_LAUNCH_EACH(k::ActivationAdjoint<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
ALFI_LAUNCH_PRODUCT(float, k::TensorCores<false>);
ALFI_LAUNCH_PRODUCT(float, k::TensorCores<true>);
