#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "alfi/core/random.hpp"
#include "alfi/inference/baselines/abc_simulations.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/weights.hpp"

/// A generation of sequential approximate Bayesian computation, and what moves it.

namespace alfi {
inline namespace v0 {

/// Weighted simulations that are as near as a tolerance.
struct Population {
  Points at;
  ComparedSimulations compared;
  std::vector<double> weights;  ///< sum 1
  double tolerance = 0;

  Index size() const { return static_cast<Index>(compared.distances.size()); }
  void add(const double* u, const double* difference, Index size_of_difference, double distance, double weight) {
    at.data.insert(at.data.end(), u, u + at.cols);
    compared.differences.cols = size_of_difference;
    compared.differences.data.insert(compared.differences.data.end(), difference, difference + size_of_difference);
    compared.distances.push_back(distance);
    weights.push_back(weight);
  }
  void normalize() {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& w : weights) w /= sum;
  }
};

/// Draws of a population, moved by a Gaussian of so many times its weighted covariance; and their density.
class PopulationKernel {
 public:
  /// The population must outlive this. Throws NumericError where it lies in a plane.
  PopulationKernel(const Population& population, double times)
      : p_(population), shape_(moments_of(population.at, population.weights)) {
    for (double& entry : shape_.cholesky) entry *= std::sqrt(times);
    double sum = 0;
    for (const double w : p_.weights) below_.push_back(sum += w);
    for (Index i = 0; i < p_.size(); ++i) {
      whitened_.resize(whitened_.size() + static_cast<std::size_t>(p_.at.cols));
      unplace(shape_, p_.at.row(i), whitened_.data() + i * p_.at.cols);
    }
  }

  /// Within kFurthest of the prior's centre.
  void propose(Stream& random, double* u) const {
    const std::size_t size = shape_.mean.size();
    std::vector<double> e(size);
    bool inside = false;
    while (!inside) {
      const double share = random.uniform_double() * below_.back();
      const auto found = std::upper_bound(below_.begin(), below_.end() - 1, share) - below_.begin();
      for (double& value : e) value = random.normal_double();
      place(shape_, e.data(), u);
      inside = true;
      for (std::size_t p = 0; p < size; ++p) {
        u[p] += p_.at.row(static_cast<Index>(found))[p] - shape_.mean[p];
        inside = inside && std::abs(u[p]) <= kFurthest;
      }
    }
  }

  /// Up to a constant: log of the sum over the population.
  double log_density(const double* u) const {
    const Index size = p_.at.cols;
    std::vector<double> e(static_cast<std::size_t>(size)), logs;
    unplace(shape_, u, e.data());
    for (Index i = 0; i < p_.size(); ++i) {
      double square = 0;
      for (Index p = 0; p < size; ++p) {
        const double away = e[static_cast<std::size_t>(p)] - whitened_[static_cast<std::size_t>(i * size + p)];
        square += away * away;
      }
      logs.push_back(std::log(std::max(p_.weights[static_cast<std::size_t>(i)], 1e-300)) - 0.5 * square);
    }
    return log_sum_exp(logs.data(), logs.size());
  }

 private:
  const Population& p_;
  GaussianState shape_;
  std::vector<double> below_, whitened_;
};

}  // namespace v0
}  // namespace alfi
