#pragma once
#include <memory>

#include "alfi/inference/trainer.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "launch.hpp"
#include "progress.hpp"
#include "run_directory.hpp"
#include "stop.hpp"
#include "waiting.hpp"

/// One `alfi train`: a Trainer, the directory that it writes, and who may stop it. Where several processes train
/// together each has one of these; the first alone writes and speaks, and a stop that one is asked for is everybody's.

namespace alfi::tools {

class Training {
 public:
  /// Locks the directory and looks at what it holds. Throws Error where it cannot be written; InputError where it
  /// holds a training and --resume was not asked, or one of another configuration was.
  Training(const Configuration& configuration, const ConfiguredSimulator& simulator, const TrainArguments& arguments,
           Launch& launch);

  /// To the last step, or until asked to stop. Answers kDone or kStopped. Every file that it replaces is replaced
  /// whole; the checkpoint comes last, so that a process killed at any moment resumes to the same bits.
  int run();

 private:
  bool writes() const { return launch_.ranks().rank() == 0; }
  void open_directory();
  std::shared_ptr<const Bank> budget_bank();
  void begin();
  void resume(const TensorFile& file);
  std::string stop_reason(StopRequests& requests);
  int advance_all();
  void validate();
  /// History, model, checkpoint, in this order.
  void save();
  void show(const StepReport& report);
  void announce();
  std::string where_text() const;
  std::string memory_text() const;
  std::string budget_text() const;
  void write_report(const std::string& status, const std::string& reason, const std::vector<double>& busy = {});
  double seconds() const { return seconds_before_ + progress_.seconds(); }

  Configuration configuration_;
  Simulator simulator_;
  TrainArguments arguments_;
  Context context_;
  Launch& launch_;
  Progress progress_;
  Waiting waiting_;
  std::unique_ptr<RunDirectory> directory_;  ///< of the process that writes, as history_
  std::shared_ptr<const Bank> bank_;         ///< of a budget
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<History> history_;
  StepReport last_;
  double seconds_before_ = 0;  ///< of earlier runs of the same training
  Index first_step_ = 0, first_calls_ = 0;
  std::string started_, validation_text_;
};

}  // namespace alfi::tools
