#include "alfi/simulators/support.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"

using namespace alfi;

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
