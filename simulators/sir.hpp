#pragma once
#include <cmath>

#include "alfi/core/negative_binomial_law.hpp"
#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/ode.hpp"

/// An epidemic in a closed school of N = 763: susceptible S, infected I, from S = 762, I = 1 on day 0,
///     dS/dt = -beta S I / N,   dI/dt = beta S I / N - gamma I
/// and the boys in bed on days 1 to 14, counts of negative binomial noise with mean I(t) and dispersion phi (variance
/// m + m^2 / phi). Rates a day.
/// Source: Kermack and McKendrick 1927; the data's setting: BMJ, 4 March 1978; priors: Grinsztajn et al. 2021.

namespace alfi {
inline namespace v0 {

struct SirRates {
  double beta, gamma, population;

  ALFI_HD void operator()(double, const double* y, double* dy) const {
    const double infections = beta * y[0] * y[1] / population;
    dy[0] = -infections;
    dy[1] = infections - gamma * y[1];
  }
};

/// theta: beta, gamma, 1 / phi (0: Poisson). A sample: 14 counts.
/// Random: those of core/negative_binomial_law.hpp for each count.
/// Fails where theta is negative or not finite, 1 / phi above 1e15, where the equations cannot be solved in 10^4 steps,
/// or where the rate of a count is above 1e7.
struct SirSimulator {
  static constexpr int kDays = 14;
  static constexpr double kPopulation = 763, kInfected = 1;

  struct Prepared {
    bool valid;
    NegativeBinomialLaw noise;
    float log_mean[kDays];
  };

  /// log I on the days [kDays], I no less than 1e-100, to a relative tolerance. False where theta fails.
  template <class Real>
  ALFI_HD static bool solve(const double* theta, double tolerance, Real* log_mean) {
    if (!is_within(theta[0], 1e30) || !is_within(theta[1], 1e30) || theta[0] < 0 || theta[1] < 0) return false;
    if (!is_within(theta[2], NegativeBinomialLaw::kLargestInverse) || theta[2] < 0) return false;
    OdeOptions<double> options;
    options.relative = tolerance;
    options.absolute = 1e-100;
    const double start[2] = {kPopulation - kInfected, kInfected};
    const OdeReport report = solve_ode<2>(SirRates{theta[0], theta[1], kPopulation}, 0.0, start,
                                          EvenTimes<double>{1, 1, kDays}, options, [&](Index day, const double* y) {
                                            log_mean[day] = static_cast<Real>(std::log(y[1] > 1e-100 ? y[1] : 1e-100));
                                          });
    return report.status == OdeStatus::ok;
  }

  ALFI_HD Prepared prepare(const float* theta) const {
    double wide[3];
    for (int i = 0; i < 3; ++i) wide[i] = static_cast<double>(theta[i]);
    Prepared p{};
    p.valid = solve(wide, 1e-6, p.log_mean);
    if (p.valid) p.noise = NegativeBinomialLaw::of(wide[2]);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    for (int i = 0; i < kDays; ++i) {
      const double count = p.noise.draw(static_cast<double>(p.log_mean[i]), random);
      if (count < 0) return Status::failed;
      x[i] = static_cast<float>(count);
    }
    return Status::ok;
  }
};

Simulator make_sir();

}  // namespace v0
}  // namespace alfi
