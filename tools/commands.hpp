#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"

/// The subcommands: what each is told, and the function that does it. Each answers an exit status.
/// Throw: UsageError for options that do not go together; the library's exceptions for everything else.

namespace alfi::tools {

/// Options of everything that computes.
struct CommonArguments {
  std::optional<std::uint64_t> seed;
  int threads = 1;  ///< at least 1
  std::string device = "auto";
  bool quiet = false;
  std::string json;  ///< file to write, "-": standard output, "": none
};

/// Which program may run where a model's simulator is one.
struct ProgramArguments {
  std::string command;  ///< --simulator-command; "": none given
  bool trust = false;   ///< --trust-model
};

struct SimulatorsArguments {
  std::vector<std::string> names;  ///< to be described; none: all are listed
};

struct SimulateArguments {
  CommonArguments common;
  ProgramArguments program;
  std::string simulator;  ///< a name, a configuration or a model
  std::vector<double> theta;
  std::string bank;              ///< file of simulations of prior draws to make or extend, in theta's place
  Index observed = 0;            ///< samples of each of its draws; 0: as many as the bank has, of a new one 1
  Index count = 0;               ///< 0: none given, one of a series or a vector
  std::vector<std::string> set;  ///< simulator.parameters.KEY=VALUE
  std::string output = "-";
};

struct TrainArguments {
  CommonArguments common;
  std::string configuration;
  std::string output;
  std::string simulator_command;  ///< in place of the configuration's
  Index budget = 0;               ///< simulator calls in all; 0: as the configuration says
  bool resume = false;
  bool dump_defaults = false;
  std::vector<std::string> set;
  std::optional<double> max_time;  ///< seconds
};

/// 0: as the model's configuration says.
struct EffortArguments {
  Index iterations = 0, thetas = 0, observations = 0;
  Index refine = 0;        ///< -1: none
  std::string likelihood;  ///< of the refinement
  std::string bank;        ///< stored simulations in the simulator's place; "": none
};

struct InferArguments {
  CommonArguments common;
  ProgramArguments program;
  EffortArguments effort;
  std::string model, observations;
  std::vector<std::string> derive;  ///< NAME=EXPRESSION
  Index draws = 0;
  std::string output;  ///< of the draws
  std::string netcdf;  ///< of the draws, too, as InferenceData
};

struct EvaluateArguments {
  CommonArguments common;
  ProgramArguments program;
  EffortArguments effort;
  std::string model;
  Index problems = 500, observed = 0;
};

struct ReportArguments {
  CommonArguments common;
  ProgramArguments program;
  EffortArguments effort;    ///< refinement and likelihood alone, of the trained machine
  std::string directory;     ///< that train wrote
  std::string observations;  ///< of the inference that is shown; "": a test problem's
  std::string output;        ///< "": report in the directory
  Index problems = 500;
};

struct CheckArguments {
  CommonArguments common;
  ProgramArguments program;
  EffortArguments effort;
  std::string model, observations;  ///< observations "": calibration; else the predictive of the answer to these
  std::string output;               ///< directory of check.svg and check.csv; "": none
  Index problems = 1000, observed = 0, replicates = 1000;
};

struct CompareArguments {
  CommonArguments common;
  ProgramArguments program;
  std::string subject;  ///< CONFIG.toml, or a model
  std::vector<std::string> set;
  Index budget = 100000, problems = 20, observed = 0, draws = 1000, c2st = 500;
  std::vector<std::string> methods;
  std::string observations;  ///< in place of test problems
  std::string output;        ///< directory of compare.json, .csv and .svg; "": none
};

struct InfoArguments {
  std::string model;
};

class Launch;

int simulators(const SimulatorsArguments& arguments);
int simulate(const SimulateArguments& arguments);
int train(const TrainArguments& arguments, Launch& launch);
int infer(const InferArguments& arguments);
int evaluate(const EvaluateArguments& arguments);
int report(const ReportArguments& arguments);
int check(const CheckArguments& arguments);
int compare(const CompareArguments& arguments);
int info(const InfoArguments& arguments);

}  // namespace alfi::tools
