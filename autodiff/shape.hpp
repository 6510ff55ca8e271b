#pragma once
#include <initializer_list>

#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/shape.hpp"

/// Concatenation and slices of columns.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// Parts side by side, those without columns passed over.
template <class Real>
struct JoinedParts {
  kernels::ColumnParts<const Real> values;
  kernels::ColumnParts<Real> gradients;
  Index cols = 0;
  bool tracked = false;

  /// Whether every part has all rows, and no gradient is that of several parts.
  bool plain(Index rows) const {
    for (int p = 0; p < values.count; ++p) {
      if (values.part[p].rows != rows) return false;
      for (int q = 0; q < p; ++q) {
        if (gradients.part[p].data != nullptr && gradients.part[p].data == gradients.part[q].data) return false;
      }
    }
    return true;
  }
};

/// Throws: as concatenate().
template <class Real>
JoinedParts<Real> join_parts(Index rows, std::initializer_list<Var<Real>> parts) {
  JoinedParts<Real> joined;
  for (const Var<Real>& part : parts) {
    if (part.cols() == 0) continue;
    if (joined.values.count == kernels::kMaxParts) {
      throw ShapeError("concatenate: got " + std::to_string(parts.size()) + " parts, expected at most " +
                       std::to_string(kernels::kMaxParts));
    }
    if (part.rows() == 0 ? rows != 0 : rows % part.rows() != 0) {
      throw ShapeError("concatenate: a part has shape " + shape_text(part.value) + ", expected a divisor of " +
                       std::to_string(rows) + " rows");
    }
    joined.values.part[joined.values.count++] = part.value;
    joined.gradients.part[joined.gradients.count++] = {part.gradient_data, part.rows(), part.cols()};
    joined.cols += part.cols();
    joined.tracked = joined.tracked || part.tracked();
  }
  return joined;
}

/// The one part that has columns, where it has all rows, too; else null.
template <class Real>
const Var<Real>* only_part(Index rows, const std::initializer_list<Var<Real>>& parts) {
  const Var<Real>* only = nullptr;
  for (const Var<Real>& part : parts) {
    if (part.cols() == 0) continue;
    if (only != nullptr || part.rows() != rows) return nullptr;
    only = &part;
  }
  return only;
}

/// [part_0, part_1, ...] side by side, rows high; a part with fewer rows stands for rows / part.rows consecutive ones.
/// Parts without columns are passed over. One node.
/// Throws: ShapeError where rows is no multiple of a part's rows, or there are more than kernels::kMaxParts.
template <class Real>
Var<Real> concatenate(Tape<Real>& tape, Index rows, std::initializer_list<Var<Real>> parts) {
  const JoinedParts<Real> in = join_parts(rows, parts);
  const Var<Real> joined = tape.output(rows, in.cols, in.tracked);
  kernels::concatenate_columns<Real>(tape.context(), in.values, joined.value);
  if (in.tracked) {
    tape.record([joined, gradients = in.gradients](const Context& context) {
      kernels::concatenate_columns_adjoint<Real>(context, joined.gradient(), gradients);
    });
  }
  return joined;
}

/// The same numbers, row by row, in another shape. No node.
/// Throws: ShapeError where there are not as many.
template <class Real>
Var<Real> reshape(Var<Real> x, Index rows, Index cols) {
  if (rows * cols != x.value.size()) {
    throw ShapeError("reshape: x has shape " + shape_text(x.value) + ", expected the size of [" + std::to_string(rows) +
                     "," + std::to_string(cols) + "]");
  }
  return {{x.value.data, rows, cols}, x.gradient_data};
}

/// Columns [from, from + count) of x.
template <class Real>
Var<Real> columns(Tape<Real>& tape, Var<Real> x, Index from, Index count) {
  if (from < 0 || count < 0 || from + count > x.cols()) {
    throw ShapeError("columns: got columns " + std::to_string(from) + " to " + std::to_string(from + count) +
                     " of shape " + shape_text(x.value));
  }
  const Var<Real> y = tape.output(x.rows(), count, x.tracked());
  const kernels::ColumnBlock block{from, 0, count};
  kernels::copy_columns<Real>(tape.context(), x.value, y.value, block);
  if (y.tracked()) {
    tape.record([x, y, block](const Context& context) {
      kernels::copy_columns_adjoint<Real>(context, y.gradient(), x.gradient(), block);
    });
  }
  return y;
}

/// The entries of x at the diagonal's places of a triangle's vector: [R,V] -> [R,P].
template <class Real>
Var<Real> triangle_diagonal(Tape<Real>& tape, Var<Real> x, Index parameters) {
  require_shape("triangle_diagonal", "x", x.value, x.rows(), parameters * (parameters + 1) / 2);
  const Var<Real> y = tape.output(x.rows(), parameters, x.tracked());
  kernels::triangle_diagonal<Real>(tape.context(), x.value, y.value);
  if (y.tracked()) {
    tape.record([x, y](const Context& context) {
      kernels::triangle_diagonal_adjoint<Real>(context, y.gradient(), x.gradient());
    });
  }
  return y;
}

/// A triangle's vector with x on its diagonal and 0 elsewhere: [R,P] -> [R,V].
template <class Real>
Var<Real> diagonal_triangle(Tape<Real>& tape, Var<Real> x) {
  const Index parameters = x.cols();
  const Var<Real> y = tape.output(x.rows(), parameters * (parameters + 1) / 2, x.tracked());
  kernels::diagonal_triangle<Real>(tape.context(), x.value, y.value);
  if (y.tracked()) {
    tape.record([x, y](const Context& context) {
      kernels::diagonal_triangle_adjoint<Real>(context, y.gradient(), x.gradient());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
