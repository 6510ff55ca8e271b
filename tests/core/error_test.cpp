#include "alfi/core/error.hpp"

#include <doctest/doctest.h>

using namespace alfi;

TEST_CASE("error: a matrix of the wrong shape names function, argument and both shapes") {
  float x = 0;
  const MatView<float> m{&x, 64, 32};
  CHECK_THROWS_WITH_AS(require_shape("lstm_step", "hidden", m, 128, 32),
                       "lstm_step: hidden has shape [64,32], expected [128,32]", ShapeError);
  CHECK_THROWS_WITH_AS(require_shape("lstm_step", "hidden", m, 64, 31),
                       "lstm_step: hidden has shape [64,32], expected [64,31]", ShapeError);
  CHECK_NOTHROW(require_shape("lstm_step", "hidden", m, 64, 32));
}

TEST_CASE("error: the transposed shape is another shape") {
  float x = 0;
  CHECK_THROWS_AS(require_shape("f", "x", MatView<float>{&x, 2, 3}, 3, 2), ShapeError);
  CHECK_THROWS_AS(require_shape("f", "x", MatView<float>{&x, 0, 3}, 3, 0), ShapeError);
}

TEST_CASE("error: a vector of the wrong size names function, argument and both sizes") {
  float x = 0;
  CHECK_THROWS_WITH_AS(require_size("linear", "bias", VecView<float>{&x, 3}, 4),
                       "linear: bias has shape [3], expected [4]", ShapeError);
  CHECK_NOTHROW(require_size("linear", "bias", VecView<float>{&x, 4}, 4));
  CHECK_NOTHROW(require_size("linear", "bias", VecView<float>{}, 0));
}

TEST_CASE_TEMPLATE("error: every kind can be caught as Error and as std::runtime_error", Kind, ShapeError, InputError,
                   NumericError, NotAvailableError) {
  CHECK_THROWS_WITH_AS(throw Kind("what happened"), "what happened", Error);
  CHECK_THROWS_AS(throw Kind("what happened"), std::runtime_error);
}
