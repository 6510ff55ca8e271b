#pragma once
#include <string>

#include "report/findings.hpp"

namespace alfi::tools {

/// history.csv of a training. Rows that are no whole row of numbers (one that was being written) are left out. Throws
/// InputError "FILE: ..." where it cannot be read or its header is another.
report::History read_history(const std::string& path);

}  // namespace alfi::tools
