#include "alfi/kernels/rows/elementwise.hpp"

#include "alfi/kernels/gpu/launch.cuh"

namespace k = alfi::kernels;

#define ALFI_LAUNCH_MAP(Map, T)                \
  ALFI_LAUNCH_EACH(k::MapEntry<k::Map<T>, T>); \
  ALFI_LAUNCH_EACH(k::MapAdjointEntry<k::Map<T>, T>);
#define ALFI_LAUNCH_ALL(T)           \
  ALFI_LAUNCH_MAP(Relu, T)           \
  ALFI_LAUNCH_MAP(Tanh, T)           \
  ALFI_LAUNCH_MAP(SmoothBound, T)    \
  ALFI_LAUNCH_MAP(Clamp, T)          \
  ALFI_LAUNCH_MAP(Asinh, T)          \
  ALFI_LAUNCH_MAP(Exp, T)            \
  ALFI_LAUNCH_MAP(Affine, T)         \
  ALFI_LAUNCH_EACH(k::FillEntry<T>); \
  ALFI_LAUNCH_EACH(k::AddScaledEntry<T>);
ALFI_LAUNCH_ALL(float)
ALFI_LAUNCH_ALL(double)
