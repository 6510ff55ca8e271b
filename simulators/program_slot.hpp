#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "alfi/simulators/command.hpp"
#include "alfi/simulators/process_wait.hpp"
#include "alfi/simulators/program_calls.hpp"
#include "alfi/simulators/program_text.hpp"

/// Places for processes: what one of them does between two waits.

namespace alfi {
inline namespace v0 {
namespace detail {

using Clock = std::chrono::steady_clock;

/// What all places of a simulator share.
struct ProgramSetting {
  ProgramOptions options;
  std::vector<std::string> names;  ///< of a row's entries
  Index parameters = 0, size = 0;  ///< P, D
  LineLog* log = nullptr;

  /// The most bytes of one answer: more is garbage.
  std::size_t most_bytes() const { return (std::size_t{1} << 20) + 64 * static_cast<std::size_t>(size); }
};

class Slot {
 public:
  virtual ~Slot() = default;
  /// Takes calls, as many as suit it, and starts a process where it has none.
  virtual void give(Calls& calls) = 0;
  virtual void watch(Watch& watch) = 0;
  /// Seconds until act() is due though nothing is ready; infinite: none.
  virtual double patience(Clock::time_point now) const = 0;
  /// Reads what there is, answers calls, ends a process that takes too long.
  virtual void act(Calls& calls, const Watch& watch, Clock::time_point now) = 0;
  virtual void close_input() = 0;
  /// Ends the process, which has so many seconds to end by itself; its calls are forgotten.
  virtual void stop(double seconds) = 0;
};

std::unique_ptr<Slot> make_worker_slot(const ProgramSetting& setting, int number);

/// Where runs have their directories: one for each place, and those that are kept. Made when it is first needed;
/// removed with what is in it unless something is kept.
class RunDirectories {
 public:
  explicit RunDirectories(std::string base) : base_(std::move(base)) {}
  ~RunDirectories();
  RunDirectories(const RunDirectories&) = delete;
  RunDirectories& operator=(const RunDirectories&) = delete;

  /// An empty directory for a run of place `number`. Throws Error.
  std::string fresh(int number);
  /// Keeps it unless there are ten; answers "; kept: DIRECTORY" or "".
  std::string keep(int number);

 private:
  std::string path(int number) const;
  std::string base_, root_;
  int kept_ = 0;
};

std::unique_ptr<Slot> make_run_slot(const ProgramSetting& setting, const CommandPattern& pattern,
                                    RunDirectories& directories, int number);

}  // namespace detail
}  // namespace v0
}  // namespace alfi
