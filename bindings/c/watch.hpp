#pragma once
#include <string>

#include "handles.hpp"

/// The caller's callbacks that look on, while it trains or infers.

namespace alfi {
inline namespace v0 {
namespace c {

struct Watch {
  alfi_watch watch = nullptr;
  alfi_log log = nullptr;
  void* user = nullptr;
  std::int64_t steps = 0;  ///< iterations of an inference

  /// Throws Cancelled where the caller asks to stop.
  void look(alfi_progress progress) const {
    if (watch == nullptr) return;
    progress.size = sizeof(alfi_progress);
    if (watch(&progress, user) == 0) return;
    throw Cancelled("stopped by its watch after " + std::to_string(progress.step) + " of " +
                    std::to_string(progress.steps));
  }
  void tell(const std::string& line) const {
    if (log != nullptr) log(line.c_str(), user);
  }
};

}  // namespace c
}  // namespace v0
}  // namespace alfi
