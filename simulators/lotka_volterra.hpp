#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/ode.hpp"

/// Hare and lynx, the prey u and the predators v of Lotka and Volterra's equations
///     du/dt = (alpha - beta v) u,   dv/dt = (-gamma + delta u) v
/// seen every year from 0 to 20 with log-normal noise, year 0 too. Numbers in thousands of pelts, rates a year.
/// Source: Howard 2009; Carpenter 2018, "Predator-prey population dynamics: the Lotka-Volterra model in Stan".

namespace alfi {
inline namespace v0 {

template <class Real>
struct LotkaVolterraRates {
  Real alpha, beta, gamma, delta;

  ALFI_HD void operator()(Real, const Real* y, Real* dy) const {
    dy[0] = (alpha - beta * y[1]) * y[0];
    dy[1] = (delta * y[0] - gamma) * y[1];
  }
};

/// theta: alpha, beta, gamma, delta, sigma_u, sigma_v, u0, v0. A sample: 21 rows of hare, lynx.
/// Random: two words for each number.
/// Fails where a rate or sigma is negative, u0 or v0 not positive, or any not finite; where the equations cannot be
/// solved in 10^4 steps (over the prior they take 130); where a number lies outside e^+-87, a float's range.
struct LotkaVolterraSimulator {
  static constexpr int kYears = 21, kSpecies = 2, kSize = kYears * kSpecies;
  static constexpr double kLargestLog = 87;

  struct Prepared {
    bool valid;
    double sigma[kSpecies];
    float log_state[kSize];
  };

  /// Logarithms of the solution [kSize], to a relative tolerance. False where theta fails.
  template <class Real>
  ALFI_HD static bool solve(const double* theta, double tolerance, Real* log_state) {
    for (int i = 0; i < 8; ++i) {
      if (!is_within(theta[i], 1e30) || theta[i] < 0) return false;
    }
    const double start[kSpecies] = {theta[6], theta[7]};
    if (start[0] == 0 || start[1] == 0) return false;
    OdeOptions<double> options;
    options.relative = tolerance;
    options.absolute = 1e-100;  // of what falls below e^-87 it only matters that it did
    bool representable = true;
    const auto record = [&](Index year, const double* y) {
      for (int i = 0; i < kSpecies; ++i) {
        const double log_y = y[i] > 1e-300 ? std::log(y[i]) : -700;
        representable = representable && std::fabs(log_y) <= kLargestLog;
        log_state[year * kSpecies + i] = static_cast<Real>(log_y);
      }
    };
    const LotkaVolterraRates<double> rates{theta[0], theta[1], theta[2], theta[3]};
    const OdeReport report = solve_ode<kSpecies>(rates, 0.0, start, EvenTimes<double>{0, 1, kYears}, options, record);
    return report.status == OdeStatus::ok && representable;
  }

  ALFI_HD Prepared prepare(const float* theta) const {
    double wide[8];
    for (int i = 0; i < 8; ++i) wide[i] = static_cast<double>(theta[i]);
    Prepared p{false, {wide[4], wide[5]}, {}};
    p.valid = solve(wide, 1e-6, p.log_state);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    for (int i = 0; i < kSize; ++i) {
      const double log_x = static_cast<double>(p.log_state[i]) + p.sigma[i % kSpecies] * random.normal_double();
      if (std::fabs(log_x) > kLargestLog) return Status::failed;
      x[i] = static_cast<float>(std::exp(log_x));
    }
    return Status::ok;
  }
};

Simulator make_lotka_volterra();

}  // namespace v0
}  // namespace alfi
