#include "alfi/kernels/gated_sum.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"

using alfi::Context;
using alfi::Index;
using alfi_test::compare_backends;
using alfi_test::Run;
namespace kernels = alfi::kernels;

TEST_CASE_TEMPLATE("gated_sum: the GPU's values and adjoints are the CPU's", T, float, double) {
  const std::vector<std::uint8_t> groups{0, 0, 1, 2, 1};
  for (const Index rows : alfi_test::kAwkwardSizes) {
    for (const bool wanted : {true, false}) {
      // exp to 2 ulp, a sum, a quotient, a product and a sum, all of numbers below 10: 6 units; the adjoint has four
      // more products, and adds two of them: 12.
      compare_backends<T>(alfi_test::ulps(12), [&](Run<T>& run) {
        const auto group = run.template data<std::uint8_t>(groups);
        const auto head = run.input(rows, 8, -3, 3), values = run.input(rows, 5, -3, 3);
        const auto out = run.output(rows, 5), d_out = run.input(rows, 5, -1, 1);
        const auto d_head = run.accumulated(rows, 8), d_values = run.accumulated(rows, 5);
        kernels::gated_sum<T>(run.context(), head, values, group, out);
        kernels::gated_sum_adjoint<T>(run.context(), head, values, group, d_out, d_head, {});
        if (wanted) kernels::gated_sum_adjoint<T>(run.context(), head, values, group, d_out, {}, d_values);
        if (wanted) kernels::gated_sum_adjoint<T>(run.context(), head, values, group, d_out, d_head, d_values);
      });
    }
  }
}

TEST_CASE("gated_sum: a group beyond the head's columns is refused") {
  double x[24] = {};
  const std::uint8_t group[] = {0, 3};
  CHECK_THROWS_WITH_AS(kernels::gated_sum<double>(Context(), {x, 2, 5}, {x, 2, 2}, {group, 2}, {x, 2, 2}),
                       "gated_sum: head has shape [2,5], expected more than 5 columns", alfi::ShapeError);
}
