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

/// How small a component may be.
struct ComponentLimits {
  double points = 0;      ///< that it stands for: with fewer it is left out
  double covariance = 0;  ///< so many times that of all points is added to its own
};

/// A mixture of so many components, or fewer by the limits, fitted to points [n,P]. whole: the Gaussian of all of them,
/// which is the answer for one component, and where none is left. Centres start at points chosen as in Arthur &
/// Vassilvitskii 2007, "k-means++". Random: a stream of key.
MixtureState fit_components(const Points& points, Index components, const GaussianState& whole,
                            const ComponentLimits& limits, Key key);

/// The mixture of at most `most` components that explains every tenth of the points best when fitted to the others, of
/// the counts 1, 2, 4, ..: fitted to all by fit_components(). points [n,P], n >= 20, in no order. Random: streams of
/// key. Throws NumericError where the points lie in a plane.
MixtureState fit_mixture(const Points& points, Index most, Key key);

}  // namespace v0
}  // namespace alfi
