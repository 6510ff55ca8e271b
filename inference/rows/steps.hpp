#pragma once
#include <cmath>

#include "alfi/inference/rows/problems.hpp"
#include "alfi/kernels/adam.hpp"

/// What a training asks at the end of a step, in the context's memory.

namespace alfi {
inline namespace v0 {

/// Takes a shard's tally and results into the state, and stops the update where more calls failed than may, or where
/// the loss is not finite (one item).
struct JudgeStep {
  static constexpr const char* kName = "judge_step";
  const Tally* tally;
  const double* results;  ///< loss, square error
  double max_failed;      ///< share of the step's calls
  kernels::StepState* state;

  ALFI_HD void operator()(Index) const {
    const std::int64_t calls = tally->calls() - state->calls, failed = tally->failures() - state->failed;
    state->calls = tally->calls();
    state->failed = tally->failures();
    state->loss = results[0];
    state->square_error = results[1];
    const bool few = static_cast<double>(failed) <= max_failed * static_cast<double>(calls);
    state->stop = few && std::isfinite(results[0]) ? 0 : 1;
  }
};

}  // namespace v0
}  // namespace alfi
