#include "support/fp_traps.hpp"

#include <cfenv>
#include <limits>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

namespace alfi_test {
namespace {

constexpr int kTrapped = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;

void set_traps(int traps) {
  std::feclearexcept(FE_ALL_EXCEPT);  // a flag raised earlier must not fire late
  fedisableexcept(FE_ALL_EXCEPT);
  feenableexcept(traps);
}

#if defined(__x86_64__) || defined(__i386__)
constexpr unsigned long kFlush = 0x8040;  // flush to zero, denormals are zero
unsigned long control() { return _mm_getcsr(); }
void set_control(unsigned long value) { _mm_setcsr(static_cast<unsigned>(value)); }
#elif defined(__aarch64__)
constexpr unsigned long kFlush = 1ul << 24;
unsigned long control() {
  unsigned long value;
  asm volatile("mrs %0, fpcr" : "=r"(value));
  return value;
}
void set_control(unsigned long value) { asm volatile("msr fpcr, %0" : : "r"(value)); }
#else
#error "tests/support/fp_traps.cpp: how does this processor flush denormals?"
#endif

}  // namespace

TrapFloatingPoint::TrapFloatingPoint() : before_(fegetexcept()) { set_traps(kTrapped); }
TrapFloatingPoint::~TrapFloatingPoint() { set_traps(before_); }

AllowFloatingPoint::AllowFloatingPoint() : before_(fegetexcept()) { set_traps(0); }
AllowFloatingPoint::~AllowFloatingPoint() { set_traps(before_); }

FlushDenormals::FlushDenormals() : before_(control()) { set_control(before_ | kFlush); }
FlushDenormals::~FlushDenormals() { set_control((control() & ~kFlush) | (before_ & kFlush)); }

bool denormals_flushed() {
  volatile double smallest = std::numeric_limits<double>::min();
  volatile double half = smallest / 2;
  return half == 0;
}

}  // namespace alfi_test
