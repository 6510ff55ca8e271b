#pragma once
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/program.hpp"

/// Rows for the program of worker_main.cpp, and what must hold of its answers.

namespace alfi_test {

using alfi::Index;

/// No child process, descriptor or directory is left of what a scope has made.
class NothingLeaks {
 public:
  NothingLeaks() : descriptors_(count("/proc/self/fd")) {}
  ~NothingLeaks() {
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
    CHECK(count("/proc/self/fd") == descriptors_);
  }
  static int count(const std::string& directory) {
    int entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) entries += !entry.path().empty();
    return entries;
  }

 private:
  int descriptors_;
};

inline alfi::SimulatorInfo program_info() {
  alfi::SimulatorInfo info;
  info.name = "program";
  info.parameters = {{"alpha", "", "", alfi::Prior::normal(0, 1)}, {"beta", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"a", "b", "high", "low"};
  return info;
}

inline alfi::ProgramOptions program_options(std::vector<std::string> words, int workers = 2) {
  alfi::ProgramOptions options;
  options.command = {ALFI_TEST_WORKER};
  options.command.insert(options.command.end(), words.begin(), words.end());
  options.workers = workers;
  return options;
}

/// Theta with awkward digits; seeds first, first + 1, .. in the low half.
struct ProgramRows {
  std::vector<double> theta, out;
  std::vector<std::uint64_t> seeds;
  std::vector<std::uint8_t> status;

  explicit ProgramRows(Index rows, std::uint64_t first = 1) {
    for (Index i = 0; i < rows; ++i) {
      const auto n = static_cast<double>(first) + static_cast<double>(i);
      theta.push_back(1 / (n + 1));
      theta.push_back(-1e-300 * n / 3);
      seeds.push_back((0xfedcba98ull << 32) + 3 + first + static_cast<std::uint64_t>(i));  // bad ones: n % 5 == 0
    }
    out.assign(static_cast<std::size_t>(4 * rows), -7);
    status.assign(static_cast<std::size_t>(rows), 0);
  }
  Index rows() const { return static_cast<Index>(seeds.size()); }
  bool bad(std::size_t i) const { return seeds[i] % 5 == 0; }

  void simulate(const alfi::RowSimulator& simulator) {
    simulator.simulate(
        {{theta.data(), rows(), 2}, {seeds.data(), rows()}, {out.data(), rows(), 4}, {status.data(), rows()}});
  }
  /// Rows that are not as they should be: ok with theta and seed, or, where bad, of that status and left alone.
  Index wrong(alfi::Status of_bad) const {
    Index count = 0;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const auto expected = bad(i) ? of_bad : alfi::Status::ok;
      bool right = status[i] == static_cast<std::uint8_t>(expected);
      const double* x = &out[4 * i];
      if (expected == alfi::Status::ok) {
        right = right && x[0] == theta[2 * i] && x[1] == theta[2 * i + 1] &&
                x[2] == static_cast<double>(seeds[i] >> 32) && x[3] == static_cast<double>(seeds[i] & 0xffffffff);
      } else {
        right = right && x[0] == -7 && x[3] == -7;
      }
      count += right ? 0 : 1;
    }
    return count;
  }
};

/// A path of this process's own.
inline std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("alfi_test_" + std::to_string(::getpid()) + "_" + name)).string();
}

inline double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// What a simulation throws.
inline std::string program_error(const alfi::RowSimulator& simulator, Index rows = 10) {
  ProgramRows calls(rows);
  try {
    calls.simulate(simulator);
  } catch (const alfi::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace alfi_test
