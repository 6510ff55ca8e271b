#include "training.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "failure.hpp"
#include "memory.hpp"
#include "options.hpp"
#include "output.hpp"
#include "stop.hpp"
#include "toml.hpp"

namespace alfi::tools {
namespace {

namespace fs = std::filesystem;

// What the command adds to the trainer's checkpoint.
constexpr const char* kHistoryBytes = "history_bytes";
constexpr const char* kSeconds = "seconds";
constexpr const char* kLoss = "loss";
constexpr const char* kRmse = "rmse";

template <class T>
T read_metadata(const TensorFile& file, const std::string& path, const std::string& key) {
  const auto found = file.metadata.find(key);
  T value{};
  if (found != file.metadata.end() && parse_number(found->second, value) && !(value < 0 && key != kLoss)) return value;
  throw InputError(path + ": metadata " + key + ": got \"" + (found == file.metadata.end() ? "" : found->second) +
                   "\", expected a number");
}

/// Whether it trains from stored simulations, as a CPU alone does.
bool stored(const TrainConfiguration& train) { return train.budget > 0 || !train.bank.empty(); }

Index size_of(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<Index>(size);
}

}  // namespace

Training::Training(const Configuration& configuration, const ConfiguredSimulator& simulator,
                   const TrainArguments& arguments, Launch& launch)
    : configuration_(configuration),
      simulator_(simulator.simulator),
      arguments_(arguments),
      launch_(launch),
      progress_(arguments.common.quiet || !writes()),
      waiting_(simulator, arguments.common.quiet || !writes()),
      started_(now_text()) {
  Ranks& ranks = launch_.ranks();
  const std::vector<std::string> found = gather_results(ranks, [&] {
    const bool on_cpu = (ranks.size() > 1 || stored(configuration_.train)) && arguments_.common.device == "auto";
    context_ = context_of(on_cpu ? "cpu" : arguments_.common.device);
    if (!writes()) return std::string();
    open_directory();
    if (!fs::exists(directory_->checkpoint())) return std::string();
    const std::vector<std::uint8_t> checkpoint = read_file(directory_->checkpoint());
    return std::string(checkpoint.begin(), checkpoint.end());
  });
  bank_ = budget_bank();
  trainer_ = std::make_unique<Trainer>(configuration_, simulator_, arguments_.common.threads, context_, &ranks, bank_);
  configuration_ = trainer_->configuration();  // with what it leaves to the simulator filled in
  agree(ranks, [&] {
    if (found[0].empty()) return begin();
    resume(parse_tensor_file({found[0].begin(), found[0].end()}, arguments_.output + "/checkpoint.safetensors"));
  });
  first_step_ = last_.step;
  first_calls_ = last_.simulator_calls;
}

void Training::open_directory() {
  directory_ = std::make_unique<RunDirectory>(arguments_.output);
  require_writable("--json", arguments_.common.json);
  if (arguments_.resume || (!fs::exists(directory_->checkpoint()) && !fs::exists(directory_->model()))) return;
  throw InputError("--output " + directory_->path() +
                   ": holds a training already; expected --resume to go on with it, or another directory");
}

/// With a budget: made once, by the rank that writes, and kept in the directory, so that going on calls nothing.
std::shared_ptr<const Bank> Training::budget_bank() {
  if (configuration_.train.budget == 0) return nullptr;
  const std::string path = arguments_.output + "/bank.safetensors";
  const std::vector<std::string> found = gather_results(launch_.ranks(), [&] {
    if (!writes()) return std::string();
    if (!fs::exists(directory_->bank())) {
      const std::shared_ptr<const Bank> made = make_budget_bank(configuration_, simulator_, arguments_.common.threads);
      write_file_atomically(directory_->bank(), serialize(to_file(*made, simulator_)));
    }
    const std::vector<std::uint8_t> bytes = read_file(directory_->bank());
    return std::string(bytes.begin(), bytes.end());
  });
  auto kept = std::make_shared<const Bank>(
      bank_from_file(parse_tensor_file({found[0].begin(), found[0].end()}, path), path, simulator_));
  const TrainConfiguration& asked = configuration_.train;
  if (kept->seed == asked.seed && kept->calls() <= asked.budget) return kept;
  throw InputError(path + ": holds " + counted(kept->calls(), "simulation") + " with seed " +
                   std::to_string(kept->seed) + ", expected at most " + std::to_string(asked.budget) + " with seed " +
                   std::to_string(asked.seed) + ": remove it, or take another directory");
}

void Training::begin() {
  if (!writes()) return;
  if (arguments_.resume) {
    progress_.note("no checkpoint in " + directory_->path() + " to resume from: starting anew");
  }
  write_text(directory_->configuration(), toml_text(configuration_));
  history_ = std::make_unique<History>(directory_->history(), configuration_.train.steps, 0);
}

void Training::resume(const TensorFile& file) {
  const std::string path = arguments_.output + "/checkpoint.safetensors";
  trainer_->resume(file, path);
  Index kept = read_metadata<Index>(file, path, kHistoryBytes);
  seconds_before_ = read_metadata<double>(file, path, kSeconds);
  last_.step = trainer_->step();
  last_.simulator_calls = read_metadata<Index>(file, path, "simulator_calls");
  last_.loss = read_metadata<double>(file, path, kLoss);
  last_.rmse = read_metadata<double>(file, path, kRmse);
  if (!writes()) return;
  if (size_of(directory_->history()) < kept) {
    progress_.note("alfi: warning: " + directory_->history() +
                   " is shorter than when the checkpoint was written: begun anew");
    kept = 0;
  }
  write_text(directory_->configuration(), toml_text(configuration_));
  history_ = std::make_unique<History>(directory_->history(), configuration_.train.steps, kept);
  progress_.note("resuming after step " + std::to_string(last_.step));
}

int Training::run() {
  announce();
  try {
    return advance_all();
  } catch (const std::exception& error) {
    progress_.finish();
    if (!writes()) throw;
    try {
      history_->flush();
      write_report("failed", error.what());
    } catch (const Error&) {
      // The first failure is the one to tell; these files only say more about it.
    }
    throw;
  }
}

int Training::advance_all() {
  StopRequests requests(writes() ? directory_->stop() : "", writes() ? arguments_.max_time : std::nullopt,
                        arguments_.common.quiet || !writes());
  const TrainConfiguration& plan = configuration_.train;
  std::string reason;
  bool saved = false;
  while (trainer_->step() < plan.steps && reason.empty()) {
    last_ = trainer_->advance();
    if (writes()) history_->add(last_, seconds());
    saved = last_.step == plan.steps || last_.step % plan.checkpoint_every == 0;
    if (saved) {
      validate();
      save();
    }
    if (progress_.due()) show(last_);
    if (last_.step < plan.steps) reason = stop_reason(requests);
  }
  // A stop validates nothing: which weights are kept as the best must not depend on when somebody asked to stop.
  if (!saved) save();
  progress_.finish();
  const std::vector<double> busy = launch_.busy_shares();
  agree(launch_.ranks(), [&] {
    if (writes()) write_report(reason.empty() ? "done" : "stopped", reason, busy);
  });
  if (!writes()) return reason.empty() ? kDone : kStopped;
  const std::string steps = std::to_string(last_.step) + " of " + counted(plan.steps, "step");
  progress_.note(reason.empty() ? "done: " + steps + " in " + duration_text(seconds()) + ", " + validation_text_ +
                                      memory_text() + "model in " + directory_->model()
                                : "stopped (" + reason + ") after " + steps + "; --resume goes on");
  return reason.empty() ? kDone : kStopped;
}

/// The first one's among the processes, if there is one.
std::string Training::stop_reason(StopRequests& requests) {
  for (const std::string& reason : launch_.ranks().gather(requests.reason())) {
    if (!reason.empty()) return reason;
  }
  return "";
}

void Training::validate() {
  const double loss = trainer_->validate_and_keep_best();
  if (!std::isfinite(loss)) {
    launch_.ranks().set_failed_together();
    throw NumericError("step " + std::to_string(last_.step) + ": the validation loss is " + number_text(loss) +
                       ", expected a finite number");
  }
  validation_text_ = "validation " + number_text(trainer_->best_validation(), 4) + ", ";
}

void Training::save() {
  agree(launch_.ranks(), [&] {
    if (!writes()) return;
    const Index history_bytes = history_->flush();
    trainer_->machine().save(directory_->model());
    TensorFile checkpoint = trainer_->checkpoint();
    checkpoint.metadata[kHistoryBytes] = std::to_string(history_bytes);
    checkpoint.metadata[kSeconds] = number_text(seconds());
    checkpoint.metadata[kLoss] = number_text(last_.loss);
    checkpoint.metadata[kRmse] = number_text(last_.rmse);
    write_file_atomically(directory_->checkpoint(), serialize(checkpoint));
  });
}

void Training::announce() {
  progress_.note("training " + simulator_.info().name + ": " + counted(configuration_.train.steps, "step") + " of " +
                 counted(configuration_.train.problems, "problem") + ", " + std::to_string(trainer_->weight_count()) +
                 " weights, planned memory " + bytes_text(static_cast<double>(trainer_->planned_bytes())) + ", " +
                 where_text());
  if (bank_) progress_.note(budget_text());
}

/// This process's, as measured; neither that of a simulator's processes nor a GPU's.
std::string Training::memory_text() const {
  const Index most = peak_memory();
  return most > 0 ? "peak memory " + bytes_text(static_cast<double>(most)) + ", " : "";
}

/// What the budget pays.
std::string Training::budget_text() const {
  const bool is_set = simulator_.info().observation.is_set;
  return "budget: " + counted(bank_->rows, "draw") + " of the prior" +
         (is_set ? " with " + counted(bank_->observed, "observation") +
                       " each, the larger of problem.observed_max and train.observations"
                 : "");
}

/// Where it runs.
std::string Training::where_text() const {
  const int ranks = launch_.ranks().size();
  const std::string threads = counted(arguments_.common.threads, "thread");
  if (ranks > 1) {
    const std::string devices = context_.backend() == Backend::cpu ? "CPUs" : "GPUs";
    return "on the " + devices + " of " + std::to_string(ranks) + " ranks, " + threads + " each";
  }
  if (context_.backend() == Backend::cpu) {
    const bool wanted = arguments_.common.device == "auto";
    return "on the CPU" + (wanted ? " (" + cuda_status().reason + ")" : "") + ", " + threads;
  }
  const bool on_host = !simulator_.offers_gpu();
  return "on " + device_text(context_) + (on_host ? ", simulating on " + threads : "");
}

void Training::show(const StepReport& report) {
  waiting_.end();
  const double elapsed = progress_.seconds(), made = static_cast<double>(report.step - first_step_);
  const double calls = static_cast<double>(report.simulator_calls - first_calls_);
  const double left = static_cast<double>(configuration_.train.steps - report.step) * elapsed / made;
  progress_.show("step " + std::to_string(report.step) + "/" + std::to_string(configuration_.train.steps) + "  loss " +
                 number_text(report.loss, 4) + "  rmse " + number_text(report.rmse, 4) + "  " + validation_text_ +
                 number_text(calls / elapsed, 3) + " calls/s  ETA " + duration_text(left));
}

void Training::write_report(const std::string& status, const std::string& reason, const std::vector<double>& busy) {
  RunReport report;
  report.status = status;
  report.reason = reason;
  report.started = started_;
  report.ended = now_text();
  report.simulator = simulator_.info().name;
  report.seconds = seconds();
  report.this_run = progress_.seconds();
  report.threads = arguments_.common.threads;
  report.device = device_text(context_);
  report.ranks = launch_.ranks().size();
  report.busy = busy;
  report.last = last_;
  report.last.simulator_calls = trainer_->simulator_calls();  // the last validation's too
  report.steps_planned = configuration_.train.steps;
  report.weights = trainer_->weight_count();
  report.planned_bytes = trainer_->planned_bytes();
  report.peak_bytes = peak_memory();
  report.best_validation = trainer_->best_validation();
  const std::string text = run_json(report);
  write_text(directory_->run(), text);
  if (!arguments_.common.json.empty()) write_text(arguments_.common.json, text);
}

}  // namespace alfi::tools
