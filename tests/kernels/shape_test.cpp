#include "alfi/kernels/shape.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"

using alfi::Context;
using alfi::Index;
using alfi::MatView;
using alfi_test::compare_backends;
using alfi_test::Run;
using alfi_test::ulps;
namespace kernels = alfi::kernels;

// Copies are exact, and sums are those of the CPU in the same order: all is equal to the bit but for add_repeated's
// product, which a real GPU may fuse with its sum: half a unit in the last place for each of the terms.

TEST_CASE_TEMPLATE("shape: a gathered adjoint adds in the order of the rows", T, float, double) {
  // Large and small terms: another order would round otherwise.
  const std::vector<T> d_out{T(1e9), T(1), T(-1e9), T(0.37), T(3e8), T(-0.011)};
  std::vector<T> got{T(0.5), T(-2)}, wanted = got;
  for (std::size_t r = 0; r < 6; ++r) wanted[r / 3] += d_out[r];
  kernels::copy_columns_adjoint<T>(Context(), {d_out.data(), 6, 1}, {got.data(), 2, 1}, {0, 0, 1});
  CHECK(got == wanted);
}

TEST_CASE("shape: what a GPU cannot count is refused before anything is done") {
  const Context gpu(alfi::Backend::cuda);
  const Index many = Index{1} << 30;
  float none = 0;
  const kernels::ColumnParts<const float> parts{{{&none, many, 1}}, 1};
  CHECK_THROWS_WITH_AS(kernels::concatenate_columns<float>(gpu, parts, {&none, many, 1}),
                       "concatenate_columns: got [1073741824,1], expected fewer than 2^30 numbers on a GPU",
                       alfi::ShapeError);
}

TEST_CASE_TEMPLATE("shape: copies and repeated sums on the GPU are the CPU's", T, float, double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const Index repeat : {1, 3}) {
      compare_backends<T>(ulps(4), [&](Run<T>& run) {
        const Context& context = run.context();
        const kernels::ColumnBlock block{1, 2, 3};
        const auto in = run.input(rows, 5, -3, 3), d_out = run.input(rows * repeat, 7, -1, 1);
        const auto out = run.output(rows * repeat, 7), d_in = run.accumulated(rows, 5);
        kernels::copy_columns<T>(context, in, out, block);
        kernels::copy_columns_adjoint<T>(context, d_out, d_in, block);
        const auto x = run.input(rows * repeat, 7, -1, 1), y = run.input(rows, 7, -3, 3);
        const auto z = run.output(rows * repeat, 7), d_y = run.accumulated(rows, 7);
        kernels::add_repeated<T>(context, x, T(0.3), y, z);
        const auto d_x = run.accumulated(rows * repeat, 7);
        kernels::add_repeated_adjoint<T>(context, T(0.3), d_out, d_x, d_y);
        kernels::add_repeated_adjoint<T>(context, T(0.3), d_out, d_x, {});
        kernels::add_repeated_adjoint<T>(context, T(0.3), d_out, {}, d_y);
        if (repeat == 1) kernels::add_repeated_adjoint<T>(context, T(0.3), d_out, d_y, d_y);  // of x + factor x
      });
    }
  }
}

TEST_CASE_TEMPLATE("shape: concatenation on the GPU is the CPU's, shared and unwanted gradients too", T, float,
                   double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    compare_backends<T>(ulps(0), [&](Run<T>& run) {
      const auto a = run.input(rows * 6, 2, -1, 1), b = run.input(rows * 2, 5, -1, 1), c = run.input(rows, 1, -1, 1);
      const auto d_a = run.accumulated(rows * 6, 2), d_c = run.accumulated(rows, 1);
      const auto out = run.output(rows * 6, 11), d_out = run.input(rows * 6, 11, -1, 1);
      const MatView<T> none{nullptr, rows * 2, 0}, unwanted{nullptr, rows * 2, 5};
      kernels::concatenate_columns<T>(run.context(), {{a, none, b, c, a, c}, 6}, out);
      kernels::concatenate_columns_adjoint<T>(run.context(), d_out, {{d_a, none, unwanted, d_c, d_a, d_c}, 6});
    });
  }
}

TEST_CASE_TEMPLATE("shape: diagonals on the GPU are the CPU's", T, float, double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const Index size : {0, 1, 4}) {
      compare_backends<T>(ulps(0), [&](Run<T>& run) {
        const Index packed = size * (size + 1) / 2;
        const auto triangle = run.input(rows, packed, -1, 1), diagonal = run.input(rows, size, -1, 1);
        const auto to_diagonal = run.output(rows, size), to_triangle = run.output(rows, packed);
        const auto d_triangle = run.accumulated(rows, packed), d_diagonal = run.accumulated(rows, size);
        kernels::triangle_diagonal<T>(run.context(), triangle, to_diagonal);
        kernels::diagonal_triangle<T>(run.context(), diagonal, to_triangle);
        kernels::triangle_diagonal_adjoint<T>(run.context(), diagonal, d_triangle);
        kernels::diagonal_triangle_adjoint<T>(run.context(), triangle, d_diagonal);
      });
    }
  }
}

TEST_CASE_TEMPLATE("shape: single numbers from their places and back, on the GPU as on the CPU", T, float, double) {
  alfi_test::compare_backends<T>(alfi_test::ulps(0), [](alfi_test::Run<T>& run) {
    const auto from = run.input(1, 7, -1, 1), gathered = run.output(1, 3), to = run.accumulated(1, 7);
    kernels::gather_scalars<T>(run.context(), {{from.data + 6, from.data, from.data + 2}}, gathered.flat());
    kernels::add_to_scalars<T>(run.context(), {from.data, 3}, {{to.data + 5, nullptr, to.data + 1}});
  });
}

TEST_CASE("shape: what does not fit is refused") {
  double v[24] = {};
  const Context context;
  const auto m = [&v](Index rows, Index cols) { return MatView<double>{v, rows, cols}; };
  CHECK_THROWS_WITH_AS(kernels::copy_columns<double>(context, m(2, 3), m(3, 3), {0, 0, 1}),
                       "copy_columns: in has shape [2,3], expected a divisor of 3 rows", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(kernels::copy_columns<double>(context, m(2, 3), m(2, 3), {2, 0, 2}),
                       "copy_columns: got 2 columns from 2 to 0, expected them within 3 and 3", alfi::ShapeError);
  CHECK_THROWS_AS(kernels::copy_columns_adjoint<double>(context, m(2, 3), m(4, 3), {0, 0, 1}), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::concatenate_columns<double>(context, {{m(2, 2), m(2, 2)}, 2}, m(2, 3)), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::concatenate_columns<double>(context, {{m(2, 2)}, 9}, m(2, 2)), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::add_repeated<double>(context, m(2, 3), 1, m(2, 2), m(2, 3)), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::gather_scalars<double>(context, {}, {v, 33}), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::triangle_diagonal<double>(context, m(2, 4), m(2, 2)), alfi::ShapeError);
  CHECK_THROWS_AS(kernels::diagonal_triangle<double>(context, m(2, 2), m(3, 3)), alfi::ShapeError);
}
