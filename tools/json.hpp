#pragma once
#include <string>
#include <vector>

#include "alfi/inference/baselines/compare.hpp"
#include "alfi/inference/check.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/predictive_check.hpp"
#include "alfi/inference/trainer.hpp"
#include "exact.hpp"

/// Results as JSON text. json.cpp is the only source of the command that knows the format.

namespace alfi::tools {

struct SimulationReport {
  std::vector<double> theta;
  Index count = 0, failed = 0;
  std::uint64_t seed = 0;
  double seconds = 0;
};
std::string simulation_json(const SimulatorInfo& simulator, const SimulationReport& report);

/// What run.json says: how and where a training ran, which the model file must not.
struct RunReport {
  std::string status;  ///< done, stopped or failed
  std::string reason;  ///< of stopped and failed
  std::string started, ended, simulator;
  double seconds = 0;   ///< all runs of this training together
  double this_run = 0;  ///< this one
  int threads = 1;
  std::string device = "cpu";  ///< or the GPU's name
  int ranks = 1;
  std::vector<double> busy;  ///< each rank's share of its time in the simulator; empty: unknown
  StepReport last;           ///< totals
  Index steps_planned = 0, weights = 0, planned_bytes = 0;
  Index peak_bytes = 0;  ///< 0: unknown
  double best_validation = 0;
};
std::string run_json(const RunReport& report);

/// A quantity that the command was asked to derive: by draws of the answer.
struct DerivedReport {
  std::string name;
  double mean = 0, standard_deviation = 0, low = 0, middle = 0, high = 0;  ///< quantiles 5 %, 50 %, 95 %
};

struct InferenceReport {
  Index observed = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> warnings;  ///< of reading; the inference's own come after
  Moments exact;
  std::vector<double> maximum_likelihood;  ///< empty: not available
  std::vector<DerivedReport> derived;
  double seconds = 0;
};
std::string inference_json(const SimulatorInfo& simulator, const Inference& inference, const InferenceReport& report);

std::string check_json(const SimulatorInfo& simulator, const CalibrationCheck& check, std::uint64_t seed,
                       double seconds);
std::string predictive_json(const SimulatorInfo& simulator, const PredictiveReport& report, std::uint64_t seed,
                            double seconds);

std::string comparison_json(const SimulatorInfo& simulator, const Comparison& comparison, std::uint64_t seed,
                            double seconds);

std::string evaluation_json(const SimulatorInfo& simulator, const Evaluation& evaluation, std::uint64_t seed,
                            double seconds);

}  // namespace alfi::tools
