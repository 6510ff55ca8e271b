#include "alfi/inference/configured_simulator.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/inference/machine.hpp"
#include "inference/small.hpp"

using namespace alfi;

namespace {

/// A worker in the shell that every machine has: x is theta.
Configuration described() {
  Configuration c = alfi_test::small_configuration("echo");
  c.simulator.command = {"sh", "-c", "while read id seed theta; do echo $id 0 $theta; done"};
  c.simulator.theta = {{"level", "V", "of the output", Prior::normal(0, 2)}};
  c.simulator.observation = {"x"};
  return c;
}

SimulatorConfiguration named(const std::string& name) {
  SimulatorConfiguration c;
  c.name = name;
  return c;
}

std::string complaint(const std::map<std::string, std::string>& entries) {
  try {
    from_entries(entries);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("configured simulator: a description becomes what the library knows of a simulator") {
  SimulatorConfiguration c = described().simulator;
  ConfiguredSimulator made = make_configured_simulator(c, 3);
  CHECK(made.program.get() != nullptr);
  CHECK(made.simulator.info().parameters[0].name == "level");
  CHECK(made.simulator.info().parameters[0].unit == "V");
  CHECK(made.simulator.info().parameters[0].prior == Prior::normal(0, 2));
  CHECK(made.simulator.info().observation.is_set);
  CHECK(made.simulator.size() == 1);
  c.observation = {"hare", "lynx"};
  c.observation_units = {"thousands", ""};
  c.observation_support = {"0..", "count"};
  c.length = 21;
  c.index = "year";
  c.index_first = 1900;
  made = make_configured_simulator(c);
  const ObservationShape& shape = made.simulator.info().observation;
  CHECK(!shape.is_set);
  CHECK(shape.size() == 42);
  CHECK(shape.units == std::vector<std::string>{"thousands", ""});
  CHECK(shape.support(3).text() == "a whole number of at least 0");
  CHECK(shape.index_column == "year");
  CHECK(shape.index_first == 1900);
  CHECK(make_configured_simulator(named("poisson")).program.get() == nullptr);
  CHECK_THROWS_AS(make_configured_simulator(named("poison")), InputError);
}

TEST_CASE("configured simulator: entries bring every word back; what is built in has none of a program's") {
  Configuration c = described();
  c.simulator.command = {"./my sim", "", "a\"b\\c'", "{alpha}"};
  c.simulator.observation = {"a b", "c"};
  c.simulator.observation_units = {"", "m s^-1"};
  c.simulator.observation_support = {"-1..1", "any"};
  c.simulator.timeout = 1.0 / 3;
  c.simulator.theta.clear();
  for (int i = 0; i < 12; ++i) {  // "theta.10" comes before "theta.2" in a map
    c.simulator.theta.push_back({"p" + std::to_string(i), "", "", Prior::exponential(i + 0.1)});
  }
  c.simulator.theta[3].prior = Prior::beta(0.1, 1e-300);
  const Configuration back = from_entries(to_entries(c));
  CHECK(to_entries(back) == to_entries(c));
  CHECK(back.simulator.command == c.simulator.command);
  CHECK(back.simulator.observation_units == c.simulator.observation_units);
  CHECK(back.simulator.observation_support == c.simulator.observation_support);
  REQUIRE(back.simulator.theta.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(back.simulator.theta[i].name == c.simulator.theta[i].name);
    CHECK(back.simulator.theta[i].prior == c.simulator.theta[i].prior);
  }
  for (const auto& [key, value] : to_entries(alfi_test::small_configuration("poisson"))) {
    CHECK((key.rfind("simulator.", 0) != 0 || key == "simulator.name"));
  }
}

TEST_CASE("configured simulator: entries that are no description are refused by name") {
  CHECK(complaint({{"simulator.theta.1.name", "x"}}) == "simulator.theta: got number 1, expected 0");
  CHECK(complaint({{"simulator.theta.-1.name", "x"}}) == "simulator.theta: got number -1, expected 0");
  CHECK(complaint({{"simulator.theta.x.name", "x"}}).find("got \"x\", expected an integer") != std::string::npos);
  CHECK(complaint({{"simulator.theta.0", "x"}}).find("simulator.theta: unknown key") == 0);
  CHECK(complaint({{"simulator.theta.0.nam", "x"}}).find("did you mean \"name\"?") != std::string::npos);
  CHECK(complaint({{"simulator.theta.0.prior", ""}}).find("simulator.theta.0.prior: got the prior \"\"") == 0);
  CHECK(complaint({{"simulator.theta.0.prior", "uniform 1"}}).find("got 1 numbers, expected the 2 of uniform") !=
        std::string::npos);
  CHECK(complaint({{"simulator.theta.0.prior", "uniform 1 b"}}).find("expected a number") != std::string::npos);
  CHECK(complaint({{"simulator.command", "'x"}}).find("a quote ' does not end") != std::string::npos);
}

TEST_CASE("configured simulator: a model file does not get its program run") {
  const Configuration c = described();
  const ConfiguredSimulator echo = make_configured_simulator(c.simulator, 2);
  Trainer trainer(c, echo.simulator, 2);
  trainer.advance();
  const TensorFile file = trainer.machine().to_file();
  CHECK_THROWS_WITH_AS(Machine::from_file(file, "m"),
                       doctest::Contains("m: was trained for the program sh -c \"while read"), InputError);
  const Configuration held = configuration_in(file, "m");
  CHECK(held.simulator.command == c.simulator.command);
  const Machine machine = Machine::from_file(file, "m", make_configured_simulator(held.simulator).simulator);
  const std::vector<float> x{1, 2, 3, 2, 1};
  CHECK(machine.infer(machine.simulator(), {x.data(), 5, 1}).posterior.mean().size() == 1);
  CHECK(echo.program->failures().nothing());
  CHECK(echo.program->failures().calls > 100);
}
