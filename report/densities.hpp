#pragma once
#include <vector>

#include "alfi/inference/posterior.hpp"

/// Curves of posteriors, in theta's own units.

namespace alfi::report {

struct Curve {
  std::vector<double> x, y;
};

/// Density of parameter p over where it matters, averaged over a hundredth of that: finite where a density is not.
Curve marginal_density(const Posterior& posterior, std::size_t p);
/// The same of its prior.
Curve prior_density(const Prior& prior);
/// Of a density known by its logarithm, on a range of one parameter's values; scaled to an area of one there.
Curve normalized(const std::vector<double>& x, const std::vector<double>& log_density);

/// Outlines around the smallest region, in the machine's coordinates, that holds so much of the joint posterior of
/// parameters p and q; closed, in theta. One for a Gaussian, perhaps more for a mixture.
std::vector<Curve> contours(const Posterior& posterior, std::size_t p, std::size_t q, double mass);

}  // namespace alfi::report
