#pragma once
#include <functional>

#include "alfi/inference/machine.hpp"

/// Machines trained by a budget of simulator calls, for comparisons.

namespace alfi {
inline namespace v0 {

/// The configuration for problems of `observed` observations alone and a budget of calls, what its first answer takes
/// included: of a set, that many are simulated for a proposal at most, so that the budget pays as many draws of the
/// prior as can be. Throws InputError where the answer alone takes the budget; as resolve().
Configuration for_budget(const Configuration& configuration, const ObservationShape& shape, Index budget,
                         Index observed);

/// The same network without iterations: neural posterior estimation, whose answer is the first guess. It is trained for
/// as many more (and far cheaper) steps as there were iterations.
/// Source: Papamakarios & Murray 2016; Lueckmann et al. 2017.
Configuration without_iterations(const Configuration& configuration);

/// To the last step, the weights being those that validated best. progress(steps done): answer false to stop (throws
/// Error "stopped"). Throws as Trainer does.
Machine train_machine(const Configuration& configuration, const Simulator& simulator, int threads,
                      const std::function<bool(Index step)>& progress);

}  // namespace v0
}  // namespace alfi
