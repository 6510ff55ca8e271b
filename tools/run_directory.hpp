#pragma once
#include <string>

#include "alfi/inference/trainer.hpp"

/// The directory that a training writes.

namespace alfi::tools {

/// Made and locked: one process at a time, until this is gone or the process is (however it ends).
class RunDirectory {
 public:
  /// Throws Error where it cannot be made, written or locked.
  explicit RunDirectory(const std::string& path);
  ~RunDirectory();
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string model() const { return path_ + "/model.safetensors"; }
  std::string configuration() const { return path_ + "/config.toml"; }
  std::string history() const { return path_ + "/history.csv"; }
  std::string checkpoint() const { return path_ + "/checkpoint.safetensors"; }
  std::string run() const { return path_ + "/run.json"; }
  std::string bank() const { return path_ + "/bank.safetensors"; }  ///< of a training with a budget
  std::string stop() const { return path_ + "/stop"; }

 private:
  void lock();
  void remove_partial_files() const;

  std::string path_, lock_path_;
  int lock_ = -1;
};

/// history.csv: one row a step, or every few where there are more than kMostRows.
class History {
 public:
  static constexpr Index kMostRows = 20000;

  /// kept: bytes of what is there that stay (0: a new file with its header). Throws Error where it cannot be written;
  /// InputError where there is less than kept.
  History(const std::string& path, Index steps, Index kept);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void add(const StepReport& report, double seconds);
  /// Writes what was added; how long the file now is. Throws Error.
  Index flush();

 private:
  std::string path_, pending_;
  Index steps_, every_, size_;
  int file_ = -1;
};

}  // namespace alfi::tools
