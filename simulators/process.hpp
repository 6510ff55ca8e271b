#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

/// Other programs and the pipes to them: with process_wait.hpp, the only place of the library that knows POSIX's
/// processes. Nothing global is changed: no signal handler, no environment, no working directory; every descriptor is
/// O_CLOEXEC; only children of its own are waited for.

namespace alfi {
inline namespace v0 {
namespace detail {

/// An open file, closed with it; -1: none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read, write;
};
/// Throws Error where the system has no descriptors left.
Pipe make_pipe();

/// How a child process came to its end.
struct Ended {
  bool known = false;        ///< false: somebody else has asked the system for it
  int status = 0;            ///< of exit()
  int signal = 0;            ///< that ended it; 0: none
  std::string text() const;  ///< "exit status 3", "signal 9 (Killed)"
};

struct Launch {
  std::vector<std::string> words;  ///< the program (looked for in PATH unless it has a slash) and its arguments
  std::string directory;           ///< where it runs; "": where this program does
  bool takes_input = true;         ///< else its standard input is empty
  bool merged = false;             ///< its standard output goes where its standard error goes
};

/// What reading or writing came to.
enum class Flow { some, none, end };

/// A child process, the leader of a process group of its own, so that what it starts can be ended with it (and so that
/// a terminal's interrupt, meant for the program that trains, does not reach it). Its signal mask is empty and SIGPIPE
/// is what it is by default. Nothing here waits for it but end().
class Process {
 public:
  Process() = default;
  /// Throws InputError where the program cannot be run, Error where the system lacks descriptors or processes.
  explicit Process(const Launch& launch);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process() { end(0); }

  bool started() const { return id_ > 0; }
  int id() const { return id_; }
  int input() const { return input_.number(); }  ///< descriptors to wait for
  int output() const { return output_.number(); }
  int errors() const { return errors_.number(); }

  /// Writes what there is room for and moves `written` on; end: it reads no more.
  /// SIGPIPE must be held (BrokenPipes), since a program that has ended would raise it.
  Flow write(const std::string& bytes, std::size_t& written);
  /// Appends up to 64 KiB of what it wrote; end: there will be no more.
  Flow read_output(std::string& bytes) { return read(output_, bytes); }
  Flow read_errors(std::string& bytes) { return read(errors_, bytes); }
  void close_input() { input_.close(); }

  bool has_ended() const;
  /// Closes the pipes, leaves it so many seconds to end by itself, ends it and its group by SIGKILL, and reaps it.
  Ended end(double seconds);

 private:
  Flow read(Descriptor& from, std::string& bytes);
  int id_ = 0;
  Descriptor input_, output_, errors_;
};

/// While it lives, SIGPIPE is held back from this thread; one that its writes raised is taken away at its end.
class BrokenPipes {
 public:
  BrokenPipes();
  ~BrokenPipes();
  BrokenPipes(const BrokenPipes&) = delete;
  BrokenPipes& operator=(const BrokenPipes&) = delete;

 private:
  bool blocked_before_, pending_before_;
};

}  // namespace detail
}  // namespace v0
}  // namespace alfi
