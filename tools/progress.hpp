#pragma once
#include <chrono>
#include <string>

/// How a long computation shows that it lives, on standard error: on a terminal one line that changes, elsewhere lines
/// with the time, every five seconds and after a minute every minute; nothing when quiet.

namespace alfi::tools {

class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress() { finish(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Whether enough time has passed for show() to be worth its text.
  bool due() const;
  void show(const std::string& text);
  /// A line that stays.
  void note(const std::string& text);
  /// Takes the live line away.
  void finish();

  double seconds() const;  ///< since this was made

 private:
  using Clock = std::chrono::steady_clock;
  bool quiet_, terminal_, live_ = false;
  Clock::time_point start_ = Clock::now(), shown_ = start_;
};

}  // namespace alfi::tools
