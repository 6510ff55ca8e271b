#pragma once
#include <functional>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/gaussian_state.hpp"

/// Samples of a density with any number of modes: a population drawn from a density that covers it is weighted,
/// resampled and moved, by steps that turn the one into the other. Moves are differences of others of the population,
/// of their own length or of that which suits a Gaussian: they know the population's shape, and the way between modes.
/// Sources: Del Moral, Doucet & Jasra 2006, "Sequential Monte Carlo samplers"; ter Braak 2006, "A Markov chain Monte
/// Carlo version of the genetic algorithm differential evolution".

namespace alfi {
inline namespace v0 {

/// log densities, up to a constant, at points [n,P]: [n], finite.
using LogDensities = std::function<std::vector<double>(const Points& points)>;

struct Annealed {
  Points points;     ///< as many as there were at the start
  Index stages = 0;  ///< steps from the one density to the other
  double moved = 0;  ///< share of the last sweeps' moves that were accepted
};

/// start: draws of the density whose logarithms at these points `from` gives; at least 8 of them.
/// Random: streams of key.
Annealed anneal(Points start, const LogDensities& from, const LogDensities& to, Key key);

}  // namespace v0
}  // namespace alfi
