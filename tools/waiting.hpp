#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "alfi/inference/configured_simulator.hpp"

/// What there is to say while nothing else is said: whether a program answers at all.

namespace alfi::tools {

/// While one lives, a simulator that is a program is looked at after 5, 10, 20, 40, .. seconds, and where calls are
/// under way a line on standard error says how many it has answered. On a terminal, where it is told what is being
/// done ("inferring"), it says that this goes on where no program has a call. Nothing when quiet.
class Waiting {
 public:
  Waiting(const ConfiguredSimulator& simulator, bool quiet, const std::string& doing = "");
  ~Waiting() { end(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// From here on something else is said.
  void end();

 private:
  void look();
  void tell(double seconds) const;

  std::shared_ptr<const ProgramSimulator> program_;
  std::string name_, doing_;  ///< "": not told of
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace alfi::tools
