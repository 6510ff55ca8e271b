// Chooses the level; compiled for the baseline. ALFI_CPU_LEVELS lists the levels of this build as
// ALFI_LEVEL(namespace, "name", whether this CPU has it), best first.
#include <cstdlib>
#include <cstring>
#include <string>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/draws.hpp"
#include "alfi/kernels/cpu/table.hpp"

namespace alfi {
inline namespace v0 {
namespace cpu {

#define ALFI_LEVEL(space, name, supported) \
  namespace space {                        \
  extern const Table<float> table_float;   \
  extern const Table<double> table_double; \
  extern const DrawTable draw_table;       \
  }
ALFI_CPU_LEVELS
#undef ALFI_LEVEL

namespace {

struct Level {
  const char* name;
  bool supported;
  const Table<float>* table_float;
  const Table<double>* table_double;
  const DrawTable* draw_table;
};

#if defined(__x86_64__)
bool has_v3() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("bmi2");
}
bool has_v4() {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

const char* asked_level() {
  const char* asked = std::getenv("ALFI_CPU_ARCH");
  return asked == nullptr || *asked == '\0' ? "auto" : asked;
}

Level choose_level() {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
#define ALFI_LEVEL(space, name, supported) \
  {name, supported, &space::table_float, &space::table_double, &space::draw_table},
  const Level levels[] = {ALFI_CPU_LEVELS};
#undef ALFI_LEVEL
  const char* asked = asked_level();
  std::string built;
  for (const Level& level : levels) {
    const bool named = std::strcmp(asked, level.name) == 0;
    if (level.supported && (named || std::strcmp(asked, "auto") == 0)) return level;
    if (named) throw InputError(std::string("ALFI_CPU_ARCH: got ") + asked + ", which this CPU does not have");
    built += std::string(" ") + level.name;
  }
  if (std::strcmp(asked, "auto") == 0)
    throw NotAvailableError("ALFI_CPU_ARCH: this CPU has none of the levels" + built);
  throw InputError(std::string("ALFI_CPU_ARCH: got ") + asked +
                   ", expected auto or one of this build's levels:" + built);
}

const Level& level() {
  static const Level chosen = choose_level();
  return chosen;
}

}  // namespace

template <>
const Table<float>& table<float>() {
  return *level().table_float;
}
template <>
const Table<double>& table<double>() {
  return *level().table_double;
}
const DrawTable& draws() { return *level().draw_table; }

}  // namespace cpu

std::string kernels::cpu_level() { return cpu::level().name; }

}  // namespace v0
}  // namespace alfi
