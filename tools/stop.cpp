#include "stop.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

namespace alfi::tools {
namespace {

// What a handler may touch; a handler takes no argument, so this cannot belong to an object.
volatile std::sig_atomic_t received = 0;
volatile std::sig_atomic_t is_quiet = 0;

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1};
constexpr double kFileInterval = 0.2;  // seconds between looks at the stop file

void remember(int signal) {
  received = signal;
  constexpr char kSaid[] = "\nalfi: stops after this step; another interrupt ends it at once\n";
  if (signal != SIGINT || is_quiet != 0) return;
  const int before = errno;
  if (::write(STDERR_FILENO, kSaid, sizeof kSaid - 1) < 0) errno = 0;  // nobody is left to be told
  errno = before;
}

void install(void (*handler)(int), int flags) {
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  for (const int signal : kSignals) {
    // The second interrupt finds the default again: it ends the process.
    action.sa_flags = signal == SIGUSR1 ? (flags & ~static_cast<int>(SA_RESETHAND)) : flags;
    sigaction(signal, &action, nullptr);
  }
}

}  // namespace

StopRequests::StopRequests(std::string file, std::optional<double> max_seconds, bool quiet)
    : file_(std::move(file)), max_seconds_(max_seconds) {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
  received = 0;
  is_quiet = quiet ? 1 : 0;
  install(remember, static_cast<int>(SA_RESTART | SA_RESETHAND));
}

StopRequests::~StopRequests() { install(SIG_DFL, 0); }

std::string StopRequests::reason() {
  if (received == SIGINT) return "interrupted";
  if (received == SIGTERM) return "terminated by a signal";
  if (received == SIGUSR1) return "asked to stop by SIGUSR1";
  const Clock::time_point now = Clock::now();
  if (max_seconds_ && std::chrono::duration<double>(now - start_).count() >= *max_seconds_) return "--max-time is over";
  if (std::chrono::duration<double>(now - looked_).count() < kFileInterval) return "";
  looked_ = now;
  return file_asks() ? "asked to stop by the file " + file_ : "";
}

bool StopRequests::file_asks() {
  std::error_code ignored;
  return std::filesystem::remove(file_, ignored);
}

}  // namespace alfi::tools
