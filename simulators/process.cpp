#include "alfi/simulators/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace detail {
namespace {

constexpr std::size_t kBytes = 65536;  // of one read

std::string reason(int error) { return std::generic_category().message(error); }

void require_done(int error, const char* what) {
  if (error != 0) throw Error(std::string("simulator: ") + what + ": " + reason(error));
}

/// Where the host has closed its standard streams a pipe could become one of the child's before its time.
Descriptor above_standard(Descriptor low) {
  if (low.number() > STDERR_FILENO) return low;
  Descriptor high(::fcntl(low.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high.open()) require_done(errno, "no pipe");
  return high;
}

void do_not_wait(const Descriptor& descriptor) { ::fcntl(descriptor.number(), F_SETFL, O_NONBLOCK); }

/// posix_spawn's description of what the child finds.
class Surroundings {
 public:
  Surroundings() {
    require_done(::posix_spawn_file_actions_init(&actions_), "posix_spawn");
    const int error = ::posix_spawnattr_init(&attributes_);
    if (error != 0) ::posix_spawn_file_actions_destroy(&actions_);
    require_done(error, "posix_spawn");
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigaddset(&signals, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Surroundings() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  void connect(int from, int to) { require_done(::posix_spawn_file_actions_adddup2(&actions_, from, to), "dup2"); }
  void empty_input() {
    require_done(::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0), "/dev/null");
  }
  void enter(const std::string& directory) {
    require_done(::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()), "chdir");
  }
  /// The child's id.
  pid_t spawn(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t id = 0;
    const int error = ::posix_spawnp(&id, arguments[0], &actions_, &attributes_, arguments.data(), environ);
    if (error == EAGAIN || error == ENOMEM) require_done(error, "no process");
    if (error != 0) throw InputError("simulator.command: " + words[0] + " cannot be run: " + reason(error));
    return id;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  close();
  std::swap(number_, other.number_);
  return *this;
}

void Descriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) require_done(errno, "no pipe");
  Descriptor read(ends[0]), write(ends[1]);
  return {above_standard(std::move(read)), above_standard(std::move(write))};
}

std::string Ended::text() const {
  if (!known) return "it ended";
  if (signal == 0) return "exit status " + std::to_string(status);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

Process::Process(const Launch& launch) {
  std::vector<std::string> words = launch.words;
  Surroundings surroundings;
  if (!launch.directory.empty()) {
    surroundings.enter(launch.directory);
    // What is meant from here is found from here.
    if (words[0].find('/') != std::string::npos) words[0] = std::filesystem::absolute(words[0]).string();
  }
  Pipe in, out, err = make_pipe();
  if (launch.takes_input) {
    in = make_pipe();
    surroundings.connect(in.read.number(), STDIN_FILENO);
    do_not_wait(in.write);
  } else {
    surroundings.empty_input();
  }
  if (!launch.merged) {
    out = make_pipe();
    do_not_wait(out.read);
  }
  surroundings.connect(launch.merged ? err.write.number() : out.write.number(), STDOUT_FILENO);
  surroundings.connect(err.write.number(), STDERR_FILENO);
  do_not_wait(err.read);
  id_ = surroundings.spawn(words);
  input_ = std::move(in.write);
  output_ = std::move(out.read);
  errors_ = std::move(err.read);
}

Process::Process(Process&& other) noexcept
    : id_(other.id_),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {
  other.id_ = 0;
}

Process& Process::operator=(Process&& other) noexcept {
  end(0);
  std::swap(id_, other.id_);
  input_ = std::move(other.input_);
  output_ = std::move(other.output_);
  errors_ = std::move(other.errors_);
  return *this;
}

Flow Process::write(const std::string& bytes, std::size_t& written) {
  if (!input_.open()) return Flow::end;
  const ssize_t count = ::write(input_.number(), bytes.data() + written, bytes.size() - written);
  if (count >= 0) {
    written += static_cast<std::size_t>(count);
    return Flow::some;
  }
  return errno == EAGAIN || errno == EINTR ? Flow::none : Flow::end;
}

Flow Process::read(Descriptor& from, std::string& bytes) {
  if (!from.open()) return Flow::end;
  const std::size_t size = bytes.size();
  bytes.resize(size + kBytes);
  const ssize_t count = ::read(from.number(), &bytes[size], kBytes);
  const int error = errno;
  bytes.resize(size + static_cast<std::size_t>(count > 0 ? count : 0));
  if (count > 0) return Flow::some;
  if (count < 0 && (error == EAGAIN || error == EINTR)) return Flow::none;
  from.close();
  return Flow::end;
}

bool Process::has_ended() const {
  siginfo_t info{};
  // Not reaped yet: its number, which is its group's too, must not become another's.
  return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

Ended Process::end(double seconds) {
  Ended ended;
  if (!started()) return ended;
  input_.close();
  output_.close();
  errors_.close();
  const auto last = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!has_ended() && std::chrono::steady_clock::now() < last) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(-id_, SIGKILL);
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(id_, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  ended.known = reaped == id_;
  if (ended.known && WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  if (ended.known && WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  id_ = 0;
  return ended;
}

BrokenPipes::BrokenPipes() {
  sigset_t held, before, pending;
  ::sigemptyset(&held);
  ::sigaddset(&held, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &held, &before);
  ::sigpending(&pending);
  blocked_before_ = ::sigismember(&before, SIGPIPE) == 1;
  pending_before_ = ::sigismember(&pending, SIGPIPE) == 1;
}

BrokenPipes::~BrokenPipes() {
  sigset_t held;
  ::sigemptyset(&held);
  ::sigaddset(&held, SIGPIPE);
  const timespec at_once{0, 0};
  if (!pending_before_) {
    while (::sigtimedwait(&held, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  if (!blocked_before_) ::pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
