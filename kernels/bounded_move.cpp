#include "alfi/kernels/bounded_move.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/rows/bounded_move.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void bounded_move(const Context& context, MatView<const T> move, bool smooth, const MovedPart<T> (&parts)[2]) {
  const char* function = "bounded_move";
  require_shape(function, "move", move, move.rows, parts[0].out.cols + parts[1].out.cols);
  for (const MovedPart<T>& part : parts) {
    require_shape(function, "out", part.out, move.rows, part.out.cols);
    if (!part.start.empty()) require_shape(function, "start", part.start, move.rows, part.out.cols);
  }
  for_each(context, move.size(), BoundedMove<T>{move, smooth, {parts[0], parts[1]}});
}

template <class T>
void bounded_move_adjoint(const Context& context, MatView<const T> move, bool smooth,
                          const MovedPartGradients<T> (&parts)[2], MatView<T> d_move) {
  const char* function = "bounded_move_adjoint";
  require_shape(function, "move", move, move.rows, parts[0].d_out.cols + parts[1].d_out.cols);
  if (!d_move.empty()) require_shape(function, "d_move", d_move, move.rows, move.cols);
  for (const MovedPartGradients<T>& part : parts) {
    require_shape(function, "d_out", part.d_out, move.rows, part.d_out.cols);
    if (!part.d_start.empty()) require_shape(function, "d_start", part.d_start, move.rows, part.d_out.cols);
  }
  for_each(context, move.size(), BoundedMoveAdjoint<T>{move, smooth, {parts[0], parts[1]}, d_move.data});
}

#define ALFI_INSTANTIATE(T)                                                                                        \
  template void bounded_move<T>(const Context&, MatView<const T>, bool, const MovedPart<T>(&)[2]);                 \
  template void bounded_move_adjoint<T>(const Context&, MatView<const T>, bool, const MovedPartGradients<T>(&)[2], \
                                        MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
