#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/simulators/program_slot.hpp"

/// Runs: a process for each call, in a directory of its own.

namespace alfi {
inline namespace v0 {
namespace detail {
namespace {

namespace fs = std::filesystem;

constexpr int kMostKept = 10;
// A process whose pipes are closed, or are held open by what it has left behind, is looked after so often.
constexpr double kOften = 1e-3, kSeldom = 0.1;

class RunSlot : public Slot {
 public:
  RunSlot(const ProgramSetting& setting, const CommandPattern& pattern, RunDirectories& directories, int number)
      : setting_(setting),
        pattern_(pattern),
        directories_(directories),
        number_(number),
        words_("run " + std::to_string(number) + ": "),
        x_(static_cast<std::size_t>(setting.size)) {}

  void give(Calls& calls) override {
    if (process_.started() || !(calls.take_suspect(call_) || calls.take(call_))) return;
    directory_ = directories_.fresh(number_);
    const std::string input = directory_ + "/input", output = directory_ + "/output";
    if (pattern_.has_input()) write_input(input);
    since_ = Clock::now();
    printed_.clear();
    process_ = Process(
        {pattern_.filled(call_.theta(), call_.seed(), input, output), directory_, false, pattern_.has_output()});
  }

  void watch(Watch& watch) override {
    output_at_ = watch.add(process_.output());
    errors_at_ = watch.add(process_.errors());
  }

  double patience(Clock::time_point now) const override {
    if (!process_.started()) return std::numeric_limits<double>::infinity();
    const double often = process_.output() < 0 && process_.errors() < 0 ? kOften : kSeldom;
    return setting_.options.timeout > 0 ? std::max(0.0, std::min(often, left(now))) : often;
  }

  void act(Calls& calls, const Watch& watch, Clock::time_point now) override {
    if (!process_.started()) return;
    if (watch.ready(errors_at_)) read_errors();
    if (watch.ready(output_at_)) process_.read_output(printed_);
    if (process_.has_ended()) {
      finish(calls);
    } else if (printed_.size() > setting_.most_bytes()) {
      fail(calls, Trouble::garbled, too_long());
    } else if (setting_.options.timeout > 0 && left(now) <= 0) {
      std::string why = "not done after ";
      append_number(why, setting_.options.timeout);
      fail(calls, Trouble::timed_out, why + " seconds (simulator.timeout)");
    }
  }

  void close_input() override {}
  void stop(double seconds) override {
    process_.end(seconds);
    words_.take(*setting_.log);
  }

 private:
  double left(Clock::time_point now) const {
    return setting_.options.timeout - std::chrono::duration<double>(now - since_).count();
  }

  std::string too_long() const {
    return "got more than " + std::to_string(setting_.most_bytes()) + " bytes, expected " + std::to_string(x_.size()) +
           " numbers";
  }

  void write_input(const std::string& path) const {
    std::string line;
    for (Index p = 0; p < setting_.parameters; ++p) {
      if (p > 0) line += ' ';
      append_number(line, call_.theta()[p]);
    }
    std::ofstream file(path, std::ios::binary);
    file << line << '\n';
    if (!file.flush()) throw Error("simulator.directory: " + path + " cannot be written");
  }

  Flow read_errors() {
    errors_.clear();
    const Flow flow = process_.read_errors(errors_);
    words_.add(errors_, *setting_.log);
    return flow;
  }

  void finish(Calls& calls) {
    while (printed_.size() <= setting_.most_bytes() && process_.read_output(printed_) == Flow::some) {
    }
    read_last_errors();
    const Ended ended = process_.end(0);
    if (!ended.known || ended.status != 0 || ended.signal != 0) return fail(calls, Trouble::ended, ended.text());
    std::string why;
    if (pattern_.has_output() && !read_output_file(why)) return fail(calls, Trouble::garbled, why);
    if (printed_.size() > setting_.most_bytes()) return fail(calls, Trouble::garbled, too_long());
    if (!read_answer_file(printed_, setting_.names, x_, why)) {
      return fail(calls, Trouble::garbled, (pattern_.has_output() ? "its output: " : "on its standard output: ") + why);
    }
    words_.take(*setting_.log);
    calls.answer(call_, Status::ok, x_.data());
  }

  bool read_output_file(std::string& why) {
    std::ifstream file(directory_ + "/output", std::ios::binary);
    printed_.resize(setting_.most_bytes() + 1);
    if (file) file.read(printed_.data(), static_cast<std::streamsize>(printed_.size()));
    if (!file.eof() && file.gcount() == 0) {
      why = "it has left no file " + directory_ + "/output that can be read";
      return false;
    }
    printed_.resize(static_cast<std::size_t>(file.gcount()));
    return true;
  }

  void read_last_errors() {
    constexpr int kMostReads = 16;  // of what it has left behind, which may write on
    for (int i = 0; i < kMostReads && read_errors() == Flow::some; ++i) {
    }
  }

  void fail(Calls& calls, Trouble trouble, const std::string& why) {
    if (process_.started()) {
      read_last_errors();
      process_.end(0);
    }
    const std::string said = words_.take(*setting_.log);
    calls.spoilt({call_}, trouble, why + said + directories_.keep(number_));
  }

  const ProgramSetting& setting_;
  const CommandPattern& pattern_;
  RunDirectories& directories_;
  int number_;
  LastWords words_;
  std::vector<double> x_;
  Process process_;
  Call call_;
  std::string directory_, printed_, errors_;
  Clock::time_point since_;
  std::size_t output_at_ = 0, errors_at_ = 0;
};

}  // namespace

std::string RunDirectories::path(int number) const { return root_ + "/run_" + std::to_string(number); }

std::string RunDirectories::fresh(int number) {
  if (root_.empty()) root_ = make_private_directory(base_);
  const std::string directory = path(number);
  std::error_code error;
  fs::create_directory(directory, error);
  fs::directory_iterator entries(directory, error);
  for (const fs::directory_iterator end; !error && entries != end; entries.increment(error)) {
    fs::remove_all(entries->path(), error);
    if (error) break;
  }
  if (error) throw Error("simulator.directory: " + directory + " cannot be emptied: " + error.message());
  return directory;
}

std::string RunDirectories::keep(int number) {
  if (kept_ == kMostKept) return "";
  const std::string name = root_ + "/failed_" + std::to_string(kept_ + 1);
  std::error_code error;
  fs::rename(path(number), name, error);
  if (error) return "";
  ++kept_;
  return "; kept: " + name;
}

RunDirectories::~RunDirectories() {
  if (root_.empty()) return;
  std::error_code ignored;
  if (kept_ == 0) {
    fs::remove_all(root_, ignored);
    return;
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(root_, ignored)) {
    if (entry.path().filename().string().rfind("run_", 0) == 0) fs::remove_all(entry.path(), ignored);
  }
}

std::unique_ptr<Slot> make_run_slot(const ProgramSetting& setting, const CommandPattern& pattern,
                                    RunDirectories& directories, int number) {
  return std::make_unique<RunSlot>(setting, pattern, directories, number);
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
