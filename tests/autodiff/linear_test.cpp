#include "alfi/autodiff/linear.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/autodiff/elementwise.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::random_input;
using alfi_test::Variables;

TEST_CASE("a linear layer by hand, with and without a bias") {
  const double x[] = {1, 2}, weight[] = {3, 4, -5, 1}, bias[] = {0.5, -1};
  ad::Tape<double> tape{alfi::Context()};
  const auto input = tape.data({x, 1, 2}), w = tape.data({weight, 2, 2});
  const auto y = ad::linear(tape, input, {w, tape.data({bias, 1, 2})});
  CHECK(y.value(0, 0) == 11.5);
  CHECK(y.value(0, 1) == -4);
  CHECK(!y.tracked());
  const auto positive = ad::linear(tape, input, {w, {}}, ad::Activation::relu);
  CHECK(positive.value(0, 0) == 11);
  CHECK(positive.value(0, 1) == 0);
}

TEST_CASE("a linear layer has the right gradient at awkward sizes") {
  struct Size {
    Index rows, in, out;
  };
  for (const Size& s : {Size{1, 1, 1}, Size{0, 3, 2}, Size{7, 3, 5}, Size{2, 17, 9}}) {
    CAPTURE(s.rows);
    CAPTURE(s.in);
    for (const auto activation : {ad::Activation::none, ad::Activation::tanh}) {
      alfi_test::check_operation_gradient(
          [activation](ad::Tape<double>& tape, const Variables& v) {
            return Variables{ad::linear(tape, v[0], {v[1], v[2]}, activation),
                             ad::linear(tape, v[0], {v[1], {}}, activation)};
          },
          {random_input("x", s.rows, s.in), random_input("weight", s.out, s.in, 0.5), random_input("bias", 1, s.out)});
    }
  }
}

TEST_CASE("a ReLU layer passes the gradient of its open rows only") {
  const double x[] = {1, 1}, weight[] = {1, 1, -1, -1}, bias[] = {0, 0};
  double d_x[2] = {}, d_weight[4] = {}, d_bias[2] = {};
  ad::Tape<double> tape{alfi::Context()};
  const ad::Linear<double> layer{tape.leaf({weight, 2, 2}, {d_weight, 2, 2}), tape.leaf({bias, 1, 2}, {d_bias, 1, 2})};
  const auto y = ad::linear(tape, tape.leaf({x, 1, 2}, {d_x, 1, 2}), layer, ad::Activation::relu);
  tape.backward(ad::affine(tape, ad::mean(tape, y), 6.0, 0.0));  // 3 for each of the two
  CHECK(d_x[0] == 3);
  CHECK(d_x[1] == 3);
  CHECK(d_weight[0] == 3);
  CHECK(d_weight[3] == 0);
  CHECK(d_bias[0] == 3);
  CHECK(d_bias[1] == 0);
}

TEST_CASE("data as input gets no gradient, the weights do") {
  const double x[] = {2}, weight[] = {3};
  double d_weight = 0;
  ad::Tape<double> tape{alfi::Context()};
  const ad::Linear<double> layer{tape.leaf({weight, 1, 1}, {&d_weight, 1, 1}), {}};
  tape.backward(ad::linear(tape, tape.data({x, 1, 1}), layer));
  CHECK(d_weight == 2);
}

TEST_CASE("a linear layer refuses an input of another width") {
  const double x[6] = {};
  ad::Tape<double> tape{alfi::Context()};
  const ad::Linear<double> layer{tape.data({x, 2, 2}), {}};
  CHECK_THROWS_WITH_AS(ad::linear(tape, tape.data({x, 2, 3}), layer), doctest::Contains("linear: "), alfi::ShapeError);
}
