// What a result file must say of its making, in the "context" of Google Benchmark's JSON.
#include <benchmark/benchmark.h>

#include <exception>
#include <string>

#include "alfi/kernels/cpu/table.hpp"

namespace {

#if defined(__clang__)
const char* const kCompiler = "clang " __clang_version__;
#else
const char* const kCompiler = "g++ " __VERSION__;
#endif

const bool added = [] {
  std::string level;
  try {
    level = alfi::kernels::cpu_level();
  } catch (const std::exception& error) {
    level = error.what();  // what is run says it, too
  }
  benchmark::AddCustomContext("cpu_level", level);
  benchmark::AddCustomContext("compiler", kCompiler);
#ifdef NDEBUG
  benchmark::AddCustomContext("assertions", "off");
#else
  benchmark::AddCustomContext("assertions", "on");
#endif
  return true;
}();

}  // namespace
