#include "option_words.hpp"

#include <doctest/doctest.h>

using namespace alfi::tools;

namespace {

std::string said(const std::string& message) {
  return in_options(message, "compare", [](const std::string& argument) {
    for (const char* known : {"refine", "thetas", "observations", "bank", "budget", "observed", "likelihood"}) {
      if (argument == known) return "--" + argument;
    }
    return std::string();
  });
}

}  // namespace

TEST_CASE("option words: an argument is the option that sets it") {
  CHECK(said("Machine::infer: refine is 5, expected 144 to 9") == "--refine: got 5, expected 144 to 9");
  CHECK(said("Machine::infer: refine is 5, expected 0 with a bank") == "--refine: got 5, expected 0 with a bank");
  CHECK(said("compare: budget is 5, expected more") == "--budget: got 5, expected more");
  CHECK(said("refine: likelihood: got \"learned\" for sets") == "--likelihood: got \"learned\" for sets");
  CHECK(said("Machine::infer: bank: got a GPU, expected a CPU") == "--bank: got a GPU, expected a CPU");
  CHECK(said("Machine::infer: thetas * observations is 9, expected 1") ==
        "--thetas * --observations: got 9, expected 1");
  CHECK(said("Machine::infer: observations, of which there are few, is 9, expected 1 to 2") ==
        "--observations, of which there are few, is 9, expected 1 to 2");
  CHECK(said("Machine::infer: likelihood is \"x\", a refinement's, but refine is 0: expected more") ==
        "--likelihood: got \"x\", a refinement's, but --refine is 0: expected more");
}

TEST_CASE("option words: warnings name the option, where a number follows") {
  const std::vector<std::string> said =
      in_options({"less than what refine 0 leaves", "refine more", "a refine 12 or refine 3"});
  CHECK(said ==
        std::vector<std::string>{"less than what --refine 0 leaves", "refine more", "a --refine 12 or --refine 3"});
}

TEST_CASE("option words: a method of a comparison keeps its name") {
  CHECK(said("smc_abc: budget is 5, expected at least 9") == "smc_abc: --budget: got 5, expected at least 9");
}

TEST_CASE("option words: other texts stay, but for a class's function") {
  for (const char* text : {"", "x", "x: ", ": ", "x.csv:3: refine: got \"five\"", "x: cannot be read",
                           "train.budget: got 1", "trian: unknown key", "step 7: simulator poisson: refine is far"}) {
    CHECK(said(text) == text);
  }
  CHECK(said("Machine::infer: log_rate has the prior a, expected b") == "log_rate has the prior a, expected b");
  CHECK(said("Machine::infer: the number of observations is 0") == "the number of observations is 0");
}
