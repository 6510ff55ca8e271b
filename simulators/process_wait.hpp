#pragma once
#include <string>
#include <vector>

#include "alfi/simulators/process.hpp"

/// Waiting for several processes at once, and the files that go with them.

namespace alfi {
inline namespace v0 {
namespace detail {

/// Descriptors to wait for, gathered anew for each wait.
class Watch {
 public:
  void clear() { entries_.clear(); }
  /// Answers its place; a descriptor below 0 is never ready.
  std::size_t add(int descriptor, bool to_write = false);
  /// Until one is ready, or so many seconds; below 0: as long as it takes.
  void wait(double seconds);
  bool ready(std::size_t place) const { return entries_[place].ready; }

 private:
  struct Entry {
    int descriptor;
    bool to_write, ready;
  };
  std::vector<Entry> entries_;
};

/// Ends another thread's wait.
class WakeUp {
 public:
  WakeUp();
  int descriptor() const { return pipe_.read.number(); }
  void call();
  void clear();

 private:
  Pipe pipe_;
};

/// A file to which whole lines are appended; or, with no path, nothing.
class LineLog {
 public:
  /// Throws InputError where the file cannot be written.
  explicit LineLog(const std::string& path);
  void write(const std::string& line);

 private:
  Descriptor file_;
};

/// A directory of this process's own under base ("": TMPDIR, or /tmp). Throws InputError where there can be none.
std::string make_private_directory(const std::string& base);

}  // namespace detail
}  // namespace v0
}  // namespace alfi
