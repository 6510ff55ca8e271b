#pragma once
#include <chrono>
#include <optional>
#include <string>

/// Reasons to end a training early, in good order.

namespace alfi::tools {

/// While one lives, SIGINT, SIGTERM and SIGUSR1 are remembered instead of ending the process; a second SIGINT or
/// SIGTERM ends it at once, which the first SIGINT says on standard error unless quiet. One at a time.
class StopRequests {
 public:
  /// file: one that asks to stop by being there; one from before the start is taken away, and so is one obeyed.
  StopRequests(std::string file, std::optional<double> max_seconds, bool quiet);
  ~StopRequests();
  StopRequests(const StopRequests&) = delete;
  StopRequests& operator=(const StopRequests&) = delete;

  /// Why to stop ("interrupted", "--max-time is over", ..), or "" to go on.
  std::string reason();

 private:
  using Clock = std::chrono::steady_clock;
  bool file_asks();

  std::string file_;
  std::optional<double> max_seconds_;
  Clock::time_point start_ = Clock::now(), looked_ = start_;
};

}  // namespace alfi::tools
