#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/simulators/simulator.hpp"

/// Observations for the tests of the simulators. Header only: test programs of lower rooms do not link simulators.

namespace alfi_test {

/// n observations of D numbers.
struct Simulated {
  alfi::Index rows, cols;
  std::vector<float> values;

  alfi::Observations view() const { return {values.data(), rows, cols}; }
  alfi::Observations first(alfi::Index n) const { return {values.data(), n, cols}; }
  std::vector<double> column(alfi::Index c) const {
    std::vector<double> result;
    for (alfi::Index r = 0; r < rows; ++r) result.push_back(static_cast<double>(view()(r, c)));
    return result;
  }
};

/// n observations at one theta; every one must be valid, or be told to have failed by its status, where that is wanted.
inline Simulated simulated(const alfi::Simulator& simulator, const std::vector<double>& theta, alfi::Index n,
                           std::uint64_t seed, std::vector<std::uint8_t>* told = nullptr) {
  const std::vector<float> parameters(theta.begin(), theta.end());
  Simulated result{n, simulator.size(), std::vector<float>(static_cast<std::size_t>(n * simulator.size()))};
  std::vector<std::uint8_t> status(static_cast<std::size_t>(n), 255);
  alfi::SimulateRequest request;
  request.problems = 1;
  request.observations = n;
  request.theta = {parameters.data(), 1, simulator.parameters()};
  request.out = {result.values.data(), n, result.cols};
  request.status = {status.data(), n};
  request.key = alfi::step_key(seed, alfi::Purpose::user, 0);
  simulator.simulate(alfi::Context(), request);
  for (const std::uint8_t s : status) REQUIRE((s == 0 || told != nullptr));
  if (told != nullptr) *told = status;
  return result;
}

/// theta with every parameter at the normal coordinate u of its prior.
inline std::vector<double> at_coordinate(const alfi::Simulator& simulator, double u) {
  std::vector<double> theta;
  for (const alfi::Parameter& parameter : simulator.info().parameters) theta.push_back(parameter.prior.theta(u));
  return theta;
}

/// theta drawn from the prior.
inline std::vector<double> prior_draw(const alfi::Simulator& simulator, alfi::Stream& random) {
  std::vector<double> theta;
  for (const alfi::Parameter& parameter : simulator.info().parameters) {
    theta.push_back(static_cast<double>(static_cast<float>(parameter.prior.theta(random.normal_double()))));
  }
  return theta;
}

inline double log_prior(const alfi::Simulator& simulator, const std::vector<double>& theta) {
  double sum = 0;
  for (std::size_t i = 0; i < theta.size(); ++i) sum += simulator.info().parameters[i].prior.log_density(theta[i]);
  return sum;
}

/// The posterior is the likelihood times the prior but for a constant: checked at draws of the prior. 1e-9 (1 + size)
/// is what is left of 16 digits after sums of some hundred terms.
inline void check_proportional(const alfi::Simulator& simulator, alfi::Observations observations, std::uint64_t seed) {
  const auto posterior = simulator.exact().posterior_log_density(observations);
  alfi::Stream random(alfi::step_key(seed, alfi::Purpose::prior, 0), {});
  double constant = 0;
  int compared = 0;
  for (int i = 0; i < 30; ++i) {
    const std::vector<double> theta = prior_draw(simulator, random);
    const double density = posterior(theta.data());
    const double joint = simulator.exact().log_likelihood(theta.data(), observations) + log_prior(simulator, theta);
    CHECK(std::isfinite(density) == std::isfinite(joint));
    if (!std::isfinite(density) || !std::isfinite(joint)) continue;
    if (compared++ == 0) constant = joint - density;
    CHECK(std::abs(joint - density - constant) <= 1e-9 * (1 + std::abs(joint) + std::abs(constant)));
  }
}

/// No point has a larger likelihood than the maximum: not at small or large steps along each parameter, nor anywhere
/// in the prior. The slack is rounding of the likelihood and what a maximum known to 1e-8 of its width leaves.
inline void check_maximum(const alfi::Simulator& simulator, alfi::Observations observations, std::uint64_t seed) {
  std::vector<double> best(static_cast<std::size_t>(simulator.parameters()));
  REQUIRE(simulator.exact().maximum_likelihood(observations, best.data()));
  const auto& parameters = simulator.info().parameters;
  for (std::size_t i = 0; i < best.size(); ++i) {
    CHECK(best[i] >= parameters[i].prior.lower());
    CHECK(best[i] <= parameters[i].prior.upper());
  }
  const double top = simulator.exact().log_likelihood(best.data(), observations);
  REQUIRE(std::isfinite(top));
  const double slack = 1e-11 * (1 + std::abs(top));
  for (std::size_t i = 0; i < best.size(); ++i) {
    for (const double step : {1e-4, 1e-3, 1e-2, 0.1, 0.5}) {
      for (const double sign : {-1.0, 1.0}) {
        std::vector<double> theta = best;
        theta[i] += sign * step;
        if (theta[i] <= parameters[i].prior.lower() || theta[i] >= parameters[i].prior.upper()) continue;
        CHECK(simulator.exact().log_likelihood(theta.data(), observations) <= top + slack);
      }
    }
  }
  alfi::Stream random(alfi::step_key(seed, alfi::Purpose::prior, 0), {});
  for (int i = 0; i < 200; ++i) {
    const std::vector<double> theta = prior_draw(simulator, random);
    CHECK(simulator.exact().log_likelihood(theta.data(), observations) <= top + slack);
  }
}

}  // namespace alfi_test
