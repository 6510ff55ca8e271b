#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "alfi/core/error.hpp"
#include "alfi/inference/safetensors.hpp"

namespace alfi {
inline namespace v0 {
namespace {

std::string reason() { return std::generic_category().message(errno); }

/// A file descriptor that closes itself.
class File {
 public:
  File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

  bool write(const std::vector<std::uint8_t>& bytes) const {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      done += static_cast<std::size_t>(count);
    }
    return true;
  }
  /// Pipes and some file systems cannot be synced; they say EINVAL, which is no failure.
  bool sync() const { return ::fsync(descriptor_) == 0 || errno == EINVAL || errno == EROFS; }
  /// Errors that a network file system reports late.
  bool close() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    return ::close(descriptor) == 0 || errno == EINTR;
  }

 private:
  int descriptor_;
};

/// True for what must be written in place: a pipe, a terminal, anything below /dev or /proc (where a link's name
/// is not the file's).
bool is_special(const std::string& path) {
  if (path.rfind("/dev/", 0) == 0 || path.rfind("/proc/", 0) == 0) return true;
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

void write_in_place(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  File file(path, O_WRONLY | O_APPEND);
  if (!file.is_open() || !file.write(bytes)) throw Error(path + ": cannot be written: " + reason());
}

/// Where a chain of links ends, so that the link stays and its target is replaced.
std::string resolved(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target.string();
}

void sync_directory(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  File directory(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
  if (!directory.is_open() || !directory.sync()) throw Error(path + ": its directory cannot be synced: " + reason());
}

}  // namespace

void write_file_atomically(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  if (is_special(path)) return write_in_place(path, bytes);
  const std::string target = resolved(path);
  const std::string partial = target + ".partial-" + std::to_string(::getpid());
  bool done = false;
  {
    File file(partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (!file.is_open()) throw Error(path + ": cannot be written: " + reason());
    done = file.write(bytes) && file.sync() && file.close();
  }
  if (!done || ::rename(partial.c_str(), target.c_str()) != 0) {
    const std::string why = reason();
    ::unlink(partial.c_str());
    throw Error(path + ": cannot be written: " + why);
  }
  sync_directory(target);
}

std::vector<std::uint8_t> read_file(const std::string& path) {
  File file(path, O_RDONLY);
  if (!file.is_open()) throw InputError(path + ": cannot be read: " + reason());
  std::vector<std::uint8_t> bytes;
  std::size_t size = 0;
  for (;;) {
    constexpr std::size_t kStep = std::size_t{1} << 16;
    bytes.resize(size + std::max(kStep, size));  // doubles: linear time whatever the size
    const ssize_t count = ::read(file.descriptor(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw InputError(path + ": cannot be read: " + reason());
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

}  // namespace v0
}  // namespace alfi
