#include "alfi/autodiff/gated_sum.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

constexpr std::uint8_t kGroups[] = {0, 0, 1, 2, 1};
constexpr alfi::VecView<const std::uint8_t> kGroup{kGroups, 5};

}  // namespace

TEST_CASE("a gated sum by hand") {
  // The gate is sigmoid(-1 + 1) = 1/2, and open or closed where its entry is far from 0.
  const double head[] = {1, 2, 3, -1, 1e4, -1e4}, values[] = {10, 20, 30};
  const std::uint8_t group[] = {0, 1, 2};
  ad::Tape<double> tape{alfi::Context()};
  const auto y = ad::gated_sum(tape, tape.data({head, 1, 6}), tape.data({values, 1, 3}), {group, 3});
  CHECK(y.value(0, 0) == 6);
  CHECK(y.value(0, 1) == 22);
  CHECK(y.value(0, 2) == 3);
  CHECK(!y.tracked());
}

TEST_CASE("a gated sum has the right gradient, both inputs tracked or one") {
  for (const alfi::Index rows : {0, 1, 7}) {
    const auto head = random_input("head", rows, 8), values = random_input("values", rows, 5);
    alfi_test::check_operation_gradient(
        [](ad::Tape<double>& tape, const Variables& v) { return Variables{ad::gated_sum(tape, v[0], v[1], kGroup)}; },
        {head, values});
    alfi_test::check_operation_gradient(
        [&](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::gated_sum(tape, v[0], tape.data({values.values.data(), rows, 5}), kGroup)};
        },
        {head});
    alfi_test::check_operation_gradient(
        [&](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::gated_sum(tape, tape.data({head.values.data(), rows, 8}), v[0], kGroup)};
        },
        {values});
  }
}

TEST_CASE("a gated sum refuses values of another shape") {
  const double x[24] = {};
  ad::Tape<double> tape{alfi::Context()};
  CHECK_THROWS_WITH_AS(ad::gated_sum(tape, tape.data({x, 3, 8}), tape.data({x, 2, 5}), kGroup),
                       "gated_sum: values has shape [2,5], expected [3,5]", alfi::ShapeError);
}
