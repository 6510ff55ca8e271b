#include "toml.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "failure.hpp"

using namespace alfi;
using namespace alfi::tools;

namespace {

std::string complaint(const std::string& text) {
  try {
    parse_configuration(text, "c.toml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

Configuration with(const std::string& setting) {
  Configuration configuration;
  apply_setting(configuration, setting);
  return configuration;
}

}  // namespace

TEST_CASE("toml: what is written reads back as the same configuration") {
  Configuration c;
  c.simulator.name = "odd \"name\"\n\\";
  c.simulator.options = {{"a b", 0.1}, {"slopes", 3}};
  c.problem.observed_max = 123456;
  c.network.machine = {7, 9};
  c.train.learning_rate = 1.0 / 3;
  c.train.clip_norm = 5e-324;
  c.train.beta = 1e22;
  c.train.through_time = true;
  c.train.seed = 9223372036854775807u;
  for (const bool comments : {false, true}) {
    const Configuration back = parse_configuration(toml_text(c, comments), "c.toml");
    CHECK(to_entries(back) == to_entries(c));
  }
  CHECK(toml_text(parse_configuration(toml_text(c), "c.toml")) == toml_text(c));
}

TEST_CASE("toml: a program and its parameters, in their order") {
  Configuration c;
  c.simulator.name = "mine";
  c.simulator.command = {"./my sim", "", "a\"b\\c"};
  c.simulator.observation = {"x", "y"};
  c.simulator.observation_units = {"m", ""};
  c.simulator.length = 7;
  c.simulator.index_first = -0.5;
  c.simulator.theta = {{"zeta", "1/s", "the \"last\"", Prior::uniform(0.2, 7)},
                       {"alpha", "", "", Prior::exponential(3)}};
  const std::string text = toml_text(c);
  CHECK(text.find("[[simulator.theta]]\nname = \"zeta\"\nprior = [\"uniform\", 0.2, 7.0]\nunit = \"1/s\"\n") !=
        std::string::npos);
  const Configuration back = parse_configuration(text, "c.toml");
  CHECK(to_entries(back) == to_entries(c));
  CHECK(back.simulator.theta[0].name == "zeta");
  CHECK(back.simulator.theta[1].prior == Prior::exponential(3));
  CHECK(with("simulator.command=./sim --serve 'a b'").simulator.command ==
        std::vector<std::string>{"./sim", "--serve", "a b"});
  CHECK(with("simulator.command=[\"./sim\", \"a b\"]").simulator.command == std::vector<std::string>{"./sim", "a b"});
  CHECK(toml_text(Configuration()).find("command") == std::string::npos);
  CHECK(complaint("[[simulator.theta]]\nname = \"a\"\nprior = [\"normal\", 0, \"x\"]") ==
        "c.toml:3: simulator.theta.prior: got a list, expected a kind and its numbers: [\"uniform\", 0.2, 7]");
}

TEST_CASE("toml: an integer is a number too, not the other way round") {
  CHECK(parse_configuration("[train]\nclip_norm = 2", "c.toml").train.clip_norm == 2.0);
  CHECK(complaint("[train]\nsteps = 2.0") ==
        "c.toml:2: train.steps: got a number with a fraction, expected an integer");
  CHECK(complaint("train = 5") == "c.toml:1: train: got 5, expected a table");
  CHECK(complaint("[train]\nloss = true") == "c.toml:2: train.loss: got true, expected text in quotes");
  CHECK(complaint("[network]\nencoder = [[1]]") == "c.toml:2: network.encoder: got a list, expected an integer");
  CHECK(complaint("[simulator.parameters]\nslopes = \"x\"") ==
        "c.toml:2: simulator.parameters.slopes: got \"x\", expected a number");
  CHECK(complaint("[train]\n[train.inner]\nsteps = 1").find("train.inner: unknown key") != std::string::npos);
}

TEST_CASE("toml: where a key was given is told of its value, too") {
  Origins origins;
  Configuration c = parse_configuration(
      "[train]\nsteps = 5\nshard = 8\n[[simulator.theta]]\nname = \"a\"\nprior = [\"normal\", 0, 1]\n", "c.toml",
      &origins);
  apply_setting(c, "train.shard=4", &origins);
  const auto told = [&](const std::string& message) {
    try {
      with_origins(origins, [&] { throw InputError(message); });
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(told("train.steps: got 5, expected 6") == "c.toml:2: train.steps: got 5, expected 6");
  CHECK(told("train.shard: got 4") == "--set train.shard: train.shard: got 4");
  CHECK(told("train.thetas * train.steps: got 9") == "c.toml:2: train.thetas * train.steps: got 9");
  CHECK(told("simulator.theta: a twice") == "c.toml:4: simulator.theta: a twice");
  for (const char* text : {"", "train.thetas: got 4", "m: train.steps: got 5", "no: such"}) CHECK(told(text) == text);
  CHECK_THROWS_AS(with_origins(origins, [] { throw UsageError("train.steps: x"); }), UsageError);
}

TEST_CASE("toml: settings are TOML, or text where they are none") {
  CHECK(with("train.steps=7").train.steps == 7);
  CHECK(with("network.cell=gru").network.cell == "gru");
  CHECK(with("network.cell=\"gru\"").network.cell == "gru");
  CHECK(with("network.encoder=[1, 2, 3]").network.encoder == std::vector<Index>{1, 2, 3});
  CHECK(with("train.through_time=true").train.through_time);
  CHECK(with("simulator.parameters.slopes=5").simulator.options == SimulatorOptions{{"slopes", 5}});
  CHECK_THROWS_WITH_AS(with("train.step=7"),
                       "--set train.step: train.step: unknown key (did you mean \"train.steps\"?)", InputError);
  CHECK_THROWS_AS(with("train.steps"), UsageError);
  CHECK_THROWS_AS(with("=7"), UsageError);
  CHECK_THROWS_AS(with("train.=7"), InputError);
  CHECK_THROWS_AS(with(".=7"), InputError);
  // A second line is part of the text, never a second key.
  CHECK_THROWS_AS(with("train.steps=7\nvalue2 = 3"), InputError);
}
