#pragma once
#include <functional>
#include <string>
#include <vector>

#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/uniformity.hpp"

/// Can a machine's intervals be believed? Simulation-based calibration: on problems whose theta is a draw of the prior,
/// where a truth lies in its answer is uniform if the answers are right, for each parameter alone and for the whole.
/// The prior itself passes: hence how much the answers know is said beside it.
/// Source: Talts et al. 2018 (SBC); Säilynoja et al. 2022 (bands); Hermans et al. 2022 (expected coverage); Lemos et
/// al. 2023 (TARP).

namespace alfi {
inline namespace v0 {

struct CheckOptions {
  Index problems = 1000;
  Index observed = 0;    ///< real observations of each; 0: log-uniform in the trained range
  Index draws = 200;     ///< of each answer, for what is no marginal
  double level = 0.999;  ///< of the bands, all quantities and points at once (Bonferroni over quantities)
  InferOptions infer;    ///< seed: problems are streams of their own
  std::function<bool(Index done)> progress;  ///< problems done; answer false to stop (throws Error "stopped")
};

/// One number of each problem that should be uniform on (0, 1).
struct CalibrationQuantity {
  std::string name;            ///< a parameter's, or "density" or "distance"
  std::vector<double> shares;  ///< of the problems, below each point of the check
  double p_value = 1;          ///< of uniformity
  bool inside = true;          ///< the bands
  /// Of the numbers' mean, and of their mean square distance from 1/2: how far from a uniform number's, in standard
  /// errors of such. Of a parameter: shift above 0, answers are too low; spread above 0, too narrow; below 0 the
  /// reverse.
  double shift = 0, spread = 0;
  /// Likewise of the share between 1/4 and 3/4, and of that below 1/40 or above 39/40.
  double middle = 0, tails = 0;
  /// Errors over what the answers' sds say, by that mean square, if both were Gaussian: 1 where calibrated.
  double error_ratio = 1;
};

struct CalibrationCheck {
  Index problems = 0, observed = 0, simulator_calls_per_problem = 0;
  bool refined = false;  ///< answers were to be refined: so many by a learned likelihood, and so many were left out
  Index learned = 0, left_out = 0;
  std::vector<double> points, low, high;  ///< where shares are taken, and the bands there
  /// Of each parameter, where the truth lies in its marginal; "density", how much of the answer is less likely than
  /// the truth, whose shares below give the expected coverage of highest density regions; "distance", how much of it
  /// is closer than the truth to a draw of the prior (TARP).
  std::vector<CalibrationQuantity> quantities;
  /// Whether inside means much: answers half or twice as wide as they should be would be found.
  bool conclusive() const { return visible_narrow >= 0.5 && visible_wide <= 2; }
  double coverage_50 = 0, coverage_90 = 0;  ///< of highest density regions
  bool calibrated = true;                   ///< all inside
  /// What so many problems can show: Gaussian answers whose sds are visible_narrow (visible_wide) times what they
  /// should be, or less (more), leave the bands in half of all checks or more. Above 0.01 and below 100: what is
  /// further is not told.
  double visible_narrow = 0, visible_wide = 0;
  MeanWithError negative_log_density;        ///< of the true theta, in theta's units
  MeanWithError prior_negative_log_density;  ///< the same under the prior: what passes, too, and knows nothing
  bool exact_available = false;
  MeanWithError gap;        ///< to the exact posterior, paired
  double disagreement = 0;  ///< of two runs with other seeds: root mean square difference of the means, in sds
};

/// Throws InputError for options that cannot be used; NumericError where test problems cannot be drawn.
CalibrationCheck check_calibration(const Machine& machine, const Simulator& simulator, const CheckOptions& options);

}  // namespace v0
}  // namespace alfi
