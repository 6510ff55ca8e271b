#include "alfi/kernels/linear.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/table.hpp"
#include "reference/linear.hpp"

using namespace reference;  // NOLINT: matrices and oracles of the tests
namespace kernels = alfi::kernels;

namespace {

const alfi::Context context;
const Activation kActivations[] = {Activation::none, Activation::relu, Activation::tanh};

struct Sizes {
  Index rows, outputs, inputs;
};
std::vector<Sizes> awkward_sizes() {
  std::vector<Sizes> all;
  for (Index s : {0, 1, 2, 3, 7, 8, 9, 17, 50, 63, 64, 65, 257}) {
    all.push_back({s, 5, 3});
    all.push_back({4, s, 7});
    all.push_back({3, 9, s});
    if (s <= 65) all.push_back({s, s, s});
  }
  return all;
}

template <class T>
constexpr double unit() {
  return std::numeric_limits<T>::epsilon() / 2;
}

/// A sum of n products in any order is off by at most n u sum |terms|; tanh adds 4 ulp = 8 u of a value below that sum.
/// The reference in double may be off as much when T is double: twice that.
template <class T>
void check_forward(Sizes s, Activation activation, bool with_bias) {
  Dyadic dyadic(static_cast<std::uint64_t>(s.rows + 300 * s.outputs + 90000 * s.inputs));
  const auto x = dyadic.matrix<T>(s.rows, s.inputs);
  const Layer<T> layer(s.outputs, s.inputs, dyadic, with_bias);
  Matrix<T> y(s.rows, s.outputs, T(77));
  kernels::linear<T>(context, x.view(), layer.view(), activation, y.view());
  const Matrix<double> wanted = linear(Matrix<double>(x), Layer<double>(layer), activation);
  const Matrix<double> terms = linear(magnitude(Matrix<double>(x)), magnitude(Layer<double>(layer)), Activation::none);
  CHECK(largest_error(y, wanted, terms) <= 2 * unit<T>() * static_cast<double>(s.inputs + 10));
}

/// The same bound over the sums of an adjoint: R terms in a weight, O in an input; 1 - y^2 adds 3 u, the start 1.
template <class T>
void check_adjoint(Sizes s, Activation activation) {
  Dyadic dyadic(static_cast<std::uint64_t>(s.rows + 310 * s.outputs + 91000 * s.inputs));
  const auto x = dyadic.matrix<T>(s.rows, s.inputs);
  const Layer<T> layer(s.outputs, s.inputs, dyadic, true, 0.125);
  const Matrix<T> y = linear(x, layer, activation);
  Matrix<T> d_y = dyadic.matrix<T>(s.rows, s.outputs), d_x = dyadic.matrix<T>(s.rows, s.inputs);
  Layer<T> d(s.outputs, s.inputs, dyadic);
  Matrix<double> wanted_y(d_y), wanted_x(d_x), terms_y = magnitude(wanted_y), terms_x = magnitude(wanted_x);
  Layer<double> wanted(d), terms = magnitude(wanted);
  linear_adjoint(Matrix<double>(x), Layer<double>(layer), activation, Matrix<double>(y), wanted_y, wanted_x, wanted);
  const Matrix<double> size_y = terms_y;
  linear_adjoint(magnitude(Matrix<double>(x)), magnitude(Layer<double>(layer)), Activation::none, Matrix<double>(y),
                 terms_y, terms_x, terms);
  kernels::linear_adjoint<T>(context, x.view(), layer.view(), activation, y.view(), d_y.view(), d_x.view(),
                             d.gradients());
  const double tolerance = 2 * unit<T>() * static_cast<double>(s.rows + s.outputs + 8);
  CHECK(largest_error(d_y, wanted_y, size_y) <= tolerance);
  CHECK(largest_error(d_x, wanted_x, terms_x) <= tolerance);
  CHECK(largest_error(d.weight, wanted.weight, terms.weight) <= tolerance);
  CHECK(largest_error(d.bias, wanted.bias, terms.bias) <= tolerance);
}

}  // namespace

TEST_CASE_TEMPLATE("linear: by hand", T, float, double) {
  const T x[2] = {1, 2}, w[6] = {1, 1, -1, -1, 0, 3}, b[3] = {0, 1, -6};
  T y[3];
  const kernels::LinearWeights<T> weights{{w, 3, 2}, {b, 3}};
  kernels::linear<T>(context, {x, 1, 2}, weights, Activation::relu, {y, 1, 3});
  CHECK(y[0] == 3);
  CHECK(y[1] == 0);  // 1 - 3 < 0
  CHECK(y[2] == 0);  // 6 - 6
  T d_y[3] = {2, 5, 7}, d_x[2] = {10, 20}, d_w[6] = {}, d_b[3] = {1, 1, 1};
  kernels::linear_adjoint<T>(context, {x, 1, 2}, weights, Activation::relu, {y, 1, 3}, {d_y, 1, 3}, {d_x, 1, 2},
                             {{d_w, 3, 2}, {d_b, 3}});
  CHECK(d_y[0] == 2);
  CHECK(d_y[1] == 0);
  CHECK(d_y[2] == 0);
  CHECK(d_x[0] == 12);
  CHECK(d_x[1] == 22);
  CHECK(d_w[0] == 2);
  CHECK(d_w[1] == 4);
  CHECK(d_w[2] == 0);
  CHECK(d_b[0] == 3);
  CHECK(d_b[1] == 1);
}

TEST_CASE_TEMPLATE("linear: forward at awkward sizes", T, float, double) {
  for (const Sizes& s : awkward_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.outputs);
    CAPTURE(s.inputs);
    for (Activation activation : kActivations) check_forward<T>(s, activation, s.rows % 2 == 0);
  }
}

TEST_CASE_TEMPLATE("linear: adjoint at awkward sizes", T, float, double) {
  for (const Sizes& s : awkward_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.outputs);
    CAPTURE(s.inputs);
    for (Activation activation : kActivations) check_adjoint<T>(s, activation);
  }
}

TEST_CASE_TEMPLATE("linear: a row's result does not depend on the other rows", T, float, double) {
  Dyadic dyadic(5);
  const auto x = dyadic.matrix<T>(67, 51, 0.7);  // not dyadic: rounding would show another order of the sum
  const Layer<T> layer(43, 51, dyadic, true, 0.3);
  Matrix<T> together(67, 43), alone(1, 43);
  kernels::linear<T>(context, x.view(), layer.view(), Activation::tanh, together.view());
  for (Index r = 0; r < x.rows; ++r) {
    kernels::linear<T>(context, {x.data.data() + r * 51, 1, 51}, layer.view(), Activation::tanh, alone.view());
    for (Index o = 0; o < 43; ++o) CHECK(alone(0, o) == together(r, o));
  }
}

TEST_CASE("linear: gradients that are not wanted are left out") {
  Dyadic dyadic(6);
  const auto x = dyadic.matrix<double>(5, 4);
  const Layer<double> layer(3, 4, dyadic, false);
  Matrix<double> y(5, 3), d_y = dyadic.matrix<double>(5, 3);
  kernels::linear<double>(context, x.view(), layer.view(), Activation::none, y.view());
  Layer<double> d = layer.like();
  kernels::linear_adjoint<double>(context, x.view(), layer.view(), Activation::none, y.view(), d_y.view(), {},
                                  d.gradients());
  double sum = 0;
  for (Index r = 0; r < 5; ++r) sum += d_y(r, 1) * x(r, 2);
  CHECK(d.weight(1, 2) == sum);  // dyadic: exact
}

TEST_CASE("linear: shapes that disagree are named") {
  Matrix<float> x(2, 3), weight(4, 2), y(2, 4);
  const kernels::LinearWeights<float> weights{weight.view(), {}};
  CHECK_THROWS_WITH_AS(kernels::linear<float>(context, x.view(), weights, Activation::none, y.view()),
                       "linear: weight has shape [4,2], expected [4,3]", alfi::ShapeError);
}
