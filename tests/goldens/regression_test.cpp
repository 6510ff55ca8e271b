#include "alfi/autodiff/regression.hpp"

#include <doctest/doctest.h>

#include "support/golden.hpp"

namespace ad = alfi::autodiff;
using alfi_test::run_golden;

TEST_CASE("regression_step") {
  run_golden("regression_step", [](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const auto mean = run.leaf("mean");
    const std::vector<Real> ratio(static_cast<std::size_t>(mean.rows()),
                                  static_cast<Real>(run.golden().scalar("ratio")));
    const ad::RegressionData<Real> data{run.values("noise"), {}, {ratio.data(), mean.rows()}};
    const ad::RegressionOptions options{run.golden().scalar("ridge"), run.golden().scalar("jitter")};
    const auto step = ad::regression_step(run.tape(), run.leaf("summary"), mean, run.leaf("cholesky"),
                                          run.leaf("floor"), data, options);
    run.check_value("delta", step.delta.value);
    run.check_value("covariance_cholesky", step.factor.value);
    run.check_gradients({{"weight_delta", step.delta}, {"weight_cholesky", step.factor}});
  });
}
