#include "alfi/autodiff/proposal.hpp"

#include <doctest/doctest.h>

#include "alfi/autodiff/elementwise.hpp"
#include "support/golden.hpp"

namespace ad = alfi::autodiff;
using alfi_test::run_golden;

TEST_CASE("gaussian_full") {
  run_golden("gaussian_full", [](auto& run) {
    const auto y = ad::gaussian_full_log_density(run.tape(), run.leaf("mean"), run.leaf("cholesky"), run.leaf("theta"));
    run.check_value("log_prob", y.value);
    run.check_gradients({{"weight", y}});
  });
}

TEST_CASE("gaussian_diagonal") {
  run_golden("gaussian_diagonal", [](auto& run) {
    const auto y =
        ad::gaussian_diagonal_log_density(run.tape(), run.leaf("mean"), run.leaf("log_sd"), run.leaf("theta"));
    run.check_value("log_prob", y.value);
    run.check_gradients({{"weight", y}});
  });
}

TEST_CASE("gaussian_mixture") {
  run_golden("gaussian_mixture", [](auto& run) {
    const auto y = ad::gaussian_mixture_log_density(run.tape(), run.leaf("logits"), run.leaf("mean"),
                                                    run.leaf("cholesky"), run.leaf("theta"));
    run.check_value("log_prob", y.value);
    run.check_gradients({{"weight", y}});
  });
}

TEST_CASE("gaussian_diagonal_reparameterization") {
  run_golden("gaussian_diagonal_reparameterization", [](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const auto theta =
        ad::gaussian_diagonal_sample<Real>(run.tape(), run.leaf("mean"), run.leaf("log_sd"), run.values("noise"));
    run.check_value("theta", theta.value);
    run.check_gradients({{"weight", ad::tanh(run.tape(), theta)}});
  });
}

TEST_CASE("normalized_score") {
  run_golden("normalized_score", [](auto& run) {
    const auto y = ad::normalized_score(run.tape(), run.leaf("mean"), run.leaf("log_sd"), run.leaf("theta"));
    run.check_value("normalized", y.value);
    // Normalizing takes any common factor out: the gradient with respect to log_sd is zero.
    run.check_gradients({{"weight", y}}, {"log_sd"});
  });
}

TEST_CASE("relative_update") {
  run_golden("relative_update", [](auto& run) {
    const auto next = ad::relative_update(run.tape(), run.leaf("mean"), run.leaf("cholesky"), run.leaf("d_mean"),
                                          run.leaf("d_cholesky"));
    run.check_value("mean_next", next.mean.value);
    run.check_value("cholesky_next", next.cholesky.value);
    run.check_gradients({{"weight_mean", next.mean}, {"weight_cholesky", next.cholesky}});
  });
}
