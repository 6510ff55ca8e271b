#pragma once
#include <cstdint>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/gaussian_state.hpp"

/// Mixtures of full Gaussians over points: their densities, their draws, and fits to samples by expectation and
/// maximization. Source: Dempster, Laird & Rubin 1977, "Maximum likelihood from incomplete data via the EM algorithm".

namespace alfi {
inline namespace v0 {

/// log density at each point [n,P], normalized whatever the weights are: [n].
std::vector<double> log_density_of(const MixtureState& mixture, const Points& points);

/// The same, with every component so many times as wide.
MixtureState widened(const MixtureState& mixture, double factor);

/// One draw [P]. uniform, in (0, 1), chooses the component; normals [P] are N(0, 1).
void place(const MixtureState& mixture, double uniform, const double* normals, double* u);

/// The mixture of at most `most` components that explains every tenth of the points best when fitted to the others, of
/// the counts 1, 2, 4, ..: fitted to all. points [n,P], n >= 20, in no order. Centres start at points chosen as in
/// Arthur & Vassilvitskii 2007, "k-means++". Random: streams of key.
/// Throws NumericError where the points lie in a plane.
MixtureState fit_mixture(const Points& points, Index most, Key key);

}  // namespace v0
}  // namespace alfi
