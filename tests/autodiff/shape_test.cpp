#include "alfi/autodiff/shape.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "alfi/autodiff/elementwise.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi_test::check_operation_gradient;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

void check_values(ad::Var<double> got, const std::vector<double>& wanted) {
  REQUIRE(got.value.size() == static_cast<alfi::Index>(wanted.size()));
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(got.value.data[i] == wanted[i]);
}

}  // namespace

TEST_CASE("concatenate by hand: a part of one row for every two") {
  const double a[] = {1, 2, 3, 4}, b[] = {10, 11, 20, 21};
  ad::Tape<double> tape{alfi::Context()};
  const auto joined = ad::concatenate(tape, 4, {tape.data({a, 4, 1}), ad::Var<double>{}, tape.data({b, 2, 2})});
  CHECK(joined.cols() == 3);
  check_values(joined, {1, 10, 11, 2, 10, 11, 3, 20, 21, 4, 20, 21});
  CHECK(!joined.tracked());
}

TEST_CASE("columns, triangle_diagonal and diagonal_triangle by hand") {
  const double x[] = {1, 2, 3, 4, 5, 6}, diagonal[] = {7, 8, 9};
  ad::Tape<double> tape{alfi::Context()};
  check_values(ad::columns(tape, tape.data({x, 2, 3}), 1, 2), {2, 3, 5, 6});
  check_values(ad::columns(tape, tape.data({x, 2, 3}), 3, 0), {});
  check_values(ad::triangle_diagonal(tape, tape.data({x, 1, 6}), 3), {1, 3, 6});
  check_values(ad::diagonal_triangle(tape, tape.data({diagonal, 1, 3})), {7, 0, 8, 0, 0, 9});
  check_values(ad::triangle_diagonal(tape, ad::diagonal_triangle(tape, tape.data({x, 2, 3})), 3), {1, 2, 3, 4, 5, 6});
}

TEST_CASE("moving columns has the right gradient") {
  for (const alfi::Index p : {1, 2, 5}) {
    CAPTURE(p);
    check_operation_gradient(
        [p](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::concatenate(tape, 6, {v[0], v[1], v[0]}), ad::columns(tape, v[0], 1, 2),
                           ad::triangle_diagonal(tape, v[2], p), ad::diagonal_triangle(tape, v[1])};
        },
        {random_input("x", 6, 4), random_input("repeated", 2, p), random_input("triangle", 3, p * (p + 1) / 2)});
  }
}

TEST_CASE("a part that is data gets no gradient, its neighbour does") {
  const double a[] = {1, 2}, b[] = {3};
  double d_b = 0;
  ad::Tape<double> tape{alfi::Context()};
  const auto joined = ad::concatenate(tape, 2, {tape.data({a, 2, 1}), tape.leaf({b, 1, 1}, {&d_b, 1, 1})});
  CHECK(joined.tracked());
  CHECK(tape.nodes() == 1);
  tape.backward(ad::affine(tape, ad::mean(tape, joined), 4.0, 0.0));  // 1 for each of the four
  CHECK(d_b == 2);                                                    // both rows
}

TEST_CASE("shapes that do not fit are refused") {
  const double x[6] = {};
  ad::Tape<double> tape{alfi::Context()};
  const auto matrix = tape.data({x, 2, 3});
  CHECK_THROWS_WITH_AS(ad::concatenate(tape, 3, {matrix}),
                       "concatenate: a part has shape [2,3], expected a divisor of 3 rows", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(
      ad::concatenate(tape, 2, {matrix, matrix, matrix, matrix, matrix, matrix, matrix, matrix, matrix}),
      "concatenate: got 9 parts, expected at most 8", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(ad::columns(tape, matrix, 2, 2), "columns: got columns 2 to 4 of shape [2,3]", alfi::ShapeError);
  CHECK_THROWS_AS(ad::columns(tape, matrix, -1, 2), alfi::ShapeError);
  CHECK_THROWS_AS(ad::columns(tape, matrix, 1, -1), alfi::ShapeError);
  CHECK_THROWS_WITH_AS(ad::triangle_diagonal(tape, matrix, 3), "triangle_diagonal: x has shape [2,3], expected [2,6]",
                       alfi::ShapeError);
}
