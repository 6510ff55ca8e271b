#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "alfi/core/parallel.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/inference/posterior.hpp"
#include "alfi/simulators/simulator.hpp"

/// A last local refinement of one answer, for one series or vector: simulations around it teach a local emulator
/// (inference/local_emulator.hpp), whose likelihood with the prior, N(0, I) in normal coordinates, is sampled by
/// importance; the Gaussian of those samples' moments is where the next round simulates. Once a round of a twelfth of
/// the calls, or the seventh, leaves it where it was, one round makes all calls that are left, and its Gaussian is the
/// answer.
/// It mends a machine that few simulator calls trained, and fails where entries' noise is far from Gaussian.

namespace alfi {
inline namespace v0 {

struct RefineSetting {
  const Simulator* simulator = nullptr;
  const Normalization* normalization = nullptr;  ///< entries are emulated as they are shown
  Index calls = 0;                               ///< simulator calls in all
  std::uint64_t seed = 1;
  std::uint32_t problem = 0;    ///< number of the problem: streams of its own
  ThreadPool* pool = nullptr;   ///< for a simulator that answers rows; null: the caller's thread
};

struct Refinement {
  GaussianState state;       ///< in normal coordinates
  Index simulator_calls = 0;
  std::vector<std::string> warnings;  ///< what speaks against the answer
};

/// The fewest calls that a refinement takes for so many parameters.
Index fewest_refine_calls(Index parameters);

/// start: an answer in normal coordinates, the moments of a mixture. observed [D].
/// Throws InputError where calls are fewer than fewest_refine_calls(). Where too many calls fail, or what they make
/// cannot be emulated, the answer is the last that could be had, and a warning says so.
/// Random: streams of step_key(seed, refine, 0 to 2): places, simulations, importance samples.
Refinement refine(const RefineSetting& setting, const MixtureState& start, VecView<const float> observed);

/// The Gaussian of a mixture's mean and covariance.
GaussianState moments_of(const MixtureState& mixture);

}  // namespace v0
}  // namespace alfi
