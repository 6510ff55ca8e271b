// The tests' own instruments: what cannot detect anything proves nothing.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cfenv>
#include <csignal>
#include <limits>
#include <new>
#include <thread>

#include "alfi/core/context.hpp"
#include "support/allocation_counter.hpp"
#include "support/fp_traps.hpp"

namespace {

constexpr int kTrapped = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;

/// The signal that ends a child process which computes a / b, or 0.
int signal_of_division(double a, double b) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGFPE, SIG_DFL);
    volatile double numerator = a, denominator = b;
    volatile double quotient = numerator / denominator;
    (void)quotient;
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

TEST_CASE("support: traps end a process that divides by zero, makes NaN or overflows, and nothing else") {
  const alfi_test::TrapFloatingPoint traps;
  const double largest = std::numeric_limits<double>::max();
  CHECK(signal_of_division(1, 0) == SIGFPE);
  CHECK(signal_of_division(0, 0) == SIGFPE);
  CHECK(signal_of_division(largest, 0.5) == SIGFPE);
  CHECK(signal_of_division(1, 3) == 0);
  CHECK(signal_of_division(std::numeric_limits<double>::min(), largest) == 0);  // underflow is allowed
}

TEST_CASE("support: traps are inherited by new threads and put back at the end") {
  const int before = fegetexcept();
  {
    const alfi_test::TrapFloatingPoint traps;
    CHECK(fegetexcept() == kTrapped);
    int in_thread = 0;
    std::thread([&] { in_thread = fegetexcept(); }).join();
    CHECK(in_thread == kTrapped);
    {
      const alfi_test::AllowFloatingPoint allowed;
      CHECK(fegetexcept() == 0);
      CHECK(signal_of_division(1, 0) == 0);
    }
    CHECK(fegetexcept() == kTrapped);
  }
  CHECK(fegetexcept() == before);
}

TEST_CASE("support: flushing makes denormals zero, also in new threads, and is put back at the end") {
  const bool before = alfi_test::denormals_flushed();
  {
    const alfi_test::FlushDenormals flush;
    CHECK(alfi_test::denormals_flushed());
    bool in_thread = false;
    std::thread([&] { in_thread = alfi_test::denormals_flushed(); }).join();
    CHECK(in_thread);
  }
  CHECK(alfi_test::denormals_flushed() == before);
}

TEST_CASE("support: the allocation counter sees operator new in all its forms, in any thread") {
  // The operators are called by name, since a compiler may leave out a new-expression; checks allocate, so they come
  // last.
  const std::align_val_t wide{128};
  std::int64_t seen[6];
  const alfi_test::AllocationCounter allocations;
  ::operator delete(::operator new(8));
  seen[0] = allocations.count();
  ::operator delete[](::operator new[](8));
  seen[1] = allocations.count();
  ::operator delete(::operator new(8, wide), wide);
  seen[2] = allocations.count();
  ::operator delete[](::operator new[](8, wide), wide);
  seen[3] = allocations.count();
  alfi::Context().release(alfi::Context().allocate(10));
  seen[4] = allocations.count();
  std::thread([] { ::operator delete(::operator new(8)); }).join();
  seen[5] = allocations.count();
  for (int i = 0; i < 5; ++i) CHECK(seen[i] == i + 1);
  CHECK(seen[5] >= 6);  // making a thread takes memory too
}
