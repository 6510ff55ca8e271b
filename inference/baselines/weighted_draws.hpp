#pragma once
#include <vector>

#include "alfi/inference/baselines/abc_simulations.hpp"

/// From weighted simulations to draws of an answer: adjusted by a local regression, and sampled from.

namespace alfi {
inline namespace v0 {

/// Epanechnikov's kernel of each distance [n], 1 - (distance / furthest)^2; 1 for all where none is nearer than
/// furthest.
std::vector<double> epanechnikov(const std::vector<double>& distances, double furthest);

/// Points [n,P] as they would be had their summaries been the observed ones: u - slopes' difference, slopes by least
/// squares of u on [1, difference], weighted. Coordinates are kept within kFurthest. False, points unchanged, where the
/// weights' effective number is not above S + 1.
/// Source: Beaumont, Zhang & Balding 2002, "Approximate Bayesian computation in population genetics", Genetics 162.
bool adjust_by_regression(Points& points, const Points& differences, const std::vector<double>& weights);

/// count draws of weighted points, smoothed: a point chosen by systematic resampling, shrunk towards the mean, plus
/// noise of a Gaussian kernel, so that mean and covariance stay those of the points. Kernel: half of Silverman's width
/// for the effective number. Not smoothed where the points lie in a plane. Random: a word of step_key(seed, draws, 0),
/// then 2 P of each draw's stream. Source: West 1993, "Approximating posterior distributions by mixtures", Journal of
/// the Royal Statistical Society B 55.
Points smoothed_draws(const Points& points, const std::vector<double>& weights, const BaselineProblem& problem);

}  // namespace v0
}  // namespace alfi
