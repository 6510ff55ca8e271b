#pragma once
#include <stdexcept>

/// How the command ends.

namespace alfi::tools {

enum ExitStatus : int {
  kDone = 0,
  kFailed = 1,
  kBadInput = 2,  ///< wrong use, or input that cannot be used
  kStopped = 3,   ///< early, with a checkpoint
};

/// Wrong use of the command line; answered with a line "usage: ..".
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nobody reads standard output any more (alfi simulators | head): no failure, but nothing left to do.
class ClosedPipe : public std::runtime_error {
 public:
  ClosedPipe() : std::runtime_error("standard output is closed") {}
};

}  // namespace alfi::tools
