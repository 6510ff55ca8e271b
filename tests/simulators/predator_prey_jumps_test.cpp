#include "alfi/simulators/predator_prey_jumps.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/simulated.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;

namespace {

/// Papamakarios and Murray's own: rates 0.01, 0.5, 1, 0.01.
const std::vector<double> kOscillates{std::log(0.01), std::log(0.5), 0, std::log(0.01)};

struct Runs {
  std::vector<float> x;
  std::vector<std::uint8_t> status;
};
Runs runs(const alfi::Simulator& simulator, const std::vector<double>& theta, alfi::Index n) {
  const std::vector<float> floats(theta.begin(), theta.end());
  Runs result{std::vector<float>(static_cast<std::size_t>(n * 302)),
              std::vector<std::uint8_t>(static_cast<std::size_t>(n))};
  alfi::SimulateRequest request;
  request.problems = 1;
  request.observations = n;
  request.theta = {floats.data(), 1, 4};
  request.out = {result.x.data(), n, 302};
  request.status = {result.status.data(), n};
  request.key = alfi::step_key(3, alfi::Purpose::user, 0);
  simulator.simulate(alfi::Context(), request);
  return result;
}

/// Predators (0) or prey (1) at record i of the runs that are ok.
std::vector<double> counts(const Runs& runs, std::size_t i, std::size_t species) {
  std::vector<double> result;
  for (std::size_t n = 0; n < runs.status.size(); ++n) {
    if (runs.status[n] == 0) result.push_back(static_cast<double>(runs.x[n * 302 + 2 * i + species]));
  }
  return result;
}

}  // namespace

TEST_CASE("predator_prey_jumps: starts at 50 and 100; counts are whole and change by jumps") {
  const Runs made = runs(alfi::make_predator_prey_jumps(), kOscillates, 40);
  for (std::size_t n = 0; n < 40; ++n) {
    if (made.status[n] != 0) continue;
    CHECK(made.x[n * 302] == 50);
    CHECK(made.x[n * 302 + 1] == 100);
    for (std::size_t d = 0; d < 302; ++d)
      CHECK((made.x[n * 302 + d] >= 0 && made.x[n * 302 + d] == std::floor(made.x[n * 302 + d])));
  }
}

TEST_CASE("predator_prey_jumps: without meetings both are birth or death processes, at the right times") {
  // Predators die at 0.1, prey are born at 0.05: means 50 e^(-0.1 t), 100 e^(0.05 t); variances m (1 - e^(-0.1 t)) and
  // m (e^(0.05 t) - 1). 6 sigma; the variance of a sample variance is below 2.5 V^2 / n for these near-normal counts.
  const double rate = static_cast<double>(static_cast<float>(std::log(0.1)));
  const std::vector<double> theta{-50, rate, std::log(0.05), -50};
  const double n = 4000;
  for (const double tau : {0.0, 0.01}) {
    const Runs made = runs(alfi::make_predator_prey_jumps(tau), theta, 4000);
    for (const std::size_t i : {1u, 50u, 150u}) {
      const double t = 0.2 * static_cast<double>(i), fall = std::exp(-0.1 * t), rise = std::exp(0.05 * t);
      const SampleMoments predators = sample_moments(counts(made, i, 0)), prey = sample_moments(counts(made, i, 1));
      const double leap = 0.15 * tau;  // relative: 30 rate^2 tau / 2
      CHECK(std::abs(predators.mean - 50 * fall) < 6 * std::sqrt(50 * fall * (1 - fall) / n) + 50 * fall * leap);
      CHECK(std::abs(prey.mean - 100 * rise) < 6 * std::sqrt(100 * rise * (rise - 1) / n) + 100 * rise * leap);
      CHECK(std::abs(prey.variance / (100 * rise * (rise - 1)) - 1) < 6 * std::sqrt(2.5 / n) + 0.05 * tau);
    }
  }
}

TEST_CASE("predator_prey_jumps: short leaps agree with the process, long ones less") {
  // Mean and mean of squares at time 6, past the first swing, with 1000 runs each; 6 sigma of the difference.
  const Runs exact = runs(alfi::make_predator_prey_jumps(), kOscillates, 1000);
  const auto distance = [&](double tau) {
    const Runs leaps = runs(alfi::make_predator_prey_jumps(tau), kOscillates, 1000);
    double worst = 0;
    for (const std::size_t species : {0u, 1u}) {
      const auto a = counts(exact, 30, species), b = counts(leaps, 30, species);
      const SampleMoments m = sample_moments(a), l = sample_moments(b);
      const double sigma =
          std::sqrt(m.variance / static_cast<double>(a.size()) + l.variance / static_cast<double>(b.size()));
      worst = std::max(worst, std::abs(m.mean - l.mean) / sigma);
      worst = std::max(worst, std::abs(l.variance / m.variance - 1) / std::sqrt(8.0 / 1000));
    }
    return worst;
  };
  CHECK(distance(0.004) < 6);
  CHECK(distance(0.2) > 6);
}

TEST_CASE("predator_prey_jumps: explosions are too long, nonsense fails, and both hold zeros") {
  for (const double tau : {0.0, 0.1}) {
    const Runs long_ones = runs(alfi::make_predator_prey_jumps(tau), {-20, -20, 2, -20}, 5);
    for (const std::uint8_t s : long_ones.status) CHECK(s == static_cast<std::uint8_t>(alfi::Status::too_long));
    for (const float x : long_ones.x) CHECK(x == 0);
  }
  for (const std::uint8_t s : runs(alfi::make_predator_prey_jumps(), {0, 0, 60, 0}, 5).status) CHECK(s == 1);
}
