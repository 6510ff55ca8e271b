#pragma once
#include <functional>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/gaussian_state.hpp"

/// Adaptive importance sampling: draws of a Gaussian, 1.2 times as wide, are weighted by the density wanted, tempered
/// until enough of them count, and their moments are the next Gaussian, until they count as those of a Gaussian target
/// would. Source: Cappé, Guillin, Marin & Robert 2004, "Population Monte Carlo".

namespace alfi {
inline namespace v0 {

struct GaussianFit {
  GaussianState state;
  /// Effective share of the last step's draws, not tempered, where 1 is that of a Gaussian density, met exactly.
  double share = 0;
};

/// From N(0, I). log_density(e [P]): finite, up to a constant. stream(step, draw): the words of a draw, 2 P of them.
/// Throws NumericError where the draws that count lie in a plane.
GaussianFit fit_gaussian(const std::function<double(const double* e)>& log_density, Index parameters,
                         const std::function<Stream(Index step, Index draw)>& stream);

}  // namespace v0
}  // namespace alfi
