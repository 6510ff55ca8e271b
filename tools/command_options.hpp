#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "commands.hpp"

/// What a command line can hold: the subcommands, their options, and where the values go. Text is read as numbers by
/// options.hpp alone, so that no locale matters.

namespace alfi::tools {

/// One subcommand: its usage, and what to do once the options are read.
struct Subcommand {
  CLI::App* app;
  std::string usage;
  std::function<int()> run;
  bool together = false;  ///< all processes that were launched do it, not the first alone
};

class CommandOptions {
 public:
  /// launch must outlive this.
  explicit CommandOptions(Launch& launch);
  CommandOptions(const CommandOptions&) = delete;  // options write into members
  CommandOptions& operator=(const CommandOptions&) = delete;

  CLI::App& app() { return app_; }
  const CLI::App& app() const { return app_; }
  const std::vector<Subcommand>& subcommands() const { return subcommands_; }
  const std::string& usage() const { return usage_; }  ///< of the command itself

 private:
  using Read = std::function<void(const std::string&)>;

  CLI::App* add(const std::string& name, const std::string& about, const std::string& arguments,
                std::function<int()> run);
  /// An option whose text goes through read as soon as it is met.
  void option(CLI::App* app, const std::string& name, const std::string& value, const std::string& about,
              const Read& read);
  void integer(CLI::App* app, const std::string& name, Index low, Index high, Index& out, const std::string& about);
  void add_common(CLI::App* app, CommonArguments& common, const std::string& seed,
                  const std::string& device_about = "auto (a GPU where there is one), cpu or cuda");
  void add_refinement(CLI::App* app, EffortArguments& effort);
  /// Without bank: where the simulator must be called.
  void add_effort(CLI::App* app, EffortArguments& effort, bool bank = true);
  void add_program(CLI::App* app, ProgramArguments& program);

  // Each declares its subcommand (command_subcommands.cpp).
  void add_simulators();
  void add_simulate();
  void add_train();
  void add_infer();
  void add_evaluate();
  void add_report();
  void add_check();
  void add_compare();
  void add_info();

  Launch& launch_;
  const std::string usage_ =
      "usage: alfi simulators | simulate | train | infer | evaluate | check | compare | report | info [options]";
  CLI::App app_{"Likelihood-free inference by recurrent machines: train one on simulations, then infer.", "alfi"};
  std::vector<Subcommand> subcommands_;
  SimulatorsArguments simulators_;
  SimulateArguments simulate_;
  TrainArguments train_;
  InferArguments infer_;
  EvaluateArguments evaluate_;
  ReportArguments report_;
  CheckArguments check_;
  CompareArguments compare_;
  InfoArguments info_;
};

}  // namespace alfi::tools
