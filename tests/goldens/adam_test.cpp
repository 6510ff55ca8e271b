#include "alfi/kernels/adam.hpp"

#include <doctest/doctest.h>

#include "support/golden.hpp"

// The learning rate, the betas and epsilon are those of the golden's text.
TEST_CASE("adam") {
  alfi_test::run_golden("adam", [](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const alfi::MatView<Real> gradients = run.values("gradients"), wanted = run.values("parameters");
    REQUIRE(wanted.rows == gradients.rows + 1);
    std::vector<Real> path(wanted.row(0).begin(), wanted.row(0).end());
    std::vector<Real> now = path, first(now.size()), second(now.size());
    const alfi::Index size = wanted.cols;
    alfi::kernels::StepState state;
    alfi::kernels::AdamOptions options;
    options.learning_rate = alfi::kernels::LearningRate::constant(0.01);
    for (alfi::Index s = 0; s < gradients.rows; ++s) {
      alfi::kernels::adam<Real>(alfi::Context(), gradients.row(s), {now.data(), size}, {first.data(), size},
                                {second.data(), size}, &state, options, {});
      path.insert(path.end(), now.begin(), now.end());
    }
    run.check_value("parameters", {path.data(), wanted.rows, size});
  });
}
