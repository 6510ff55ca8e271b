#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// A row's two kinds of entries, each kept within a bound of its own and added to where it starts:
///     out(r, c) = start(r, c) + bounded(move(r, from + c)),
/// bounded(x) = bound tanh(x / bound), or x cut to [-bound, bound] (kernels/elementwise.hpp: SmoothBound, Clamp).
/// Shapes: move [R, C0 + C1], parts [R, C0] from column 0 and [R, C1] from column C0. One launch on a GPU.
/// Throws: ShapeError. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct MovedPart {
  T bound;
  MatView<const T> start;  ///< empty: 0
  MatView<T> out;
};
template <class T>
struct MovedPartGradients {
  T bound;
  MatView<const T> d_out;
  MatView<T> d_start;  ///< empty: not wanted
};

template <class T>
void bounded_move(const Context& context, MatView<const T> move, bool smooth, const MovedPart<T> (&parts)[2]);

/// d_move may be empty (not wanted).
template <class T>
void bounded_move_adjoint(const Context& context, MatView<const T> move, bool smooth,
                          const MovedPartGradients<T> (&parts)[2], MatView<T> d_move);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
