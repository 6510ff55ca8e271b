#include "alfi/simulators/catalogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"

namespace {

std::string message(const std::string& name, const alfi::SimulatorOptions& options = {}) {
  try {
    alfi::make_builtin_simulator(name, options);
  } catch (const alfi::InputError& error) {
    return error.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("catalogue: every name makes a simulator that says who it is") {
  const auto names = alfi::builtin_simulators();
  CHECK(std::is_sorted(names.begin(), names.end()));
  for (const std::string& name : names) {
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    CHECK(simulator.info().name == name);
    CHECK_FALSE(simulator.info().summary.empty());
    CHECK(simulator.parameters() > 0);
    CHECK(simulator.info().observation.units.size() == simulator.info().observation.names.size());
    for (const auto& parameter : simulator.info().parameters) CHECK_FALSE(parameter.description.empty());
    const alfi::ExactAnswers& exact = simulator.exact();
    const bool known = static_cast<bool>(exact.log_likelihood);
    CHECK(known == (name != "predator_prey_jumps"));
    if (name.rfind("sbibm/", 0) == 0) continue;  // of these some have more than a likelihood
    CHECK(static_cast<bool>(exact.maximum_likelihood) == simulator.info().observation.is_set);
    CHECK(static_cast<bool>(exact.posterior_log_density) == simulator.info().observation.is_set);
  }
}

TEST_CASE("catalogue: the number of slopes is an option") {
  const alfi::Simulator line = alfi::make_builtin_simulator("linear_regression", {{"slopes", 1}});
  CHECK(line.parameters() == 2);
  CHECK(line.info().observation.names == std::vector<std::string>{"u1", "one", "y"});
  CHECK(alfi::make_builtin_simulator("linear_regression").parameters() == 4);
  for (const double bad : {0.0, 17.0, 2.5, -1.0}) {
    CHECK(holds(message("linear_regression", {{"slopes", bad}}), "simulator.parameters.slopes: got "));
  }
}

TEST_CASE("catalogue: the leap of a jump process is an option") {
  CHECK(alfi::make_builtin_simulator("predator_prey_jumps", {{"tau", 0}}).size() == 302);
  CHECK(holds(alfi::make_builtin_simulator("predator_prey_jumps", {{"tau", 0.05}}).info().summary, "leaps of 0.05"));
  for (const double bad : {-0.1, 1e-9, 0.3, std::nan("")}) {
    CHECK(holds(message("predator_prey_jumps", {{"tau", bad}}), "simulator.parameters.tau: got "));
  }
  CHECK(holds(message("predator_prey_jumps", {{"leap", 1}}), "expected simulator.parameters.tau"));
}

TEST_CASE("catalogue: errors name the key and suggest") {
  CHECK(holds(message("poison"), "simulator.name: unknown simulator \"poison\" (did you mean \"poisson\"?)"));
  CHECK(holds(message("zzz"), "expected gaussian, linear_regression"));
  CHECK_FALSE(holds(message("zzz"), "did you mean"));
  CHECK_FALSE(holds(message(""), "did you mean"));
  CHECK(
      holds(message("poisson", {{"rate", 1}}), "simulator.parameters.rate: unknown option of poisson, which has none"));
  CHECK(holds(message("linear_regression", {{"slope", 1}}), "simulator.parameters.slope: unknown option"));
}
