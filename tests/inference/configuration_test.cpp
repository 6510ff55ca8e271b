#include "alfi/inference/configuration.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

using namespace alfi;

namespace {

Configuration named() {
  Configuration configuration;
  configuration.simulator.name = "poisson";
  return configuration;
}

/// What validate says after a change, "" where it is content.
std::string complaint(const std::function<void(Configuration&)>& change) {
  Configuration configuration = named();
  change(configuration);
  try {
    validate(configuration);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("configuration: the defaults are valid once the simulator is named") {
  CHECK(complaint([](Configuration&) {}) == "");
  CHECK(complaint([](Configuration& c) { c.simulator.name = ""; }) == "simulator.name: got nothing, expected a name");
}

TEST_CASE("configuration: every wrong value is refused by its key, what was got and what was wanted") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const struct {
    std::function<void(Configuration&)> change;
    const char* expected;
  } table[] = {
      {[](Configuration& c) { c.train.steps = 0; }, "train.steps: got 0, expected at least 1"},
      {[](Configuration& c) { c.train.problems = -3; }, "train.problems: got -3, expected at least 1"},
      {[](Configuration& c) { c.train.problems = 65537; }, "train.problems: got 65537, expected at most 65536"},
      {[](Configuration& c) { c.network.cell = "rnn"; }, "network.cell: got \"rnn\", expected lstm or gru"},
      {[](Configuration& c) { c.train.loss = "squarred"; },
       "train.loss: got \"squarred\", expected density, squared or absolute (did you mean \"squared\"?)"},
      {[](Configuration& c) { c.train.shard = 6; }, "train.shard: got 6, expected a power of two"},
      {[](Configuration& c) { c.problem.observed_min = 2000, c.problem.observed_max = 1000; },
       "problem.observed_min: got 2000, expected at most problem.observed_max, which is 1000"},
      {[](Configuration& c) {
         c.network.encoder = {50, 50};
       },
       "network.encoder: got 2 widths, expected 3"},
      {[](Configuration& c) {
         c.network.encoder = {50, 0, 8};
       },
       "network.encoder: got 0, expected at least 1"},
      {[](Configuration& c) { c.network.machine.clear(); }, "network.machine: got 0 widths, expected 2"},
      {[](Configuration& c) {
         c.network.machine = {50, 99999};
       },
       "network.machine: got 99999, expected at most 4096"},
      {[=](Configuration& c) { c.train.learning_rate = nan; },
       "train.learning_rate: got nan, expected a number above 0 and up to 1"},
      {[](Configuration& c) { c.train.learning_rate = 0; },
       "train.learning_rate: got 0, expected a number above 0 and up to 1"},
      {[=](Configuration& c) { c.network.bound = infinity; },
       "network.bound: got inf, expected a number from 0 to 100"},
      {[](Configuration& c) { c.proposal.head = "mixtures"; },
       "proposal.head: got \"mixtures\", expected none or mixture (did you mean \"mixture\"?)"},
      {[](Configuration& c) { c.proposal.components = 0; }, "proposal.components: got 0, expected at least 1"},
      {[](Configuration& c) { c.proposal.head = "mixture", c.train.loss = "squared"; },
       "train.loss: got \"squared\", expected \"density\" with proposal.head = \"mixture\""},
      {[](Configuration& c) { c.network.pool = "max"; },
       "network.pool: got \"max\", expected mean or mean+max (did you mean \"mean\"?)"},
      {[](Configuration& c) { c.network.pool = "mean+max", c.network.features = "global"; },
       "network.features: got \"global\", expected \"relative\" with network.pool = \"mean+max\""},
      {[](Configuration& c) {
         c.network.spread = "logarithmic", c.network.update = "absolute", c.network.regression_step = false;
       },
       "network.spread: got \"logarithmic\", expected \"plain\" with network.update = \"absolute\""},
      {[](Configuration& c) { c.network.moments = true, c.network.features = "global"; },
       "network.features: got \"global\", expected \"relative\" with network.moments"},
      {[](Configuration& c) { c.train.average = 1; }, "train.average: got 1, expected a number from 0 to 0.999999"},
      {[](Configuration& c) { c.train.seed = ~std::uint64_t{0}; },
       "train.seed: got 18446744073709551615, expected at most 9223372036854775807"},
      {[](Configuration& c) { c.train.thetas = 4096, c.train.observations = 65536; },
       "train.shard * train.thetas * train.observations: got a product of 1073741824, expected at most 67108864"},
      {[=](Configuration& c) {
         c.simulator.options = {{"slopes", nan}};
       },
       "simulator.parameters.slopes: got nan, expected a finite number"},
  };
  for (const auto& row : table) CHECK(complaint(row.change) == row.expected);
}

TEST_CASE("configuration: entries bring every value back") {
  Configuration c = named();
  CHECK(to_entries(from_entries(to_entries(c))) == to_entries(c));
  c.simulator.options = {{"covariates", 7}, {"scale", 0.1}};
  c.problem.observed_max = 77;
  c.network.encoder = {1, 2, 4096};
  c.network.machine = {9, 8};
  c.network.regression_step = false;
  c.train.learning_rate = 1.0 / 3;
  c.train.clip_norm = 5e-324;
  c.train.seed = 9223372036854775807u;
  c.train.nan_policy = "drop";
  const Configuration back = from_entries(to_entries(c));
  CHECK(to_entries(back) == to_entries(c));
  CHECK(back.simulator.options == c.simulator.options);
  CHECK(back.network.encoder == c.network.encoder);
  CHECK(back.network.machine == c.network.machine);
  CHECK(back.network.regression_step == false);
  CHECK(back.train.learning_rate == 1.0 / 3);
  CHECK(back.train.clip_norm == 5e-324);
  CHECK(back.train.seed == 9223372036854775807u);
  CHECK(to_entries(c).at("train.learning_rate") == "0.3333333333333333");
  CHECK(to_entries(c).at("network.encoder") == "1 2 4096");
}

TEST_CASE("configuration: entries that are no such key or value are refused by name") {
  const auto message = [](const std::string& key, const std::string& text) -> std::string {
    try {
      from_entries({{key, text}});
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message("train.steps", "7") == "");
  CHECK(message("train.step", "7") == "train.step: unknown key (did you mean \"train.steps\"?)");
  CHECK(message("trian", "7") == "trian: unknown key (did you mean \"train\"?)");
  CHECK(message("training", "7") == "training: unknown key (did you mean \"train\"?)");
  CHECK(message("net", "7") == "net: unknown key (did you mean \"network\"?)");
  CHECK(message("zzz", "7") == "zzz: unknown key, expected one of those that alfi train --dump-defaults prints");
  CHECK(message("network.seed", "7") == "network.seed: unknown key (did you mean \"train.seed\"?)");
  CHECK(message("train.steps", "7.5") == "train.steps: got \"7.5\", expected an integer");
  CHECK(message("train.steps", "") == "train.steps: got \"\", expected an integer");
  CHECK(message("train.steps", "99999999999999999999") ==
        "train.steps: got \"99999999999999999999\", expected an integer");
  CHECK(message("train.seed", "-1") == "train.seed: got \"-1\", expected an integer of at least 0");
  CHECK(message("train.beta", "1,5") == "train.beta: got \"1,5\", expected a number");
  CHECK(message("train.through_time", "yes") == "train.through_time: got \"yes\", expected true or false");
  CHECK(message("network.encoder", "50 x") == "network.encoder: got \"50 x\", expected integers separated by spaces");
  CHECK(message("simulator.parameters.p", "a") == "simulator.parameters.p: got \"a\", expected a number");
}

TEST_CASE("text: numbers and suggestions") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(1e300) == "1e+300");
  CHECK(number_text(-0.0) == "-0");
  double value = 3;
  CHECK(parse_number("2.5e-3", value));
  CHECK(value == 2.5e-3);
  for (const char* bad : {"", " 1", "1 ", "1e999", "0x10", "1_000", "+1"}) {
    CHECK_FALSE(parse_number(bad, value));
    CHECK(value == 2.5e-3);
  }
  CHECK(suggestion("tran.steps", {"train.steps", "train.shard"}) == " (did you mean \"train.steps\"?)");
  CHECK(suggestion("zebra", {"train.steps"}) == "");
  CHECK(list_text({"a", "b", "c"}) == "a, b or c");
}
