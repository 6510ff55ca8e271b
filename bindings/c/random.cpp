#include "alfi/core/random.hpp"
#include "alfi/alfi.h"

/// Random numbers for simulators of C and Fortran. A draw is a stream of its own, named by its number, so that what the
/// caller keeps is two numbers.

namespace {

alfi::Stream next_of(alfi_random* random) {
  const std::uint64_t n = random->drawn++;
  return {alfi::step_key(random->seed, alfi::Purpose::user, 0),
          {static_cast<std::uint32_t>(n), 0, 0, static_cast<std::uint32_t>(n >> 32)}};
}

}  // namespace

double alfi_random_uniform(alfi_random* random) { return next_of(random).uniform_wide(); }
double alfi_random_normal(alfi_random* random) { return next_of(random).normal_double(); }
