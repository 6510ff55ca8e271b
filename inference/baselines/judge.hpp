#pragma once
#include "alfi/inference/baselines/baseline.hpp"
#include "alfi/inference/baselines/compare.hpp"

/// How good one answer is, and what many such say of a method.

namespace alfi {
inline namespace v0 {

/// By its draws and its density. truth [P], or empty: not known. exact: draws of the exact posterior [n,P], or null.
/// seed: of the classifier, which gets c2st_draws of each.
struct JudgeSetting {
  const Simulator* simulator = nullptr;
  std::vector<double> truth;
  const Points* exact = nullptr;
  Index c2st_draws = 0;
  std::uint64_t seed = 1;
};
JudgedAnswer judge_answer(const BaselineAnswer& answer, const JudgeSetting& setting);

/// Means over the score's answers. exact: those of the exact posterior to the same problems, or null.
void summarize(MethodScore& score, const Comparison& comparison, const SimulatorInfo& info,
               const std::vector<JudgedAnswer>* exact);

}  // namespace v0
}  // namespace alfi
