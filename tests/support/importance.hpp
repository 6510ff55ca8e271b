#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "alfi/simulators/simulator.hpp"

/// Posteriors by a known likelihood and importance sampling, for tests of a model and its likelihood against published
/// answers. Header only: test programs of lower rooms do not link simulators.

namespace alfi_test {

/// Draws of theta [P] and their weights, which sum to one.
struct WeightedDraws {
  std::vector<std::vector<double>> theta;
  std::vector<double> weight;

  using Value = std::function<double(const std::vector<double>& theta)>;
  double mean(const Value& value) const {
    double sum = 0;
    for (std::size_t i = 0; i < theta.size(); ++i) sum += weight[i] * value(theta[i]);
    return sum;
  }
  double deviation(const Value& value) const {
    const double middle = mean(value);
    return std::sqrt(mean([&](const std::vector<double>& t) { return (value(t) - middle) * (value(t) - middle); }));
  }
  /// As many unweighted draws would do.
  double effective() const {
    double squares = 0;
    for (const double w : weight) squares += w * w;
    return 1 / squares;
  }
};

/// Adaptive importance sampling in the coordinates where the prior is normal: Student's t with five degrees of freedom,
/// started around theta, in each of `rounds` moved to the weighted mean and covariance of the last; the last round's.
/// Source: Cappe, Guillin, Marin, Robert 2004, "Population Monte Carlo".
class ImportanceSampler {
 public:
  ImportanceSampler(const alfi::Simulator& simulator, alfi::Observations observations)
      : simulator_(simulator), observations_(observations), size_(static_cast<std::size_t>(simulator.parameters())) {}

  /// spread: of the first round, in the normal coordinates.
  WeightedDraws sample(const std::vector<double>& theta, double spread, int rounds, std::uint32_t draws) {
    mean_.clear();
    for (std::size_t p = 0; p < size_; ++p) mean_.push_back(prior(p).coordinate(theta[p]));
    factor_.assign(size_ * size_, 0);
    for (std::size_t p = 0; p < size_; ++p) factor_[p * size_ + p] = spread;
    WeightedDraws result;
    for (int round = 0; round < rounds; ++round) {
      if (round > 0) adapt(result);
      result = draw(static_cast<std::uint32_t>(round), draws);
    }
    return result;
  }

 private:
  const alfi::Prior& prior(std::size_t p) const { return simulator_.info().parameters[p].prior; }

  WeightedDraws draw(std::uint32_t round, std::uint32_t draws) {
    WeightedDraws result;
    coordinates_.clear();
    std::vector<double> log_weight;
    const double n = static_cast<double>(size_);
    for (std::uint32_t i = 0; i < draws; ++i) {
      alfi::Stream random(alfi::step_key(17, alfi::Purpose::user, round), {0, 0, 0, i});
      std::vector<double> z(size_), u = mean_, theta(size_);
      double square = 0, chi = 0;
      for (int k = 0; k < 5; ++k) chi += std::pow(random.normal_double(), 2) / 5;
      for (double& x : z) x = random.normal_double() / std::sqrt(chi), square += x * x;
      double log_density = 0.5 * (5 + n) * std::log1p(square / 5);  // minus that of the proposal, but for a constant
      for (std::size_t p = 0; p < size_; ++p) {
        for (std::size_t q = 0; q <= p; ++q) u[p] += factor_[p * size_ + q] * z[q];
        theta[p] = prior(p).theta(u[p]);
        log_density -= 0.5 * u[p] * u[p];
      }
      log_weight.push_back(log_density + simulator_.exact().log_likelihood(theta.data(), observations_));
      result.theta.push_back(theta);
      coordinates_.push_back(u);
    }
    double largest = log_weight[0], sum = 0;
    for (const double w : log_weight) largest = w > largest ? w : largest;
    for (const double w : log_weight) sum += std::exp(w - largest);
    for (const double w : log_weight) result.weight.push_back(std::exp(w - largest) / sum);
    return result;
  }

  void adapt(const WeightedDraws& last) {
    std::vector<double> covariance(size_ * size_, 0);
    mean_.assign(size_, 0);
    for (std::size_t i = 0; i < last.weight.size(); ++i) {
      for (std::size_t p = 0; p < size_; ++p) mean_[p] += last.weight[i] * coordinates_[i][p];
    }
    for (std::size_t i = 0; i < last.weight.size(); ++i) {
      for (std::size_t p = 0; p < size_ * size_; ++p) {
        covariance[p] += last.weight[i] * (coordinates_[i][p / size_] - mean_[p / size_]) *
                         (coordinates_[i][p % size_] - mean_[p % size_]);
      }
    }
    for (std::size_t p = 0; p < size_; ++p) covariance[p * size_ + p] += 1e-6;
    for (std::size_t p = 0; p < size_; ++p) {  // Cholesky
      for (std::size_t q = 0; q <= p; ++q) {
        double sum = covariance[p * size_ + q];
        for (std::size_t k = 0; k < q; ++k) sum -= factor_[p * size_ + k] * factor_[q * size_ + k];
        factor_[p * size_ + q] = p == q ? std::sqrt(sum) : sum / factor_[q * size_ + q];
      }
    }
  }

  const alfi::Simulator& simulator_;
  alfi::Observations observations_;
  std::size_t size_;
  std::vector<double> mean_, factor_;  ///< factor [P,P], lower triangular
  std::vector<std::vector<double>> coordinates_;
};

/// Against moments of 10 000 unweighted draws: means within 5 standard errors of theirs and ours (6e-7 false alarms
/// each), sds within as much, which is 7 of theirs where tails are a normal's.
inline void check_moments(const WeightedDraws& posterior, const std::vector<double>& mean,
                          const std::vector<double>& sd) {
  CHECK(posterior.effective() > 500);
  const double error = std::sqrt(1e-4 + 1 / posterior.effective());
  for (std::size_t p = 0; p < mean.size(); ++p) {
    CAPTURE(p);
    const auto parameter = [p](const std::vector<double>& theta) { return theta[p]; };
    CHECK(std::abs(posterior.mean(parameter) - mean[p]) < 5 * sd[p] * error);
    CHECK(std::abs(posterior.deviation(parameter) - sd[p]) < 5 * sd[p] * error);
  }
}

}  // namespace alfi_test
