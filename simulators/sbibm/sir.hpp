#pragma once
#include <cmath>

#include "alfi/core/binomial_law.hpp"
#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/ode.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// An epidemic in a population of N = 10^6, from one infected:
///     S' = -beta S I / N,  I' = beta S I / N - gamma I,  (S, I)(0) = (N - 1, 1), time in days,
/// beta ~ LogNormal(log 0.4, 0.5), gamma ~ LogNormal(log 0.125, 0.2). At t = 0, 17, 34, ..., 153 a thousand are tested:
/// x_i ~ Binomial(1000, I(t_i) / N).

namespace alfi {
inline namespace v0 {
namespace sbibm {

struct SirFlow {
  static constexpr int kSize = 10, kTested = 1000;
  static constexpr double kPopulation = 1e6, kSpacing = 17;

  double beta, gamma;

  ALFI_HD void operator()(double, const double* y, double* dy) const {
    const double infections = beta * y[0] * y[1] / kPopulation;
    dy[0] = -infections;
    dy[1] = infections - gamma * y[1];
  }

  /// I / N at the kSize times. False where a rate is not from 0 to 1e3, or the solver gives up.
  ALFI_HD static bool infected(double beta, double gamma, double tolerance, double* share) {
    const bool sound = is_within(beta, 1e3) && is_within(gamma, 1e3) && beta >= 0 && gamma >= 0;
    if (!sound) return false;
    const double start[2] = {kPopulation - 1, 1};
    OdeOptions<double> options;
    options.relative = tolerance;
    options.absolute = 1e-200;  // what dies out may reach 0
    const auto record = [&](Index i, const double* y) {
      const double now = y[1] / kPopulation;
      share[i] = now > 0 ? (now < 1 ? now : 1.0) : 0.0;
    };
    const EvenTimes<double> times{0, kSpacing, kSize};
    return solve_ode<2>(SirFlow{beta, gamma}, 0.0, start, times, options, record).status == OdeStatus::ok;
  }
};

/// Solved to 1e-6: over the prior within 5e-5 of the draws' sds.
/// Random: twenty words: each count two.
/// Fails where a rate is not a number from 0 to 1e3, or the solver gives up.
struct Sir {
  struct Prepared {
    bool valid;
    double share[SirFlow::kSize];
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{};
    p.valid = SirFlow::infected(static_cast<double>(theta[0]), static_cast<double>(theta[1]), 1e-6, p.share);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    for (int i = 0; i < SirFlow::kSize; ++i) {
      x[i] = static_cast<float>(BinomialLaw::of(SirFlow::kTested, p.share[i]).draw(random));
    }
    return Status::ok;
  }
};

Simulator make_sir();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
