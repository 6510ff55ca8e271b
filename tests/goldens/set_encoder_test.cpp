#include <doctest/doctest.h>

#include "alfi/autodiff/encoder.hpp"
#include "support/golden.hpp"

namespace ad = alfi::autodiff;

TEST_CASE("set_encoder") {
  alfi_test::run_golden("set_encoder", [](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const auto x = run.leaf("x");
    const ad::Encoder<Real> encoder{
        {{run.leaf("W1"), run.leaf("b1")}, {run.leaf("W2"), run.leaf("b2")}, {run.leaf("W3"), run.leaf("b3")}},
        ad::Activation::tanh};
    const auto& shape = run.golden().array("x").shape;
    const auto encoding = ad::set_encoder(run.tape(), x, {shape[0], shape[1], {}, {}}, encoder);
    run.check_value("encoding", encoding.value);
    run.check_gradients({{"weight", encoding}});
  });
}
