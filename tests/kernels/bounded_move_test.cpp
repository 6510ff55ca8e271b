#include "alfi/kernels/bounded_move.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/kernels/elementwise.hpp"
#include "alfi/kernels/shape.hpp"
#include "emulated/gpu.hpp"

namespace kernels = alfi::kernels;
using alfi::Context;
using alfi::Index;
using alfi_test::Run;

TEST_CASE("bounded_move: by hand") {
  const float move[] = {3, -0.5f, 0.25f, 9}, start[] = {10, 20};
  float kept[2], added[2];
  const kernels::MovedPart<float> parts[2] = {{1, {}, {kept, 2, 1}}, {2, {start, 2, 1}, {added, 2, 1}}};
  kernels::bounded_move<float>(Context(), {move, 2, 2}, false, parts);
  CHECK(kept[0] == 1);
  CHECK(kept[1] == 0.25f);
  CHECK(added[0] == 9.5f);
  CHECK(added[1] == 22);
  kernels::bounded_move<float>(Context(), {move, 2, 2}, true, parts);
  CHECK(kept[0] == std::tanh(3.0f));
  CHECK(added[1] == 20 + 2 * std::tanh(4.5f));

  const float d_kept[] = {1, 2}, d_added[] = {3, 4};
  float d_move[] = {100, 100, 100, 100}, d_start[] = {0.5f, 0.5f};
  kernels::bounded_move_adjoint<float>(
      Context(), {move, 2, 2}, false, {{1, {d_kept, 2, 1}, {}}, {2, {d_added, 2, 1}, {d_start, 2, 1}}}, {d_move, 2, 2});
  CHECK(d_move[0] == 100);  // beyond the bound
  CHECK(d_move[1] == 103);
  CHECK(d_move[2] == 102);
  CHECK(d_move[3] == 100);
  CHECK(d_start[0] == 3.5f);
  CHECK(d_start[1] == 4.5f);
}

TEST_CASE_TEMPLATE("bounded_move: the GPU's is the CPU's, and what columns, map and add give", T, float, double) {
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const bool smooth : {true, false}) {
      // tanh and its slope: a few ulp of numbers up to 3.
      alfi_test::compare_backends<T>(alfi_test::ulps(16), [&](Run<T>& run) {
        const auto move = run.input(rows, 5, -3, 3), start = run.input(rows, 3, -1, 1);
        const auto first = run.output(rows, 2), second = run.output(rows, 3);
        kernels::bounded_move<T>(run.context(), move, smooth, {{T(0.5), {}, first}, {T(2), start, second}});
        const auto d_move = run.accumulated(rows, 5), d_start = run.accumulated(rows, 3);
        kernels::bounded_move_adjoint<T>(
            run.context(), move, smooth,
            {{T(0.5), run.input(rows, 2, -1, 1), {}}, {T(2), run.input(rows, 3, -1, 1), d_start}}, d_move);
      });
    }
  }
  const auto composed = [](bool fused) {
    return alfi_test::results_on<T>(Context(), [&](Run<T>& run) {
      const auto move = run.input(7, 5, -3, 3), start = run.input(7, 3, -1, 1), out = run.output(7, 3);
      const auto first = run.output(7, 2), part = run.input(7, 3, 0, 0);
      const kernels::SmoothBound<T> narrow{T(0.5)}, wide{T(2)};
      if (fused) {
        kernels::bounded_move<T>(run.context(), move, true, {{T(0.5), {}, first}, {T(2), start, out}});
        return;
      }
      kernels::copy_columns<T>(run.context(), move, first, {0, 0, 2});
      kernels::map<kernels::SmoothBound<T>, T>(run.context(), narrow, first.flat(), first.flat());
      kernels::copy_columns<T>(run.context(), move, part, {2, 0, 3});
      kernels::map<kernels::SmoothBound<T>, T>(run.context(), wide, part.flat(), part.flat());
      kernels::add_repeated<T>(run.context(), start, T(1), part, out);
    });
  };
  CHECK(composed(true) == composed(false));
}

TEST_CASE("bounded_move: shapes that disagree are named") {
  float x[6] = {};
  CHECK_THROWS_WITH_AS(
      kernels::bounded_move<float>(Context(), {x, 2, 3}, true, {{1, {}, {x, 2, 1}}, {1, {}, {x, 2, 1}}}),
      "bounded_move: move has shape [2,3], expected [2,2]", alfi::ShapeError);
  CHECK_THROWS_WITH_AS(
      kernels::bounded_move<float>(Context(), {x, 2, 3}, true, {{1, {}, {x, 2, 1}}, {1, {x, 1, 2}, {x, 2, 2}}}),
      "bounded_move: start has shape [1,2], expected [2,2]", alfi::ShapeError);
}
