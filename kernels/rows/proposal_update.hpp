#pragma once
#include <cmath>

#include "alfi/core/view.hpp"
#include "alfi/kernels/triangle.hpp"

/// The relative update of kernels/proposal.hpp, a problem an item, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
ALFI_HD void load(VecView<const T> from, double* to) {
  for (Index i = 0; i < from.size; ++i) to[i] = static_cast<double>(from[i]);
}

/// mean, move_mean [B,P], cholesky, move_cholesky [B,V].
template <class T>
struct UpdateInputs {
  MatView<const T> mean, cholesky, move_mean, move_cholesky;
};

template <class T>
struct RelativeUpdate {
  static constexpr const char* kName = "relative_update";
  UpdateInputs<T> in;
  MatView<T> mean_next, cholesky_next;
  ALFI_HD void operator()(Index b) const {
    const Index size = in.mean.cols;
    Triangle<> c, d;
    unpack(in.cholesky.row(b), size, c);
    unpack(in.move_cholesky.row(b), size, d);
    double move[kMaxParameters], step[kMaxParameters];
    load(in.move_mean.row(b), move);
    multiply(c, move, step);
    for (Index r = 0; r < size; ++r) {
      mean_next(b, r) = static_cast<T>(static_cast<double>(in.mean(b, r)) + step[r]);
      for (Index k = 0; k < r; ++k) {
        double sum = 0;
        for (Index i = k; i <= r; ++i) sum += c(r, i) * d(i, k);
        cholesky_next(b, triangle_entry(r, k)) = static_cast<T>(sum);
      }
      // The diagonal of a product of triangles is the product of the diagonals: its logarithms add.
      const Index i = triangle_entry(r, r);
      cholesky_next(b, i) =
          static_cast<T>(static_cast<double>(in.cholesky(b, i)) + static_cast<double>(in.move_cholesky(b, i)));
    }
  }
};

template <class T>
struct RelativeUpdateAdjoint {
  static constexpr const char* kName = "relative_update_adjoint";
  UpdateInputs<T> in;
  MatView<const T> d_mean_next, d_cholesky_next;
  MatView<T> d_mean, d_cholesky, d_move_mean, d_move_cholesky;
  ALFI_HD void operator()(Index b) const {
    const Index size = in.mean.cols;
    Triangle<> c, d;
    unpack(in.cholesky.row(b), size, c);
    unpack(in.move_cholesky.row(b), size, d);
    Triangle<> d_c, d_d;
    d_c.clear(size);
    d_d.clear(size);
    double g[kMaxParameters], d_move[kMaxParameters];
    load(d_mean_next.row(b), g);
    multiply_transposed(c, g, d_move);
    for (Index r = 0; r < size; ++r) {
      accumulate(d_mean, b, r, g[r]);
      accumulate(d_move_mean, b, r, d_move[r]);
      for (Index k = 0; k <= r; ++k) d_c(r, k) += g[r] * static_cast<double>(in.move_mean(b, k));
      for (Index k = 0; k < r; ++k) {
        const double next = static_cast<double>(d_cholesky_next(b, triangle_entry(r, k)));
        for (Index i = k; i <= r; ++i) {
          d_c(r, i) += next * d(i, k);
          d_d(i, k) += next * c(r, i);
        }
      }
      const Index i = triangle_entry(r, r);
      accumulate(d_cholesky, b, i, static_cast<double>(d_cholesky_next(b, i)));
      accumulate(d_move_cholesky, b, i, static_cast<double>(d_cholesky_next(b, i)));
    }
    if (!d_cholesky.empty()) add_outside(c, d_c, d_cholesky.row(b));
    if (!d_move_cholesky.empty()) add_outside(d, d_d, d_move_cholesky.row(b));
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
