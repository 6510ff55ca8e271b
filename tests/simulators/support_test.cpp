#include "alfi/simulators/support.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "support/simulated.hpp"

using namespace alfi;
using alfi_test::prior_draw;
using alfi_test::simulated;
using alfi_test::Simulated;

TEST_CASE("support: what a number can be, in words and back") {
  const Support count = support_from("count");
  CHECK(count.holds(0));
  CHECK(count.holds(1e30f));
  CHECK(!count.holds(-1));
  CHECK(!count.holds(2.5f));
  CHECK(count.text() == "a whole number of at least 0");
  const Support box = support_from("-0.1..0.1");
  CHECK(box.holds(0.1f));  // more than 0.1, since no float is it
  CHECK(box.holds(-0.1f));
  CHECK(!box.holds(0.1001f));
  CHECK(box.text() == "a number from -0.1 to 0.1");
  CHECK(support_from("..2").text() == "a number of at most 2");
  CHECK(support_from("0..").text() == "a number of at least 0");
  CHECK(!support_from("0..").holds(-1e-30f));
  CHECK(support_from("any").holds(-3.4e38f));
  CHECK(support_from("any").text() == "a number");
  for (const char* wrong : {"", "..", "0", "1..0", "a..1", "0..1..2", "0..1e39", "nan..1", "Count"}) {
    CHECK_THROWS_AS(support_from(wrong), InputError);
  }
}

TEST_CASE("support: a positive number is no zero") {
  const Support positive = Support::positive();
  CHECK(positive.text() == "a positive number");
  CHECK(positive.holds(1e-37f));
  CHECK(!positive.holds(0));
  CHECK(!positive.holds(-1));
}

TEST_CASE("support: no simulator draws what it says it never does") {
  for (const std::string& name : builtin_simulators()) {
    CAPTURE(name);
    const Simulator simulator = make_builtin_simulator(name);
    const ObservationShape& shape = simulator.info().observation;
    const Index draws = shape.supports.empty() ? 0 : 200;
    Stream random({37, 0}, {});
    for (Index i = 0; i < draws; ++i) {
      std::vector<std::uint8_t> status;
      const Simulated x =
          simulated(simulator, prior_draw(simulator, random), 10, static_cast<std::uint64_t>(i), &status);
      for (Index e = 0; e < x.rows * x.cols; ++e) {
        const float value = x.values[static_cast<std::size_t>(e)];
        if (status[static_cast<std::size_t>(e / x.cols)] != 0 || !std::isfinite(value)) continue;
        REQUIRE_MESSAGE(shape.holds(e % x.cols, value), value);
      }
    }
  }
}

TEST_CASE("support: one for each column, or none") {
  const Simulator sir = make_builtin_simulator("sir");
  CHECK(sir.info().observation.holds(13, 5));
  CHECK(!sir.info().observation.holds(13, 5.5f));
  CHECK(make_builtin_simulator("gaussian").info().observation.holds(0, -1e9f));
  SimulatorInfo info = sir.info();
  info.observation.supports.push_back({});
  CHECK_THROWS_AS(Simulator(info, nullptr, {}), InputError);
  CHECK(observed_text(sir.info().observation, 1) == "a series of 14 rows");
  CHECK(observed_text(make_builtin_simulator("sbibm/slcp").info().observation, 1) == "a vector of 8 numbers");
  CHECK(observed_text(make_builtin_simulator("poisson").info().observation, 1) == "1 observation");
}
