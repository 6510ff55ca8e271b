#pragma once
#include "alfi/core/portable.hpp"

namespace alfi::tools {

/// The most memory, in bytes, that this process has held at a time, its own alone (VmHWM of /proc/self/status; not
/// getrusage's, which begins with that of the process that started this one). 0 where the system does not say.
Index peak_memory();

}  // namespace alfi::tools
