#pragma once
#include <cstdint>

/// Counts calls of operator new, in every thread, from its construction on. The test programs replace the global
/// operators (allocation_counter.cpp); memory got by malloc is not seen.

namespace alfi_test {

class AllocationCounter {
 public:
  AllocationCounter();
  /// Calls of operator new so far.
  std::int64_t count() const;

 private:
  std::int64_t start_;
};

}  // namespace alfi_test
