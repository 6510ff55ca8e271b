#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "alfi/core/parallel.hpp"
#include "alfi/inference/gaussian_state.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/inference/posterior.hpp"
#include "alfi/simulators/simulator.hpp"

/// A last local refinement of one answer: simulations around it teach a local emulator
/// (inference/local_emulator.hpp), whose likelihood with the prior, N(0, I) in normal coordinates, is sampled by
/// importance; the Gaussian of those samples' moments is where the next round simulates. Once a round of a twelfth of
/// the calls, or the seventh, leaves it where it was, one round makes all calls that are left, and its Gaussian is the
/// answer.
/// Of a series or vector its entries as they are shown are emulated; of a set of N, for which each simulation makes N,
/// its statistics (inference/set_statistics.hpp).
/// It mends a machine that few simulator calls trained. It fails where the noise of what is emulated is far from
/// Gaussian, and of sets knows no more than those statistics tell.

namespace alfi {
inline namespace v0 {

enum class RefineBy : std::uint8_t {
  local,     ///< the local emulator
  learned,   ///< a likelihood network (inference/refine_learned.hpp)
  automatic  ///< the emulator, unless it fails or such a network explains simulations near the answer better
};

struct RefineSetting {
  RefineBy by = RefineBy::local;
  const Simulator* simulator = nullptr;
  const Normalization* normalization = nullptr;  ///< entries are emulated as they are shown
  Index simulations = 0;                         ///< in all: simulator calls, of a set N each
  std::uint64_t seed = 1;
  std::uint32_t problem = 0;   ///< number of the problem: streams of its own
  ThreadPool* pool = nullptr;  ///< for a simulator that answers rows; null: the caller's thread
};

struct Refinement {
  MixtureState answer;            ///< in normal coordinates
  RefineBy by = RefineBy::local;  ///< local or learned: the likelihood that answered
  bool holds = false;  ///< importance samples agree and noise is no far cry from Gaussian: else to be left out
  Index simulator_calls = 0;
  std::vector<std::string> warnings;  ///< what speaks against the answer; of one that is left out, all in one
};

/// The fewest simulations that a refinement takes for so many parameters.
Index fewest_refine_simulations(Index parameters);

/// Throws InputError "WHAT: got .." where they are fewer.
void require_refine_simulations(const char* what, Index simulations, Index parameters);

/// Throws InputError where that likelihood is none for such observations.
void require_refine_by(RefineBy by, const ObservationShape& shape);

/// start: an answer in normal coordinates, the moments of a mixture. observed [N,D].
/// Throws InputError where simulations are fewer than fewest_refine_simulations(). Where too many calls fail, or what
/// they make cannot be emulated, the answer is the last that could be had, and a warning says so. Random: streams of
/// step_key(seed, refine, n): n = 0 places, 1 importance samples, from 2 simulations.
/// By a learned likelihood: throws InputError unless can_refine_learned() the simulator's shape.
Refinement refine(const RefineSetting& setting, const MixtureState& start, MatView<const float> observed);

}  // namespace v0
}  // namespace alfi
