#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Moving columns and rows about: what concatenation, slices and broadcasts over a problem's proposals are made of.
/// Throws: ShapeError. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A run of columns moved from one matrix to another whose rows are a multiple: out(r, to + c) = in(r / repeat, from +
/// c), repeat = out.rows / in.rows.
struct ColumnBlock {
  Index from = 0;   ///< first column read
  Index to = 0;     ///< first column written
  Index count = 0;  ///< columns moved
};

template <class T>
void copy_columns(const Context& context, MatView<const T> in, MatView<T> out, const ColumnBlock& block);

/// The adjoint of copy_columns: d_in(r / repeat, from + c) += d_out(r, to + c).
template <class T>
void copy_columns_adjoint(const Context& context, MatView<const T> d_out, MatView<T> d_in, const ColumnBlock& block);

constexpr int kMaxParts = 8;

/// Matrices side by side; those without data (gradients that are not wanted) keep their shapes.
template <class T>
struct ColumnParts {
  MatView<T> part[kMaxParts];
  int count = 0;
};

/// out = [part_0, part_1, ...]; a part with fewer rows stands for out.rows / part.rows consecutive ones. One launch; a
/// GPU takes fewer than 2^30 numbers.
template <class T>
void concatenate_columns(const Context& context, const ColumnParts<const T>& parts, MatView<T> out);

/// Its adjoint. One launch, unless a gradient is that of several parts.
template <class T>
void concatenate_columns_adjoint(const Context& context, MatView<const T> d_out, const ColumnParts<T>& d_parts);

/// z(r, :) = x(r, :) + factor y(r / (x.rows / y.rows), :).
template <class T>
void add_repeated(const Context& context, MatView<const T> x, T factor, MatView<const T> y, MatView<T> z);

/// Its adjoint: d_x += d_z, d_y(r / repeat, :) += factor d_z(r, :); each may be empty (not wanted). One launch, unless
/// both are the same matrix.
template <class T>
void add_repeated_adjoint(const Context& context, T factor, MatView<const T> d_z, MatView<T> d_x, MatView<T> d_y);

/// The diagonals of packed lower triangles (kernels/triangle.hpp): triangle [R,V] -> diagonal [R,P].
template <class T>
void triangle_diagonal(const Context& context, MatView<const T> triangle, MatView<T> diagonal);
template <class T>
void triangle_diagonal_adjoint(const Context& context, MatView<const T> d_diagonal, MatView<T> d_triangle);

/// Triangles with this diagonal and 0 elsewhere: diagonal [R,P] -> triangle [R,V].
template <class T>
void diagonal_triangle(const Context& context, MatView<const T> diagonal, MatView<T> triangle);
template <class T>
void diagonal_triangle_adjoint(const Context& context, MatView<const T> d_triangle, MatView<T> d_diagonal);

constexpr Index kMaxScalars = 32;

/// Single numbers, each in a place of its own.
template <class T>
struct ScalarPlaces {
  T* place[kMaxScalars] = {};
};

/// to[i] = *from.place[i]; at most kMaxScalars.
template <class T>
void gather_scalars(const Context& context, const ScalarPlaces<const T>& from, VecView<T> to);

/// *to.place[i] += from[i], where the place is not null (not wanted). No two places may be the same.
template <class T>
void add_to_scalars(const Context& context, VecView<const T> from, const ScalarPlaces<T>& to);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
