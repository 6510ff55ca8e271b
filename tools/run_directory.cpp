#include "run_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi::tools {
namespace {

namespace fs = std::filesystem;

std::string reason() { return std::generic_category().message(errno); }

}  // namespace

RunDirectory::RunDirectory(const std::string& path) : path_(path), lock_path_(path + "/lock") {
  std::error_code error;
  fs::create_directories(path_, error);
  if (!fs::is_directory(path_)) {
    throw Error("--output " + path_ +
                ": the directory cannot be made: " + (error ? error.message() : "there is a file of that name"));
  }
  lock();
  remove_partial_files();
}

RunDirectory::~RunDirectory() {
  ::unlink(lock_path_.c_str());  // while it is still ours
  ::close(lock_);
}

void RunDirectory::lock() {
  for (;;) {
    lock_ = ::open(lock_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock_ < 0) throw Error("--output " + path_ + ": cannot be written: " + reason());
    const bool locked = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
    const int error = errno;
    struct stat status {};
    // A file that its last owner removed between our two calls locks nothing: try again.
    if (locked && ::fstat(lock_, &status) == 0 && status.st_nlink > 0) return;
    ::close(lock_);
    if (locked) continue;
    throw Error("--output " + path_ + ": " +
                (error == EWOULDBLOCK ? "another training is writing there; expected one at a time"
                                      : "cannot be locked: " + std::generic_category().message(error)));
  }
}

void RunDirectory::remove_partial_files() const {
  std::error_code ignored;
  for (const std::string& file : {model(), configuration(), checkpoint(), run()}) {
    const std::string prefix = fs::path(file).filename().string() + ".partial-";
    for (const fs::directory_entry& entry : fs::directory_iterator(path_, ignored)) {
      if (entry.path().filename().string().rfind(prefix, 0) == 0) fs::remove(entry.path(), ignored);
    }
  }
}

History::History(const std::string& path, Index steps, Index kept)
    : path_(path), steps_(steps), every_(std::max<Index>(1, (steps + kMostRows - 1) / kMostRows)), size_(kept) {
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct stat status {};
  if (file_ < 0 || ::fstat(file_, &status) != 0) throw Error(path_ + ": cannot be written: " + reason());
  if (status.st_size < kept) {
    ::close(file_);
    throw InputError(path_ + ": has " + std::to_string(status.st_size) + " bytes, expected at least the " +
                     std::to_string(kept) + " of the checkpoint");
  }
  if (::ftruncate(file_, kept) != 0) {
    const std::string why = reason();
    ::close(file_);
    throw Error(path_ + ": cannot be shortened: " + why);
  }
  if (kept == 0) pending_ = "step,simulator_calls,loss,rmse,learning_rate,gradient_norm,failed,seconds\n";
}

History::~History() { ::close(file_); }

void History::add(const StepReport& r, double seconds) {
  if (r.step % every_ != 0 && r.step != steps_) return;
  pending_ += std::to_string(r.step) + "," + std::to_string(r.simulator_calls) + "," + number_text(r.loss) + "," +
              number_text(r.rmse) + "," + number_text(r.learning_rate) + "," + number_text(r.gradient_norm) + "," +
              std::to_string(r.failed) + "," + number_text(seconds) + "\n";
}

Index History::flush() {
  while (!pending_.empty()) {
    const ssize_t count = ::write(file_, pending_.data(), pending_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(path_ + ": cannot be written: " + reason());
    size_ += count;
    pending_.erase(0, static_cast<std::size_t>(count));
  }
  if (::fsync(file_) != 0 && errno != EINVAL) throw Error(path_ + ": cannot be written: " + reason());
  return size_;
}

}  // namespace alfi::tools
