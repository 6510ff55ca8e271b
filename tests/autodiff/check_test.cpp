#include "alfi/autodiff/check.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/autodiff/elementwise.hpp"
#include "support/fp_traps.hpp"

namespace ad = alfi::autodiff;
using ad::Var;

namespace {

/// x0^2 y with the adjoint multiplied by fault.
ad::ScalarFunction square_times(double fault) {
  return [fault](ad::Tape<double>& tape, const std::vector<Var<double>>& v) {
    const Var<double> x = v[0], y = v[1];
    const Var<double> z = tape.output(1, 1, x.tracked() || y.tracked());
    z.value(0, 0) = x.value(0, 0) * x.value(0, 0) * y.value(0, 0);
    tape.record([=](const alfi::Context&) {
      if (x.tracked()) x.gradient()(0, 0) += fault * 2 * x.value(0, 0) * y.value(0, 0) * z.gradient()(0, 0);
      if (y.tracked()) y.gradient()(0, 0) += x.value(0, 0) * x.value(0, 0) * z.gradient()(0, 0);
    });
    return z;
  };
}

const std::vector<ad::CheckInput> kInputs{{"x", 1, 1, {3}}, {"y", 1, 1, {2}}};

}  // namespace

TEST_CASE("check_gradient passes a right adjoint and finds a wrong one") {
  CHECK(ad::check_gradient(square_times(1), kInputs).error < 1e-10);
  const ad::GradientError wrong = ad::check_gradient(square_times(1.5), kInputs);
  CHECK(wrong.where == "x[0,0]");
  CHECK(wrong.adjoint == doctest::Approx(18));
  CHECK(wrong.difference == doctest::Approx(12));
  CHECK(wrong.error == doctest::Approx(0.5));
}

TEST_CASE("check_gradient reports an adjoint that is not a number") {
  const alfi_test::AllowFloatingPoint allow;
  CHECK_FALSE(ad::check_gradient(square_times(std::nan("")), kInputs).error < 1e-10);
}

TEST_CASE("check_gradient refuses values that do not fit and results that are no scalar") {
  CHECK_THROWS_AS(ad::check_gradient(square_times(1), {{"x", 1, 2, {3}}, {"y", 1, 1, {2}}}), alfi::ShapeError);
  const auto matrix = [](ad::Tape<double>& tape, const std::vector<Var<double>>& v) { return ad::tanh(tape, v[0]); };
  CHECK_THROWS_AS(ad::check_gradient(matrix, {{"x", 1, 2, {3, 4}}}), alfi::ShapeError);
}
