#pragma once

/// Floating-point environments that a host program may impose, for the calling thread and the threads it then makes.
/// Each restores what it found.

namespace alfi_test {

/// Invalid operations, divisions by zero and overflows end in SIGFPE (which doctest reports as a failed test case).
class TrapFloatingPoint {
 public:
  TrapFloatingPoint();
  ~TrapFloatingPoint();
  TrapFloatingPoint(const TrapFloatingPoint&) = delete;
  TrapFloatingPoint& operator=(const TrapFloatingPoint&) = delete;

 private:
  int before_;
};

/// No traps: for a test that itself computes what must not be computed, such as 0/0 as an input.
class AllowFloatingPoint {
 public:
  AllowFloatingPoint();
  ~AllowFloatingPoint();
  AllowFloatingPoint(const AllowFloatingPoint&) = delete;
  AllowFloatingPoint& operator=(const AllowFloatingPoint&) = delete;

 private:
  int before_;
};

/// Denormal results become zero, denormal inputs count as zero.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned long before_;
};

/// Whether this thread flushes denormals now: where a test's reference is a denormal it may ask.
bool denormals_flushed();

}  // namespace alfi_test
