#include "expression.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "alfi/core/error.hpp"
#include "failure.hpp"

using namespace alfi::tools;

namespace {

const std::vector<std::string> kNames{"beta", "gamma", "x1"};

double value(const std::string& text) {
  const double values[3] = {6, 2, -3};
  return Expression(text, kNames)(values);
}

}  // namespace

TEST_CASE("expressions: precedence, signs, functions") {
  CHECK(value("beta/gamma") == 3);
  CHECK(value("1 + 2*3 - 4/2") == 5);
  CHECK(value("beta - gamma - 1") == 3);
  CHECK(value("-gamma^2") == -4);
  CHECK(value("2^3^2") == 512);
  CHECK(value("2^-1") == 0.5);
  CHECK(value("(beta + x1) * 1.5e1") == 45);
  CHECK(value("sqrt(beta*beta + 64) + abs(x1)") == 13);
  CHECK(value("min(beta, gamma) + max(x1, 7)") == 9);
  CHECK(value("log(exp(gamma)) + log10(1000)") == doctest::Approx(5));
  CHECK(value("cos(pi) + sin(0) + tan(0) + tanh(0)") == -1);
  CHECK(value("pow(gamma, 3)") == 8);
  CHECK_FALSE(std::isfinite(value("log(x1)")));
  CHECK_FALSE(std::isfinite(value("sqrt(x1) * 0")));
  CHECK_FALSE(std::isfinite(value("1 / (beta - 3 * gamma)")));
  CHECK_FALSE(std::isfinite(value("x1^0.5")));
}

TEST_CASE("expressions: what is none says where") {
  for (const std::string text : {"", "beta +", "beta gamma", "(beta", "2..3", "delta", "sinh(beta)", "min(beta)",
                                 "beta)", "*2", "1e", "exp()", "exp", "=", "\"", "x"}) {
    INFO(text);
    CHECK_THROWS_AS(value(text), UsageError);
  }
  CHECK_THROWS_WITH_AS(value("2 * delta"), doctest::Contains("expected a parameter (beta, gamma or x1) at character 5"),
                       UsageError);
  CHECK_THROWS_AS(value(std::string(100000, '(')), UsageError);
  CHECK_THROWS_AS(value(std::string(100000, '-') + "1"), UsageError);
}

TEST_CASE("expressions: derived quantities") {
  std::vector<Derived> derived;
  derived.push_back(derived_option("R0=beta/gamma", kNames));
  derived.push_back(derived_option("s=log(x1)", kNames));
  CHECK(derive(derived, {6, 2, 1, 9, 3, 1}, 3) == std::vector<double>{3, 0, 3, 0});
  CHECK_THROWS_WITH_AS(derive(derived, {6, 2, 1, 9, 3, -1}, 3), "--derive: s is not finite for draw 2 of the answer",
                       alfi::InputError);
  CHECK_THROWS_AS(derived_option("beta", kNames), UsageError);
  CHECK_THROWS_AS(derived_option("=beta", kNames), UsageError);
  CHECK_THROWS_AS(derived_option("2=beta", kNames), UsageError);
  CHECK_THROWS_WITH_AS(derived_option("beta=gamma", kNames), doctest::Contains("a name that is no parameter's"),
                       UsageError);
}
