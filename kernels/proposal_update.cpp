#include "alfi/kernels/rows/proposal_update.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/proposal.hpp"

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

}  // namespace

template <class T>
void relative_update(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                     MatView<const T> move_mean, MatView<const T> move_cholesky, MatView<T> mean_next,
                     MatView<T> cholesky_next) {
  constexpr const char* kName = "relative_update";
  const Index size = require_update(kName, mean, cholesky, move_mean, move_cholesky);
  require_shape(kName, "mean_next", mean_next, mean.rows, size);
  require_shape(kName, "cholesky_next", cholesky_next, mean.rows, cholesky.cols);
  for_each(context, mean.rows, RelativeUpdate<T>{{mean, cholesky, move_mean, move_cholesky}, mean_next, cholesky_next});
}

template <class T>
void relative_update_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                             MatView<const T> move_mean, MatView<const T> move_cholesky, MatView<const T> d_mean_next,
                             MatView<const T> d_cholesky_next, MatView<T> d_mean, MatView<T> d_cholesky,
                             MatView<T> d_move_mean, MatView<T> d_move_cholesky) {
  constexpr const char* kName = "relative_update_adjoint";
  const Index size = require_update(kName, mean, cholesky, move_mean, move_cholesky);
  require_shape(kName, "d_mean_next", d_mean_next, mean.rows, size);
  require_shape(kName, "d_cholesky_next", d_cholesky_next, mean.rows, cholesky.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  require_gradient(kName, "d_move_mean", d_move_mean, mean.rows, size);
  require_gradient(kName, "d_move_cholesky", d_move_cholesky, mean.rows, cholesky.cols);
  const UpdateInputs<T> in{mean, cholesky, move_mean, move_cholesky};
  for_each(
      context, mean.rows,
      RelativeUpdateAdjoint<T>{in, d_mean_next, d_cholesky_next, d_mean, d_cholesky, d_move_mean, d_move_cholesky});
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
