#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "alfi/inference/evaluate.hpp"

/// What a report shows, gathered: how a training went, how its machine does on problems of known truth before and after
/// it, and one inference looked at closely.

namespace alfi::report {

/// history.csv of a training: steps, and a value of each for every other column.
struct History {
  std::vector<double> step, loss, rmse, gradient_norm, learning_rate, simulator_calls;
};

/// A problem of known truth and the answer to it.
struct Judged {
  std::vector<double> truth, mean, standard_deviation;
  std::vector<double> below;  ///< posterior probability below the truth
};

/// psi_0 .. psi_T of one problem.
struct Walk {
  std::vector<double> truth;
  std::vector<Posterior> before, after;  ///< before: empty where the untrained machine could not be made
};

/// The inference that is shown in detail.
struct Example {
  std::string name;           ///< what was observed: a file, or "test problem 1"
  std::vector<double> truth;  ///< empty where nobody knows it
  std::vector<float> observed;
  Index rows = 0;
  Inference inference;
  std::function<double(const double*)> exact_log_density;  ///< empty: not known
  std::vector<float> predicted;                            ///< [draws, rows, D]: what the answer would expect
  std::vector<bool> predicted_ok;                          ///< [draws, rows]
  Index draws = 0;
};

struct Findings {
  SimulatorInfo info;
  Configuration configuration;
  Index weights = 0, training_calls = 0;
  History history;
  Evaluation after;
  std::optional<Evaluation> before;
  std::string no_before;  ///< why there is none
  std::vector<Judged> judged;
  std::vector<Walk> walks;
  Example example;
};

struct GatherOptions {
  Index problems = 500;
  Index walks = 4;
  InferOptions infer;  ///< seed, threads, device
  std::string example_name;
  std::vector<float> example;  ///< real observations, [rows, D]; empty: a test problem's
  std::function<bool(const std::string& what, Index done)> progress;  ///< answer false to stop
};

/// Throws like evaluate(); history and info are the caller's to fill in. Random: as evaluate(), and for what the answer
/// predicts the streams of derived_seed(seed, Purpose::user).
Findings gather(const Machine& machine, const Simulator& simulator, const GatherOptions& options);

}  // namespace alfi::report
