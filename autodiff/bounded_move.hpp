#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/bounded_move.hpp"

/// A bounded move on the tape.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// A part of a move: its bound, and what it starts from [R,cols], or without data: nothing.
template <class Real>
struct MoveOf {
  Real bound;
  Index cols;
  Var<Real> start;
};

template <class Real>
struct MovedVars {
  Var<Real> first, second;
};

/// Each part's start + its columns of move [R, first.cols + second.cols] within its bound (smooth: by tanh, else cut).
/// Throws: ShapeError.
template <class Real>
MovedVars<Real> bounded_move(Tape<Real>& tape, Var<Real> move, bool smooth, const MoveOf<Real>& first,
                             const MoveOf<Real>& second) {
  const bool tracked = move.tracked() || first.start.tracked() || second.start.tracked();
  const MovedVars<Real> y{tape.output(move.rows(), first.cols, tracked),
                          tape.output(move.rows(), second.cols, tracked)};
  kernels::bounded_move<Real>(
      tape.context(), move.value, smooth,
      {{first.bound, first.start.value, y.first.value}, {second.bound, second.start.value, y.second.value}});
  if (tracked) {
    tape.record([=](const Context& context) {
      kernels::bounded_move_adjoint<Real>(context, move.value, smooth,
                                          {{first.bound, y.first.gradient(), first.start.gradient()},
                                           {second.bound, y.second.gradient(), second.start.gradient()}},
                                          move.gradient());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
