#pragma once
#include "alfi/kernels/bounded_move.hpp"
#include "alfi/kernels/elementwise.hpp"

/// Entries of kernels/bounded_move.hpp, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
ALFI_HD T bounded_value(bool smooth, T bound, T x) {
  return smooth ? SmoothBound<T>{bound}.value(x) : Clamp<T>{bound}.value(x);
}
template <class T>
ALFI_HD T bounded_slope(bool smooth, T bound, T x) {
  return smooth ? SmoothBound<T>{bound}.slope(x, SmoothBound<T>{bound}.value(x)) : Clamp<T>{bound}.slope(x, x);
}

template <class T>
struct BoundedMove {
  static constexpr const char* kName = "bounded_move";
  MatView<const T> move;
  bool smooth;
  MovedPart<T> part[2];
  ALFI_HD void operator()(Index i) const {
    const Index row = i / move.cols, column = i % move.cols, split = part[0].out.cols;
    const MovedPart<T>& own = part[column < split ? 0 : 1];
    const Index entry = row * own.out.cols + (column < split ? column : column - split);
    const T step = bounded_value(smooth, own.bound, move.data[i]);
    own.out.data[entry] = own.start.data == nullptr ? step : own.start.data[entry] + step;
  }
};

template <class T>
struct BoundedMoveAdjoint {
  static constexpr const char* kName = "bounded_move_adjoint";
  MatView<const T> move;
  bool smooth;
  MovedPartGradients<T> part[2];
  T* d_move;  ///< null: not wanted
  ALFI_HD void operator()(Index i) const {
    const Index row = i / move.cols, column = i % move.cols, split = part[0].d_out.cols;
    const MovedPartGradients<T>& own = part[column < split ? 0 : 1];
    const Index entry = row * own.d_out.cols + (column < split ? column : column - split);
    const T d = own.d_out.data[entry];
    if (own.d_start.data != nullptr) own.d_start.data[entry] += d;
    if (d_move != nullptr) d_move[i] += d * bounded_slope(smooth, own.bound, move.data[i]);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
