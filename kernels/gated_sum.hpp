#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// out(r, c) = head(r, c) + sigmoid(head(r, C + group[c]) + 1) values(r, c): a learned gate for each group of columns
/// says how far values is believed. Shapes: head [R,C+G], values [R,C], group [C] (each < G), out [R,C].
/// Throws: ShapeError (on a GPU without a look at group's entries). Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void gated_sum(const Context& context, MatView<const T> head, MatView<const T> values,
               VecView<const std::uint8_t> group, MatView<T> out);

/// d_head and d_values may each be empty (not wanted).
template <class T>
void gated_sum_adjoint(const Context& context, MatView<const T> head, MatView<const T> values,
                       VecView<const std::uint8_t> group, MatView<const T> d_out, MatView<T> d_head,
                       MatView<T> d_values);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
