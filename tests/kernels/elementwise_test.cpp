#include "alfi/kernels/elementwise.hpp"

#include <doctest/doctest.h>

#include "emulated/gpu.hpp"

using alfi::Context;
using alfi::Index;
namespace kernels = alfi::kernels;

namespace {

template <class Map, class T>
void check_map(const Map& f) {
  for (const Index size : alfi_test::kAwkwardSizes) {
    alfi_test::compare_backends<T>(alfi_test::ulps(4), [&](alfi_test::Run<T>& run) {
      const auto x = run.input(1, size, -3, 3), d_y = run.input(1, size, -1, 1);
      const auto y = run.output(1, size), d_x = run.accumulated(1, size);
      kernels::map<Map, T>(run.context(), f, x.flat(), y.flat());
      kernels::map_adjoint<Map, T>(run.context(), f, x.flat(), y.flat(), d_y.flat(), d_x.flat());
    });
  }
}

}  // namespace

TEST_CASE_TEMPLATE("elementwise: maps on the GPU are the CPU's", T, float, double) {
  check_map<kernels::Relu<T>, T>({});
  check_map<kernels::Tanh<T>, T>({});
  check_map<kernels::SmoothBound<T>, T>({T(2)});
  check_map<kernels::Clamp<T>, T>({T(1)});
  check_map<kernels::Asinh<T>, T>({});
  check_map<kernels::Asinh<T>, T>({T(40)});
  check_map<kernels::Exp<T>, T>({});
  check_map<kernels::Affine<T>, T>({T(3), T(-1)});
}

TEST_CASE_TEMPLATE("elementwise: fill and add_scaled on the GPU are the CPU's", T, float, double) {
  for (const Index size : alfi_test::kAwkwardSizes) {
    alfi_test::compare_backends<T>(alfi_test::ulps(1), [&](alfi_test::Run<T>& run) {
      const auto x = run.input(1, size, -3, 3), y = run.accumulated(1, size), z = run.output(1, size);
      kernels::add_scaled<T>(run.context(), T(0.5), x.flat(), y.flat());
      kernels::fill<T>(run.context(), T(7), z.flat());
    });
  }
}
