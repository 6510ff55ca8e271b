#pragma once
#include "alfi/autodiff/tape.hpp"
#include "alfi/kernels/elementwise.hpp"
#include "alfi/kernels/meta_loss.hpp"
#include "alfi/kernels/shape.hpp"

/// Operations on every entry, and sums of matrices.

namespace alfi {
inline namespace v0 {
namespace autodiff {

/// y = f(x) for one of the maps of kernels/elementwise.hpp.
template <class Map, class Real>
Var<Real> map(Tape<Real>& tape, const Map& f, Var<Real> x) {
  const Var<Real> y = tape.output(x.rows(), x.cols(), x.tracked());
  kernels::map<Map, Real>(tape.context(), f, x.value.flat(), y.value.flat());
  if (y.tracked()) {
    tape.record([f, x, y](const Context& context) {
      kernels::map_adjoint<Map, Real>(context, f, x.value.flat(), y.value.flat(), y.gradient().flat(),
                                      x.gradient().flat());
    });
  }
  return y;
}

template <class Real>
Var<Real> relu(Tape<Real>& tape, Var<Real> x) {
  return map(tape, kernels::Relu<Real>{}, x);
}
template <class Real>
Var<Real> tanh(Tape<Real>& tape, Var<Real> x) {
  return map(tape, kernels::Tanh<Real>{}, x);
}
template <class Real>
Var<Real> exp(Tape<Real>& tape, Var<Real> x) {
  return map(tape, kernels::Exp<Real>{}, x);
}
/// asinh(factor x).
template <class Real>
Var<Real> asinh(Tape<Real>& tape, Var<Real> x, Real factor = Real(1)) {
  return map(tape, kernels::Asinh<Real>{factor}, x);
}
template <class Real>
Var<Real> affine(Tape<Real>& tape, Var<Real> x, Real factor, Real offset) {
  return map(tape, kernels::Affine<Real>{factor, offset}, x);
}
/// bound tanh(x / bound), or cut to [-bound, bound] where smooth is false.
template <class Real>
Var<Real> bounded(Tape<Real>& tape, Var<Real> x, Real bound, bool smooth = true) {
  return smooth ? map(tape, kernels::SmoothBound<Real>{bound}, x) : map(tape, kernels::Clamp<Real>{bound}, x);
}

/// x + factor y; y may have fewer rows, each then standing for x.rows / y.rows consecutive ones.
/// Throws: ShapeError where columns differ or rows are no multiple.
template <class Real>
Var<Real> add(Tape<Real>& tape, Var<Real> x, Var<Real> y, Real factor = Real(1)) {
  if (y.cols() != x.cols() || (y.rows() == 0 ? x.rows() != 0 : x.rows() % y.rows() != 0)) {
    throw ShapeError("add: y has shape " + shape_text(y.value) + ", expected " + shape_text(x.value) +
                     " or a divisor of its rows");
  }
  const Var<Real> z = tape.output(x.rows(), x.cols(), x.tracked() || y.tracked());
  kernels::add_repeated<Real>(tape.context(), x.value, factor, y.value, z.value);
  if (z.tracked()) {
    tape.record([x, y, z, factor](const Context& context) {
      kernels::add_repeated_adjoint<Real>(context, factor, z.gradient(), x.gradient(), y.gradient());
    });
  }
  return z;
}

template <class Real>
Var<Real> subtract(Tape<Real>& tape, Var<Real> x, Var<Real> y) {
  return add(tape, x, y, Real(-1));
}

/// The mean of all entries: [1,1].
template <class Real>
Var<Real> mean(Tape<Real>& tape, Var<Real> x) {
  const Var<Real> y = tape.output(1, 1, x.tracked());
  const kernels::LossLimit none{0, 0};
  const double count = static_cast<double>(x.value.size());
  kernels::limited_mean<Real>(tape.context(), x.value.flat(), none, count, y.value.flat());
  if (y.tracked()) {
    tape.record([x, y, none, count](const Context& context) {
      kernels::limited_mean_adjoint<Real>(context, x.value.flat(), none, count, y.gradient().flat(),
                                          x.gradient().flat());
    });
  }
  return y;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
