#pragma once
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "alfi/inference/configured_simulator.hpp"

/// What there is to say while nothing else is said: whether a program answers at all.

namespace alfi::tools {

/// While one lives, a simulator that is a program is looked at after 5, 10, 20, 40, .. seconds, and where calls are
/// under way a line on standard error says how many it has answered. Nothing when quiet, or where the simulator is
/// built in.
class Waiting {
 public:
  Waiting(const ConfiguredSimulator& simulator, bool quiet);
  ~Waiting() { end(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// From here on something else is said.
  void end();

 private:
  void look();

  std::shared_ptr<const ProgramSimulator> program_;
  std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace alfi::tools
