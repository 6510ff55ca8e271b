#include "alfi/simulators/program.hpp"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/program_slot.hpp"

namespace alfi {
inline namespace v0 {
namespace {

using namespace detail;

constexpr double kFarewell = 0.5;  // seconds for workers to end once their input has

[[noreturn]] void refuse(const std::string& key, const std::string& got, const std::string& wanted) {
  throw InputError("simulator." + key + ": got " + got + ", expected " + wanted);
}

const ProgramOptions& checked(const ProgramOptions& o) {
  if (o.command.empty()) refuse("command", "nothing", "a program");
  if (o.command.front().empty()) refuse("command", "an empty first word", "a program");
  for (const std::string& word : o.command) {
    if (word.find('\0') != std::string::npos) refuse("command", "a word with a zero byte", "none");
  }
  if (o.workers < 1) refuse("workers", std::to_string(o.workers), "at least 1");
  if (o.window < 1) refuse("window", std::to_string(o.window), "at least 1");
  if (o.retries < 0) refuse("retries", std::to_string(o.retries), "at least 0");
  if (!std::isfinite(o.timeout) || o.timeout < 0) refuse("timeout", number_text(o.timeout), "a number of seconds");
  return o;
}

std::vector<std::string> parameter_names(const SimulatorInfo& info) {
  std::vector<std::string> names;
  for (const Parameter& parameter : info.parameters) names.push_back(parameter.name);
  return names;
}

}  // namespace

/// One of the threads in simulate() serves: it alone touches `calls` and `slots`. The others wait for their batches,
/// and one of them goes on where the serving one has what it wants.
struct ProgramSimulator::State {
  State(const SimulatorInfo& info, const ProgramOptions& options)
      : setting{checked(options), info.observation.names, static_cast<Index>(info.parameters.size()),
                info.observation.size(), nullptr},
        log(options.log),
        directories(options.directory),
        calls(options, info.observation) {
    setting.log = &log;
    if (options.mode == ProgramMode::run) pattern.emplace(options.command, parameter_names(info));
    for (int i = 1; i <= options.workers; ++i) {
      slots.push_back(pattern ? make_run_slot(setting, *pattern, directories, i) : make_worker_slot(setting, i));
    }
  }

  ~State() { stop(kFarewell); }

  void stop(double seconds) {
    const auto last = Clock::now() + std::chrono::duration<double>(seconds);
    for (const auto& slot : slots) slot->close_input();
    for (const auto& slot : slots) {
      slot->stop(std::max(0.0, std::chrono::duration<double>(last - Clock::now()).count()));
    }
  }

  void serve(std::unique_lock<std::mutex>& lock, const Batch& own);
  void turn();
  void give_up(std::unique_lock<std::mutex>& lock);

  ProgramSetting setting;
  LineLog log;
  RunDirectories directories;
  std::optional<CommandPattern> pattern;
  std::vector<std::unique_ptr<Slot>> slots;
  Calls calls;
  Watch watch;
  WakeUp wake_up;

  std::mutex mutex;  ///< of all that follows, and of Batch::done
  std::condition_variable changed;
  std::vector<Batch*> inbox;
  bool serving = false;
  Index asked = 0;  ///< rows of simulate() calls that have not returned
  FailureReport report;
};

/// Gives, waits, reads: once.
void ProgramSimulator::State::turn() {
  for (const auto& slot : slots) slot->give(calls);
  watch.clear();
  const std::size_t woken = watch.add(wake_up.descriptor());
  double patience = std::numeric_limits<double>::infinity();
  Clock::time_point now = Clock::now();
  for (const auto& slot : slots) {
    slot->watch(watch);
    patience = std::min(patience, slot->patience(now));
  }
  watch.wait(std::isfinite(patience) ? patience : -1);
  if (watch.ready(woken)) wake_up.clear();
  now = Clock::now();
  for (const auto& slot : slots) slot->act(calls, watch, now);
}

void ProgramSimulator::State::serve(std::unique_lock<std::mutex>& lock, const Batch& own) {
  const BrokenPipes held;
  serving = true;
  try {
    while (!own.done) {
      for (Batch* batch : inbox) calls.add(*batch);
      inbox.clear();
      lock.unlock();
      turn();
      lock.lock();
      const std::vector<Batch*> finished = calls.finished();
      for (Batch* batch : finished) batch->done = true;
      report = calls.report();
      if (!finished.empty()) changed.notify_all();
    }
  } catch (...) {
    give_up(lock);
  }
  serving = false;
  changed.notify_all();
}

/// Nothing more will come: every batch gets the exception that is being handled. Later ones find new processes.
void ProgramSimulator::State::give_up(std::unique_lock<std::mutex>& lock) {
  const std::exception_ptr error = std::current_exception();
  stop(0);
  if (!lock.owns_lock()) lock.lock();
  for (Batch* batch : calls.finished()) batch->done = true;
  std::vector<Batch*> left = calls.abandon();
  left.insert(left.end(), inbox.begin(), inbox.end());
  inbox.clear();
  for (Batch* batch : left) {
    batch->error = error;
    batch->done = true;
  }
  report = calls.report();
}

ProgramSimulator::ProgramSimulator(const SimulatorInfo& info, const ProgramOptions& options)
    : state_(std::make_unique<State>(info, options)) {}
ProgramSimulator::~ProgramSimulator() = default;

void ProgramSimulator::simulate(const RowsRequest& request) const {
  if (request.theta.rows == 0) return;
  State& s = *state_;
  require_shape("ProgramSimulator::simulate", "theta", request.theta, request.theta.rows, s.setting.parameters);
  require_shape("ProgramSimulator::simulate", "out", request.out, request.theta.rows, s.setting.size);
  require_size("ProgramSimulator::simulate", "seeds", request.seeds, request.theta.rows);
  require_size("ProgramSimulator::simulate", "status", request.status, request.theta.rows);
  Batch own{&request, request.theta.rows, false, nullptr};
  std::unique_lock<std::mutex> lock(s.mutex);
  s.inbox.push_back(&own);
  s.asked += own.left;
  if (s.serving) s.wake_up.call();
  while (!own.done) {
    if (s.serving) {
      s.changed.wait(lock);
    } else {
      s.serve(lock, own);
    }
  }
  s.asked -= request.theta.rows;
  if (own.error) std::rethrow_exception(own.error);
}

FailureReport ProgramSimulator::failures() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->report;
}

Index ProgramSimulator::under_way() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->asked;
}

Simulator make_program_simulator(const SimulatorInfo& info, const ProgramOptions& options) {
  return make_row_simulator(info, std::make_shared<const ProgramSimulator>(info, options));
}

}  // namespace v0
}  // namespace alfi
