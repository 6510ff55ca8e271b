#include "alfi/autodiff/projections.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "emulated/gpu.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
namespace kernels = alfi::kernels;
using alfi::Index;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("projections by hand: mean, log sd and maximum along two directions, of what exists and has not failed") {
  const double x[] = {1,    0,    3,    4,    kNan, kNan, 5,    2,    kNan, kNan,  //
                      kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan, kNan};
  const std::int32_t counts[] = {4, 0};
  const std::uint8_t status[] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  const double directions[] = {1, 0, -1, 2};
  ad::Tape<double> tape{alfi::Context()};
  const auto y =
      ad::set_projections<double>(tape, {x, 10, 2}, {2, 5, {counts, 2}, {status, 10}}, tape.data({directions, 2, 2}));
  // Along (1, 0): 1, 3, 5. Along (-1, 2): -1, 5, -1.
  const double wanted[] = {3, 1, 0.5 * std::log(8.0 / 3), 0.5 * std::log(8.0), 5, 5};
  for (Index c = 0; c < 6; ++c) {
    CHECK(y.value(0, c) == doctest::Approx(wanted[c]).epsilon(1e-9));
    CHECK(y.value(1, c) == 0);
  }
  CHECK(!y.tracked());
}

TEST_CASE("projections compared, by hand") {
  const double real[] = {1, std::log(2.0), 7}, made[] = {3, std::log(2.0), 7, 1, std::log(6.0), 9};
  const std::int32_t counts[] = {4};
  ad::Tape<double> tape{alfi::Context()};
  const auto y = ad::compare_projections(tape, tape.data({made, 2, 3}), tape.data({real, 1, 3}), {counts, 1});
  const double wanted[] = {std::asinh(2 * 2 / 2.0 / 3),
                           0,
                           0,  //
                           0,
                           std::asinh(std::log(3.0) * std::sqrt(8.0) / 3),
                           std::asinh(2 * 4 / 2.0 / 3)};
  for (Index i = 0; i < 6; ++i) CHECK(y.value.data[i] == doctest::Approx(wanted[i]).epsilon(1e-14));
}

TEST_CASE("at a tie the gradient of a maximum is that of the first row") {
  const double x[] = {1, 5, 1, 7, 0, 0}, direction[] = {1, 0}, d_y[] = {0, 0, 1};
  double saved[3], y[3], scratch[2], d[2] = {0, 0};
  const alfi::Context cpu;
  const kernels::SetPool pool{1, 3, {}, {}};
  kernels::set_projections<double>(cpu, {x, 3, 2}, pool, {direction, 1, 2}, {saved, 3}, {y, 1, 3});
  kernels::set_projections_adjoint<double>(cpu, {x, 3, 2}, pool, {{direction, 1, 2}, {saved, 3}, {y, 1, 3}},
                                           {d_y, 1, 3}, {scratch, 2}, {d, 1, 2});
  CHECK(d[0] == 1);
  CHECK(d[1] == 5);
}

TEST_CASE("projections have the right gradient, and so has their comparison") {
  for (const Index columns : {1, 3, 17}) {
    const auto x = random_input("x", 3 * 7, columns);
    const std::int32_t counts[] = {7, 1, 4};
    const std::uint8_t status[21] = {0, 0, 1};
    const auto directions = random_input("directions", 4, columns);
    alfi_test::check_operation_gradient(
        [&](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::set_projections<double>(tape, {x.values.data(), 21, columns},
                                                       {3, 7, {counts, 3}, {status, 21}}, v[0])};
        },
        {directions});
  }
  const std::int32_t counts[] = {3, 40};
  const auto made = random_input("made", 6, 6), real = random_input("real", 2, 6);
  alfi_test::check_operation_gradient(
      [&](ad::Tape<double>& tape, const Variables& v) {
        return Variables{ad::compare_projections(tape, v[0], v[1], {counts, 2})};
      },
      {made, real});
}

TEST_CASE_TEMPLATE("projections on the GPU are the CPU's, forward and adjoint", T, float, double) {
  for (const Index n_max : {1, 5, 64}) {
    for (const Index columns : {1, 5, 20}) {
      // The same operations in the same order; logarithm, root and asinh to a few ulp, of numbers up to some 60.
      alfi_test::compare_backends<T>(alfi_test::ulps(64), [&](alfi_test::Run<T>& run) {
        const Index sets = 4, count = 3;
        const auto x = run.input(sets * n_max, columns, -1, 1), directions = run.input(count, columns, -1, 1);
        const kernels::SetPool pool{sets, n_max, {}, {}};
        const auto y = run.output(sets, 3 * count), saved = run.output(1, 3 * sets * count);
        const auto scratch = run.output(1, sets * count * columns);
        kernels::set_projections<T>(run.context(), x, pool, directions, saved.flat(), y);
        kernels::set_projections_adjoint<T>(run.context(), x, pool, {directions, saved.flat(), y},
                                            run.input(sets, 3 * count, -1, 1), scratch.flat(),
                                            run.accumulated(count, columns));
        const auto made = run.input(6, 3 * count, -1, 1), real = run.input(2, 3 * count, -1, 1);
        const auto counts = run.template data<std::int32_t>({7, 30});
        const auto compared = run.output(6, 3 * count);
        kernels::compare_projections<T>(run.context(), made, real, counts, compared);
        kernels::compare_projections_adjoint<T>(run.context(), real, counts, compared, run.input(6, 3 * count, -1, 1),
                                                run.accumulated(6, 3 * count), run.accumulated(2, 3 * count));
      });
    }
  }
}

TEST_CASE("projections refuse what does not fit, by name") {
  const double x[24] = {};
  const std::int32_t counts[] = {1, 1};
  ad::Tape<double> tape{alfi::Context()};
  CHECK_THROWS_WITH_AS(ad::set_projections<double>(tape, {x, 4, 2}, {2, 3, {}, {}}, tape.data({x, 1, 2})),
                       "set_projections: x has shape [4,2], expected [6,2]", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(ad::compare_projections(tape, tape.data({x, 4, 4}), tape.data({x, 2, 4}), {counts, 2}),
                       "compare_projections: made has shape [4,4], expected columns as real's [2,4], a multiple of 3, "
                       "and a multiple of its rows",
                       alfi::ShapeError);
}
