#include "alfi/kernels/proposal.hpp"
#include "alfi/kernels/triangle.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
Index require_update(const char* function, MatView<const T> mean, MatView<const T> cholesky, MatView<const T> move_mean,
                     MatView<const T> move_cholesky) {
  const Index size = require_triangle(function, mean, cholesky);
  require_shape(function, "move_mean", move_mean, mean.rows, size);
  require_shape(function, "move_cholesky", move_cholesky, mean.rows, cholesky.cols);
  return size;
}

template <class T>
void load(VecView<const T> from, double* to) {
  for (Index i = 0; i < from.size; ++i) to[i] = static_cast<double>(from[i]);
}

}  // namespace

template <class T>
void relative_update(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                     MatView<const T> move_mean, MatView<const T> move_cholesky, MatView<T> mean_next,
                     MatView<T> cholesky_next) {
  constexpr const char* kName = "relative_update";
  require_cpu(context, kName);
  const Index size = require_update(kName, mean, cholesky, move_mean, move_cholesky);
  require_shape(kName, "mean_next", mean_next, mean.rows, size);
  require_shape(kName, "cholesky_next", cholesky_next, mean.rows, cholesky.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    const Triangle<> c = unpack(cholesky.row(b), size), d = unpack(move_cholesky.row(b), size);
    double move[kMaxParameters], step[kMaxParameters];
    load(move_mean.row(b), move);
    multiply(c, move, step);
    for (Index r = 0; r < size; ++r) {
      mean_next(b, r) = static_cast<T>(static_cast<double>(mean(b, r)) + step[r]);
      for (Index k = 0; k < r; ++k) {
        double sum = 0;
        for (Index i = k; i <= r; ++i) sum += c(r, i) * d(i, k);
        cholesky_next(b, triangle_entry(r, k)) = static_cast<T>(sum);
      }
      // The diagonal of a product of triangles is the product of the diagonals: its logarithms add.
      const Index i = triangle_entry(r, r);
      cholesky_next(b, i) =
          static_cast<T>(static_cast<double>(cholesky(b, i)) + static_cast<double>(move_cholesky(b, i)));
    }
  }
}

template <class T>
void relative_update_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                             MatView<const T> move_mean, MatView<const T> move_cholesky, MatView<const T> d_mean_next,
                             MatView<const T> d_cholesky_next, MatView<T> d_mean, MatView<T> d_cholesky,
                             MatView<T> d_move_mean, MatView<T> d_move_cholesky) {
  constexpr const char* kName = "relative_update_adjoint";
  require_cpu(context, kName);
  const Index size = require_update(kName, mean, cholesky, move_mean, move_cholesky);
  require_shape(kName, "d_mean_next", d_mean_next, mean.rows, size);
  require_shape(kName, "d_cholesky_next", d_cholesky_next, mean.rows, cholesky.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_move_mean", d_move_mean, mean.rows, size);
  require_gradient(kName, "d_move_cholesky", d_move_cholesky, mean.rows, cholesky.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    const Triangle<> c = unpack(cholesky.row(b), size), d = unpack(move_cholesky.row(b), size);
    Triangle<> d_c, d_d;
    d_c.clear(size);
    d_d.clear(size);
    double g[kMaxParameters], d_move[kMaxParameters];
    load(d_mean_next.row(b), g);
    multiply_transposed(c, g, d_move);
    for (Index r = 0; r < size; ++r) {
      accumulate(d_mean, b, r, g[r]);
      accumulate(d_move_mean, b, r, d_move[r]);
      for (Index k = 0; k <= r; ++k) d_c(r, k) += g[r] * static_cast<double>(move_mean(b, k));
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
}

#define ALFI_INSTANTIATE(T)                                                                                      \
  template void relative_update<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,         \
                                   MatView<const T>, MatView<T>, MatView<T>);                                    \
  template void relative_update_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, \
                                           MatView<const T>, MatView<const T>, MatView<const T>, MatView<T>,     \
                                           MatView<T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
