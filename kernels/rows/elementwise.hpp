#pragma once
#include "alfi/kernels/elementwise.hpp"

/// Entries of kernels/elementwise.hpp, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class Map, class T>
struct MapEntry {
  static constexpr const char* kName = "map";
  Map f;
  const T* x;
  T* y;
  ALFI_HD void operator()(Index i) const { y[i] = f.value(x[i]); }
};

template <class Map, class T>
struct MapAdjointEntry {
  static constexpr const char* kName = "map_adjoint";
  Map f;
  const T *x, *y, *d_y;
  T* d_x;
  ALFI_HD void operator()(Index i) const { d_x[i] += d_y[i] * f.slope(x[i], y[i]); }
};

template <class T>
struct FillEntry {
  static constexpr const char* kName = "fill";
  T value;
  T* y;
  ALFI_HD void operator()(Index i) const { y[i] = value; }
};

template <class T>
struct AddScaledEntry {
  static constexpr const char* kName = "add_scaled";
  T factor;
  const T* x;
  T* y;
  ALFI_HD void operator()(Index i) const { y[i] += factor * x[i]; }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
