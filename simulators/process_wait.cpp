#include "alfi/simulators/process_wait.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <system_error>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace detail {
namespace {

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

std::size_t Watch::add(int descriptor, bool to_write) {
  entries_.push_back({descriptor, to_write, false});
  return entries_.size() - 1;
}

void Watch::wait(double seconds) {
  std::vector<pollfd> polls;
  polls.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    const int events = entry.to_write ? POLLOUT : POLLIN;
    polls.push_back({entry.descriptor, static_cast<short>(events), 0});
  }
  constexpr double kLongest = 1e6;  // seconds: milliseconds fit into an int
  const int milliseconds =
      seconds < 0 ? -1 : static_cast<int>(std::ceil(1e3 * (seconds < kLongest ? seconds : kLongest)));
  const int ready = ::poll(polls.data(), polls.size(), milliseconds);
  if (ready < 0 && errno != EINTR) throw Error("simulator: poll: " + reason());
  for (std::size_t i = 0; i < polls.size(); ++i) entries_[i].ready = ready > 0 && polls[i].revents != 0;
}

WakeUp::WakeUp() : pipe_(make_pipe()) {
  ::fcntl(pipe_.read.number(), F_SETFL, O_NONBLOCK);
  ::fcntl(pipe_.write.number(), F_SETFL, O_NONBLOCK);
}

void WakeUp::call() {
  // A full pipe wakes as well as one more byte would.
  while (::write(pipe_.write.number(), "", 1) < 0 && errno == EINTR) {
  }
}

void WakeUp::clear() {
  char bytes[256];
  while (::read(pipe_.read.number(), bytes, sizeof bytes) == sizeof bytes) {
  }
}

LineLog::LineLog(const std::string& path) {
  if (path.empty()) return;
  file_ = Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!file_.open()) throw InputError("simulator.log: " + path + " cannot be written: " + reason());
}

void LineLog::write(const std::string& line) {
  if (!file_.open()) return;
  const std::string whole = line + "\n";
  // A full disk costs lines of the log, not the simulations.
  while (::write(file_.number(), whole.data(), whole.size()) < 0 && errno == EINTR) {
  }
}

std::string make_private_directory(const std::string& base) {
  const char* temporary = ::getenv("TMPDIR");
  std::string path = !base.empty() ? base : temporary != nullptr && *temporary != '\0' ? temporary : "/tmp";
  path += "/alfi-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) {
    throw InputError("simulator.directory: " + path + " cannot be made: " + reason());
  }
  return path;
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
