#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/ode.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// Prey X and predators Y:
///     X' = alpha X - beta X Y,  Y' = -gamma Y + delta X Y,  (X, Y)(0) = (30, 1),
/// alpha, gamma ~ LogNormal(-0.125, 0.5), beta, delta ~ LogNormal(-3, 0.5), theta = (alpha, beta, gamma, delta). Both
/// are seen at t = 0, 2.1, 4.2, ..., 18.9, first the ten X and then the ten Y, each as
/// x_i ~ LogNormal(log of the population, held within [1e-10, 1e4]; 0.1).
/// (Of other times, noise and priors: the lynx and hares of Hudson's Bay.)

namespace alfi {
inline namespace v0 {
namespace sbibm {

struct LotkaVolterraFlow {
  static constexpr int kTimes = 10, kSize = 2 * kTimes;
  static constexpr double kSpacing = 2.1, kNoise = 0.1, kLowest = 1e-10, kHighest = 1e4;

  double alpha, beta, gamma, delta;

  ALFI_HD void operator()(double, const double* y, double* dy) const {
    dy[0] = (alpha - beta * y[1]) * y[0];
    dy[1] = (delta * y[0] - gamma) * y[1];
  }

  /// Logarithms of the populations at all times, held within their bounds. False where a rate is not from 0 to 1e3, or
  /// the solver gives up.
  ALFI_HD static bool log_populations(const double* theta, double tolerance, double* logs) {
    for (int i = 0; i < 4; ++i) {
      if (!is_within(theta[i], 1e3) || theta[i] < 0) return false;
    }
    const double start[2] = {30, 1};
    OdeOptions<double> options;
    options.relative = tolerance;
    const auto record = [&](Index i, const double* y) {
      for (int c = 0; c < 2; ++c) {
        logs[c * kTimes + i] = std::log(y[c] < kLowest ? kLowest : y[c] > kHighest ? kHighest : y[c]);
      }
    };
    const LotkaVolterraFlow flow{theta[0], theta[1], theta[2], theta[3]};
    const EvenTimes<double> times{0, kSpacing, kTimes};
    return solve_ode<2>(flow, 0.0, start, times, options, record).status == OdeStatus::ok;
  }
};

/// Solved to 1e-6: over the prior within 1e-3 of the draws' sds.
/// Random: forty words: each entry two.
/// Fails where a rate is not a number from 0 to 1e3, or the solver gives up.
struct LotkaVolterra {
  struct Prepared {
    bool valid;
    double logs[LotkaVolterraFlow::kSize];
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{};
    double rates[4];
    for (int i = 0; i < 4; ++i) rates[i] = static_cast<double>(theta[i]);
    p.valid = LotkaVolterraFlow::log_populations(rates, 1e-6, p.logs);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    for (int i = 0; i < LotkaVolterraFlow::kSize; ++i) {
      x[i] = static_cast<float>(std::exp(p.logs[i] + LotkaVolterraFlow::kNoise * random.normal_double()));
    }
    return Status::ok;
  }
};

Simulator make_lotka_volterra();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
