#include "alfi/autodiff/regression.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::random_input;
using alfi_test::Variables;

TEST_CASE("regression step has the right gradient, weights, ratio and offset included") {
  struct Size {
    Index b, k, p, s;
  };
  for (const Size& size : {Size{1, 3, 1, 1}, Size{3, 8, 2, 5}, Size{2, 4, 3, 2}, Size{1, 20, 5, 7}}) {
    CAPTURE(size.k);
    CAPTURE(size.p);
    const auto noise = random_input("noise", size.b * size.k, size.p);
    auto weights = random_input("weights", size.b * size.k, 1), ratio = random_input("ratio", size.b, 1);
    for (double& w : weights.values) w = std::exp(0.3 * w);
    for (double& r : ratio.values) r = std::exp(0.3 * r);
    auto floor = random_input("floor", 1, size.s);
    for (double& f : floor.values) f = std::exp(f);
    const ad::RegressionData<double> data{{noise.values.data(), noise.rows, noise.cols},
                                          {weights.values.data(), weights.rows},
                                          {ratio.values.data(), ratio.rows}};
    alfi_test::check_operation_gradient(
        [&data](ad::Tape<double>& tape, const Variables& v) {
          const auto step = ad::regression_step(tape, v[0], v[1], v[2], v[3], data, {0.1, 1e-2});
          return Variables{step.delta, step.factor, step.offset};
        },
        {random_input("summary", size.b * size.k, size.s), random_input("mean", size.b, size.p),
         random_input("cholesky", size.b, size.p * (size.p + 1) / 2, 0.3), floor},
        1e-6);
  }
}
