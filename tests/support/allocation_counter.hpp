#pragma once
#include <cstdint>

/// What is asked of operator new, in every thread. The test programs replace the global operators
/// (allocation_counter.cpp); memory got by malloc is not seen.

namespace alfi_test {

/// Counts calls from its construction on.
class AllocationCounter {
 public:
  AllocationCounter();
  /// Calls of operator new so far.
  std::int64_t count() const;

 private:
  std::int64_t start_;
};

/// Bytes handed out and not given back, as the heap has rounded them up.
std::int64_t bytes_in_use();

}  // namespace alfi_test
