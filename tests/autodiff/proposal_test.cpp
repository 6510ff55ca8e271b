#include "alfi/autodiff/proposal.hpp"

#include <doctest/doctest.h>

#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::check_operation_gradient;
using alfi_test::random_input;
using alfi_test::Variables;
using Tape = ad::Tape<double>;

namespace {
constexpr Index kSizes[][2] = {{1, 1}, {3, 2}, {2, 5}, {1, 16}, {0, 2}};  // problems, parameters
Index triangle(Index size) { return size * (size + 1) / 2; }
}  // namespace

TEST_CASE("Gaussian log densities have the right gradients") {
  for (const auto& [b, p] : kSizes) {
    CAPTURE(p);
    const auto mean = random_input("mean", b, p), theta = random_input("theta", b, p);
    check_operation_gradient(
        [](Tape& t, const Variables& v) { return Variables{ad::gaussian_full_log_density(t, v[0], v[1], v[2])}; },
        {mean, random_input("cholesky", b, triangle(p), 0.3), theta}, 1e-7);
    check_operation_gradient(
        [](Tape& t, const Variables& v) { return Variables{ad::gaussian_diagonal_log_density(t, v[0], v[1], v[2])}; },
        {mean, random_input("log_sd", b, p, 0.5), theta});
    for (Index j : {1, 3}) {
      check_operation_gradient(
          [](Tape& t, const Variables& v) {
            return Variables{ad::gaussian_mixture_log_density(t, v[0], v[1], v[2], v[3])};
          },
          {random_input("logits", b, j), random_input("mean", b * j, p),
           random_input("cholesky", b * j, triangle(p), 0.3), theta},
          1e-7);
    }
  }
}

TEST_CASE("samples and scores have the right gradients") {
  for (const auto& [b, p] : kSizes) {
    for (Index k : {1, 2, 7}) {
      const auto mean = random_input("mean", b, p), log_sd = random_input("log_sd", b, p, 0.5);
      const auto noise = random_input("noise", b * k, p);
      const alfi::MatView<const double> eps{noise.values.data(), b * k, p};
      check_operation_gradient(
          [eps](Tape& t, const Variables& v) { return Variables{ad::gaussian_full_sample(t, v[0], v[1], eps)}; },
          {mean, random_input("cholesky", b, triangle(p), 0.5)});
      check_operation_gradient(
          [eps](Tape& t, const Variables& v) { return Variables{ad::gaussian_diagonal_sample(t, v[0], v[1], eps)}; },
          {mean, log_sd});
      if (k == 2) continue;  // two proposals score +-0.7, with a kink where they cross
      check_operation_gradient(
          [](Tape& t, const Variables& v) { return Variables{ad::normalized_score(t, v[0], v[1], v[2])}; },
          {mean, log_sd, random_input("theta", b * k, p)}, 1e-6);
    }
  }
}

TEST_CASE("relative update has the right gradient") {
  for (const auto& [b, p] : kSizes) {
    check_operation_gradient(
        [](Tape& t, const Variables& v) {
          const auto next = ad::relative_update(t, v[0], v[1], v[2], v[3]);
          return Variables{next.mean, next.cholesky};
        },
        {random_input("mean", b, p), random_input("cholesky", b, triangle(p), 0.5), random_input("move", b, p),
         random_input("turn", b, triangle(p), 0.5)});
  }
}

TEST_CASE("what is not tracked takes no gradient and nothing is recorded without need") {
  Tape tape{alfi::Context()};
  const double mean[2] = {0.5, 1}, cholesky[3] = {0, 0.2, 0.1}, theta[2] = {0, 0};
  double d_theta[2] = {0, 0};
  const auto fixed = tape.data({mean, 1, 2}), factor = tape.data({cholesky, 1, 3});
  CHECK_FALSE(ad::gaussian_full_log_density(tape, fixed, factor, tape.data({theta, 1, 2})).tracked());
  CHECK(tape.nodes() == 0);
  tape.backward(ad::gaussian_full_log_density(tape, fixed, factor, tape.leaf({theta, 1, 2}, {d_theta, 1, 2})));
  CHECK(d_theta[0] != 0);
}
