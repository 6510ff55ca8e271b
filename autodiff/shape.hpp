#pragma once
#include <initializer_list>

#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/shape.hpp"

/// Concatenation and slices of columns.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// Moves a run of columns of x into y and records that: for y made by its caller.
template <class Real>
void move_columns(Tape<Real>& tape, Var<Real> x, Var<Real> y, const kernels::ColumnBlock& block) {
  kernels::copy_columns<Real>(tape.context(), x.value, y.value, block);
  if (!x.tracked()) return;
  tape.record([x, y, block](const Context& context) {
    kernels::copy_columns_adjoint<Real>(context, y.gradient(), x.gradient(), block);
  });
}

/// [part_0, part_1, ...] side by side, rows high; a part with fewer rows stands for rows / part.rows consecutive ones.
/// Parts without columns are passed over. Throws: ShapeError where rows is no multiple of a part's rows.
template <class Real>
Var<Real> concatenate(Tape<Real>& tape, Index rows, std::initializer_list<Var<Real>> parts) {
  Index cols = 0;
  bool tracked = false;
  for (const Var<Real>& part : parts) {
    if (part.cols() == 0) continue;
    if (part.rows() == 0 ? rows != 0 : rows % part.rows() != 0) {
      throw ShapeError("concatenate: a part has shape " + shape_text(part.value) + ", expected a divisor of " +
                       std::to_string(rows) + " rows");
    }
    cols += part.cols();
    tracked = tracked || part.tracked();
  }
  const Var<Real> joined = tape.output(rows, cols, tracked);
  Index to = 0;
  for (const Var<Real>& part : parts) {
    if (part.cols() == 0) continue;
    move_columns(tape, part, joined, {0, to, part.cols()});
    to += part.cols();
  }
  return joined;
}

/// Columns [from, from + count) of x.
template <class Real>
Var<Real> columns(Tape<Real>& tape, Var<Real> x, Index from, Index count) {
  if (from < 0 || count < 0 || from + count > x.cols()) {
    throw ShapeError("columns: got columns " + std::to_string(from) + " to " + std::to_string(from + count) +
                     " of shape " + shape_text(x.value));
  }
  const Var<Real> y = tape.output(x.rows(), count, x.tracked());
  move_columns(tape, x, y, {from, 0, count});
  return y;
}

/// Where a triangle's vector keeps the diagonal's entry p.
inline Index diagonal_place(Index p) { return p * (p + 3) / 2; }

/// The entries of x at the diagonal's places of a triangle's vector: [R,V] -> [R,P].
template <class Real>
Var<Real> triangle_diagonal(Tape<Real>& tape, Var<Real> x, Index parameters) {
  require_shape("triangle_diagonal", "x", x.value, x.rows(), parameters * (parameters + 1) / 2);
  const Var<Real> y = tape.output(x.rows(), parameters, x.tracked());
  for (Index p = 0; p < parameters; ++p) move_columns(tape, x, y, {diagonal_place(p), p, 1});
  return y;
}

/// A triangle's vector with x on its diagonal and 0 elsewhere: [R,P] -> [R,V].
template <class Real>
Var<Real> diagonal_triangle(Tape<Real>& tape, Var<Real> x) {
  const Index parameters = x.cols();
  const Var<Real> y = tape.output(x.rows(), parameters * (parameters + 1) / 2, x.tracked());
  for (Real& entry : y.value.flat()) entry = Real(0);
  for (Index p = 0; p < parameters; ++p) move_columns(tape, x, y, {p, diagonal_place(p), 1});
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
