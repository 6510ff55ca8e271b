#pragma once
#include "alfi/inference/refine_simulations.hpp"

/// The refinement by a learned likelihood (inference/likelihood_network.hpp), for noise that is no Gaussian and
/// posteriors of any number of modes: rounds of simulations, the first around the machine's answer and over the prior,
/// later ones over the posterior so far; after each a network learns the likelihood from all of them, and prior times
/// likelihood is sampled by an annealed population (inference/annealing.hpp). A mixture fitted to the last population
/// is the answer. Of series and vectors of up to LikelihoodNetwork::kMostValues entries; entries that are whole numbers
/// are told by networks of their own where they are often the observed one (inference/count_network.hpp), else count as
/// blurred by rounding. Source: Papamakarios, Sterratt & Murray 2019, "Sequential neural likelihood", AISTATS.

namespace alfi {
inline namespace v0 {

/// Whether it can be: else the other refinement is what there is.
bool can_refine_learned(const ObservationShape& shape);

/// What refine() calls, with so many simulations beside those that are known. Random: streams of step_key(setting.seed,
/// refine, ..), and of seeds derived from it.
Refinement refine_learned(const RefineSetting& setting, RefineSimulations& known, const MixtureState& start,
                          Index simulations);

}  // namespace v0
}  // namespace alfi
