#include "progress.hpp"

#include <unistd.h>

#include "output.hpp"

namespace alfi::tools {
namespace {

// Seconds between two lines. A log of a long job has one a minute; its first minute says sooner that all is well.
constexpr double kTerminalInterval = 0.1, kFirstLogInterval = 5, kLogInterval = 60;

/// Past the reach of the live line.
constexpr const char* kErase = "\r\x1b[K";

}  // namespace

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

bool Progress::due() const {
  const double since = std::chrono::duration<double>(Clock::now() - shown_).count();
  const double log_interval = seconds() < kLogInterval ? kFirstLogInterval : kLogInterval;
  return !quiet_ && since >= (terminal_ ? kTerminalInterval : log_interval);
}

void Progress::show(const std::string& text) {
  if (quiet_) return;
  shown_ = Clock::now();
  if (!terminal_) return complain(now_text() + "  " + text);
  const std::string line = kErase + text;
  live_ = ::write(STDERR_FILENO, line.data(), line.size()) > 0;
}

void Progress::note(const std::string& text) {
  if (quiet_) return;
  finish();
  complain(text);
}

void Progress::finish() {
  if (live_ && ::write(STDERR_FILENO, kErase, 4) > 0) live_ = false;
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

}  // namespace alfi::tools
