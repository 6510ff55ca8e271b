#include "alfi/autodiff/meta_loss.hpp"

#include <doctest/doctest.h>

#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using ad::Weighting;
using alfi::Index;
using alfi_test::check_operation_gradient;
using alfi_test::random_input;
using alfi_test::Variables;
using Tape = ad::Tape<double>;

TEST_CASE("iterations combine with the right gradient under every weighting") {
  for (Weighting weighting : {Weighting::exponential, Weighting::exponential_published, Weighting::constant,
                              Weighting::last, Weighting::observed_improvement}) {
    for (Index iterations : {1, 2, 6}) {
      std::vector<ad::CheckInput> losses;
      for (Index t = 0; t < iterations; ++t) losses.push_back(random_input("loss" + std::to_string(t), 1, 1));
      check_operation_gradient(
          [weighting](Tape& tape, const Variables& v) {
            return Variables{ad::combine_iterations(tape, weighting, 3, v)};
          },
          losses);
    }
  }
}

TEST_CASE("problem losses and their limited mean have the right gradients") {
  const auto theta = random_input("theta", 3, 2);
  const alfi::MatView<const double> truth{theta.values.data(), 3, 2};
  for (ad::LossKind kind : {ad::LossKind::density, ad::LossKind::squared, ad::LossKind::absolute}) {
    check_operation_gradient(
        [=](Tape& tape, const Variables& v) {
          const auto loss = ad::problem_loss(tape, kind, v[0], v[1], truth);
          return Variables{loss, ad::limited_mean(tape, loss, {0.5, 2}, 7)};
        },
        {random_input("mean", 3, 2), random_input("cholesky", 3, 3, 0.3)}, 1e-7);
  }
}
