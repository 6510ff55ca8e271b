#pragma once
#include <cstdint>
#include <vector>

#include "alfi/core/parallel.hpp"
#include "alfi/inference/configuration.hpp"
#include "alfi/simulators/simulator.hpp"

/// Problems that a machine is judged by: drawn from the prior, observed, their truth known.

namespace alfi {
inline namespace v0 {

/// Problems with known truth.
struct TestProblems {
  std::vector<double> theta;         ///< [B,P]
  std::vector<float> observations;   ///< [B*n_max,D]
  std::vector<std::int32_t> counts;  ///< [B]
  Index n_max = 0;
};

struct TestProblemSetting {
  const Simulator* simulator = nullptr;
  const Configuration* configuration = nullptr;  ///< the machine's: how many observations, and what failures are
  Index observed = 0;                            ///< of each problem; 0: log-uniform in the trained range
  std::uint64_t seed = 0;
  const char* function = "";  ///< who asks, for messages
};

/// Problems first to first + count - 1. Where simulations may fail, one of which nothing could be observed is drawn
/// again: nobody asks about those. Throws NumericError where a call failed and none may, or every draw fails.
/// Random: streams of step_key(seed, prior, counts and observed), by the problem's number.
TestProblems draw_test_problems(const TestProblemSetting& setting, Index first, Index count, ThreadPool& pool);

}  // namespace v0
}  // namespace alfi
