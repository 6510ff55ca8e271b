// The main of every test program: doctest's, in the floating-point environment that the host asks for.
// ALFI_TEST_TRAP=1: invalid operations, divisions by zero and overflows are traps. ALFI_TEST_FLUSH=1: denormals are
// zero.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <optional>

#include "support/fp_traps.hpp"

namespace {

bool asked(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::strcmp(value, "1") == 0;
}

}  // namespace

int main(int argc, char** argv) {
  doctest::Context tests(argc, argv);
  std::optional<alfi_test::TrapFloatingPoint> traps;
  std::optional<alfi_test::FlushDenormals> flush;
  if (asked("ALFI_TEST_TRAP")) traps.emplace();
  if (asked("ALFI_TEST_FLUSH")) flush.emplace();
  return tests.run();
}
