#include "alfi/autodiff/encoder.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/autodiff/elementwise.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

/// Variables 1 .. 6: weight and bias of the three layers.
ad::Encoder<double> encoder(const Variables& v, ad::Activation last) {
  return {{{v[1], v[2]}, {v[3], v[4]}, {v[5], v[6]}}, last};
}

/// x of sets * n_max rows, then the layers, 3 - 4 - 5 - 2; biases large enough that no ReLU is near its kink.
std::vector<ad::CheckInput> inputs(Index rows) {
  std::vector<ad::CheckInput> all{random_input("x", rows, 3, 0.3), random_input("w0", 4, 3, 0.3),
                                  random_input("b0", 1, 4, 0.1),   random_input("w1", 5, 4, 0.3),
                                  random_input("b1", 1, 5, 0.1),   random_input("w2", 2, 5, 0.5),
                                  random_input("b2", 1, 2, 0.5)};
  for (const std::size_t bias : {2, 4}) {
    double sign = 1;
    for (double& b : all[bias].values) b += sign * 3, sign = -sign;
  }
  return all;
}

}  // namespace

TEST_CASE("an encoding by hand: identity layers give the mean of the valid rows") {
  const double x[] = {1, 3, 100, 7, 100, 100}, one[] = {1}, zero[] = {0};
  const std::int32_t counts[] = {3, 1};
  const std::uint8_t status[] = {0, 0, 1, 0, 0, 0};
  ad::Tape<double> tape{alfi::Context()};
  const ad::Linear<double> layer{tape.data({one, 1, 1}), tape.data({zero, 1, 1})};
  const auto y = ad::set_encoder(tape, tape.data({x, 6, 1}), {2, 3, {counts, 2}, {status, 6}},
                                 {{layer, layer, layer}, ad::Activation::none});
  CHECK(y.value(0, 0) == 2);  // rows 0 and 1
  CHECK(y.value(1, 0) == 7);  // row 3
  CHECK(!y.tracked());
}

TEST_CASE("set encoder has the right gradient, masks and counts included") {
  const std::int32_t counts[] = {4, 0, 2};
  const std::uint8_t status[] = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const alfi::kernels::SetPool pools[] = {
      {3, 4, {}, {}}, {3, 4, {counts, 3}, {}}, {3, 4, {counts, 3}, {status, 12}}, {12, 1, {}, {}}, {1, 12, {}, {}}};
  for (const auto& pool : pools) {
    for (const auto last : {ad::Activation::none, ad::Activation::tanh}) {
      CAPTURE(pool.sets);
      alfi_test::check_operation_gradient(
          [&](ad::Tape<double>& tape, const Variables& v) {
            return Variables{ad::set_encoder(tape, v[0], pool, encoder(v, last))};
          },
          inputs(12));
    }
  }
}

TEST_CASE("what is not valid gets no gradient") {
  const auto all = inputs(3);
  const std::uint8_t status[] = {0, 1, 0};
  std::vector<double> d_x(9, 0.0), d_weights(100, 0.0);  // no interest in the latter, nor that they overlap
  ad::Tape<double> tape{alfi::Context()};
  Variables v{tape.leaf({all[0].values.data(), 3, 3}, {d_x.data(), 3, 3})};
  for (std::size_t i = 1; i < all.size(); ++i) {
    const Index rows = all[i].rows, cols = all[i].cols;
    v.push_back(tape.leaf({all[i].values.data(), rows, cols}, {d_weights.data(), rows, cols}));
  }
  const auto y = ad::set_encoder(tape, v[0], {1, 3, {}, {status, 3}}, encoder(v, ad::Activation::tanh));
  tape.backward(ad::mean(tape, y));
  for (std::size_t i = 0; i < 9; ++i) CHECK((d_x[i] != 0) == (i / 3 != 1));
}

TEST_CASE("set encoder refuses rows that are no whole number of sets") {
  const auto all = inputs(12);
  ad::Tape<double> tape{alfi::Context()};
  Variables v;
  for (const auto& input : all) v.push_back(tape.data({input.values.data(), input.rows, input.cols}));
  CHECK_THROWS_WITH_AS(ad::set_encoder(tape, v[0], {5, 2, {}, {}}, encoder(v, ad::Activation::none)),
                       doctest::Contains("set_encoder: "), alfi::ShapeError);
}
