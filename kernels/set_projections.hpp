#pragma once
#include "alfi/kernels/set_encoder.hpp"

/// Sets seen along learned directions: of the rows of each set their mean, the logarithm of their sd, and the largest,
/// along each of F directions. The end of a support is seen by a maximum, not by a mean; where columns are mixed up, in
/// one direction only.
/// Shapes: x [G*n_max,D], directions [F,D], out [G,3F]: means, log sds, maxima. A set without valid rows has 0.
/// Throws: ShapeError where shapes or counts disagree. Gradients accumulate (+=); x is data. At a tie the gradient of a
/// maximum is that of the first of the largest rows.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Numbers of a direction.
constexpr Index kProjected = 3;

/// Elements that the forward pass keeps, and that the adjoint works in.
Index set_projections_saved_size(Index sets, Index directions);
Index set_projections_scratch_size(Index sets, Index directions, Index columns);

template <class T>
void set_projections(const Context& context, MatView<const T> x, const SetPool& pool, MatView<const T> directions,
                     VecView<T> saved, MatView<T> out);

/// What the adjoint needs of the forward pass.
template <class T>
struct ProjectionsForward {
  MatView<const T> directions;
  VecView<const T> saved;
  MatView<const T> out;
};
template <class T>
void set_projections_adjoint(const Context& context, MatView<const T> x, const SetPool& pool,
                             const ProjectionsForward<T>& forward, MatView<const T> d_out, VecView<T> scratch,
                             MatView<T> d_directions);

/// How far simulated sets are from the real one, in what that one tells about them: asinh of the difference of means in
/// 3 standard errors, of log sds in 3 standard errors, of maxima in 3/N sds, the scatter of the end of a support.
/// made [B*K,3F], real [B,3F], counts [B] real observations N -> out [B*K,3F].
template <class T>
void compare_projections(const Context& context, MatView<const T> made, MatView<const T> real,
                         VecView<const std::int32_t> counts, MatView<T> out);

/// out is the forward result. d_made, d_real may be empty (not wanted).
template <class T>
void compare_projections_adjoint(const Context& context, MatView<const T> real, VecView<const std::int32_t> counts,
                                 MatView<const T> out, MatView<const T> d_out, MatView<T> d_made, MatView<T> d_real);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
