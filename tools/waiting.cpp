#include "waiting.hpp"

#include <unistd.h>

#include <csignal>

#include "alfi/core/text.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

constexpr double kFirst = 5;  // seconds; then twice as long each time

std::string waiting_text(const std::string& name, Index calls, double seconds, bool first) {
  const std::string since = " after " + duration_text(seconds);
  if (calls > 0) return name + " has answered " + counted(calls, "call") + since;
  const std::string advice = first ? "" : "; does it read line by line, and flush what it writes? (simulator.timeout)";
  return "waiting for the first answer of " + name + since + advice;
}

}  // namespace

Waiting::Waiting(const ConfiguredSimulator& simulator, bool quiet, const std::string& doing)
    : program_(simulator.program), doing_(::isatty(STDERR_FILENO) == 1 ? doing : "") {
  if (quiet || (!program_ && doing_.empty())) return;
  name_ = simulator.simulator.info().name + ", " + simulator.simulator.info().summary + ",";
  // Signals are for the other threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { look(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Waiting::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Waiting::look() {
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  for (double seconds = kFirst;; seconds *= 2) {
    const auto due =
        start + std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
    if (changed_.wait_until(lock, due, [this] { return ended_; })) return;
    tell(seconds);
  }
}

void Waiting::tell(double seconds) const {
  if (program_ && program_->under_way() > 0) {
    complain("alfi: " + waiting_text(name_, program_->failures().calls, seconds, seconds == kFirst));
  } else if (!doing_.empty()) {
    complain("alfi: still " + doing_ + " after " + duration_text(seconds));
  }
}

}  // namespace alfi::tools
