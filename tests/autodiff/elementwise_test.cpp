#include "alfi/autodiff/elementwise.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi_test::check_operation_gradient;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

double at(const std::function<ad::Var<double>(ad::Tape<double>&, ad::Var<double>)>& operation, double x) {
  ad::Tape<double> tape{alfi::Context()};
  return operation(tape, tape.data({&x, 1, 1})).value(0, 0);
}

}  // namespace

TEST_CASE("maps by hand") {
  CHECK(at([](auto& tape, auto x) { return ad::relu(tape, x); }, -2) == 0);
  CHECK(at([](auto& tape, auto x) { return ad::relu(tape, x); }, 2) == 2);
  CHECK(at([](auto& tape, auto x) { return ad::affine(tape, x, 3.0, -1.0); }, 2) == 5);
  CHECK(at([](auto& tape, auto x) { return ad::exp(tape, x); }, 0) == 1);
  CHECK(at([](auto& tape, auto x) { return ad::tanh(tape, x); }, 0) == 0);
  // asinh(3/4) = log(3/4 + 5/4) = log 2, to a rounding or two.
  CHECK(std::abs(at([](auto& tape, auto x) { return ad::asinh(tape, x); }, 0.75) - std::log(2.0)) <= 4e-16);
  CHECK(at([](auto& tape, auto x) { return ad::bounded(tape, x, 0.25); }, 1e6) == 0.25);
  CHECK(at([](auto& tape, auto x) { return ad::bounded(tape, x, 0.25); }, -1e6) == -0.25);
  CHECK(at([](auto& tape, auto x) { return ad::bounded(tape, x, 0.25, false); }, 0.2) == 0.2);
  CHECK(at([](auto& tape, auto x) { return ad::bounded(tape, x, 0.25, false); }, -7) == -0.25);
}

TEST_CASE("maps have the right gradient at every shape") {
  struct Shape {
    alfi::Index rows, cols;
  };
  for (const Shape& s : {Shape{1, 1}, Shape{0, 3}, Shape{3, 0}, Shape{3, 7}, Shape{5, 17}}) {
    CAPTURE(s.rows);
    CAPTURE(s.cols);
    auto x = random_input("x", s.rows, s.cols);
    // No kink nearer than a step of the differences: relu's is at 0, the clamp's at 0.8.
    for (double& v : x.values) {
      if (std::abs(v) < 0.01 || std::abs(std::abs(v) - 0.8) < 0.01) v += 0.03;
    }
    check_operation_gradient(
        [](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::relu(tape, v[0]),
                           ad::tanh(tape, v[0]),
                           ad::exp(tape, v[0]),
                           ad::asinh(tape, v[0]),
                           ad::affine(tape, v[0], -1.5, 2.0),
                           ad::bounded(tape, v[0], 0.8),
                           ad::bounded(tape, v[0], 0.8, false)};
        },
        {x});
  }
}

TEST_CASE("add repeats the rows of the smaller one, by hand") {
  const double x[] = {1, 2, 3, 4}, y[] = {10, 20};
  double d_x[4] = {}, d_y[2] = {};
  ad::Tape<double> tape{alfi::Context()};
  const auto z = ad::add(tape, tape.leaf({x, 4, 1}, {d_x, 4, 1}), tape.leaf({y, 2, 1}, {d_y, 2, 1}), 0.5);
  const double wanted[] = {6, 7, 13, 14};
  for (int i = 0; i < 4; ++i) CHECK(z.value(i, 0) == wanted[i]);
  tape.backward(ad::mean(tape, z));
  for (const double d : d_x) CHECK(d == 0.25);
  for (const double d : d_y) CHECK(d == 0.25);  // two rows, factor 1/2, each 1/4 of the mean
}

TEST_CASE("add, subtract and mean have the right gradient") {
  check_operation_gradient(
      [](ad::Tape<double>& tape, const Variables& v) {
        return Variables{ad::add(tape, v[0], v[1], 0.3), ad::subtract(tape, ad::tanh(tape, v[0]), v[2]),
                         ad::mean(tape, ad::exp(tape, v[0]))};
      },
      {random_input("x", 6, 5), random_input("y", 2, 5), random_input("same rows", 6, 5)});
}

TEST_CASE("add leaves data without gradient, whichever side it is on") {
  const double x[] = {1, 2};
  double gradient[2] = {};
  ad::Tape<double> tape{alfi::Context()};
  const auto leaf = tape.leaf({x, 1, 2}, {gradient, 1, 2}), data = tape.data({x, 1, 2});
  const auto sum = ad::add(tape, ad::add(tape, leaf, data), ad::add(tape, data, leaf));
  tape.backward(ad::mean(tape, sum));
  CHECK(gradient[0] == 1);  // twice, each half of the mean
  CHECK(!ad::add(tape, data, data).tracked());
}

TEST_CASE("add refuses what does not fit") {
  const double x[6] = {};
  ad::Tape<double> tape{alfi::Context()};
  const auto big = tape.data({x, 3, 2});
  CHECK_THROWS_WITH_AS(ad::add(tape, big, tape.data({x, 2, 2})),
                       "add: y has shape [2,2], expected [3,2] or a divisor of its rows", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(ad::add(tape, big, tape.data({x, 3, 1})),
                       "add: y has shape [3,1], expected [3,2] or a divisor of its rows", alfi::ShapeError);
  CHECK_THROWS_AS(ad::add(tape, big, tape.data({x, 0, 2})), alfi::ShapeError);
}
