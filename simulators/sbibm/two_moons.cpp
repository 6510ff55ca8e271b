#include "alfi/simulators/sbibm/two_moons.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

constexpr double kLargest = 1e30;
const Prior kPrior = Prior::uniform(-1, 1);
const Interval kSupport{kPrior.a, kPrior.b};

double standardized(double radius) { return (radius - TwoMoons::kRadius) / TwoMoons::kRadiusSd; }

double log_density(const double* theta, const std::vector<double>& x) {
  const double u = x[0] - TwoMoons::kOffset + std::fabs(theta[0] + theta[1]) * TwoMoons::kHalfRoot;
  const double v = x[1] - (theta[1] - theta[0]) * TwoMoons::kHalfRoot;
  // x was rounded to floats, so that u is known to some 1e-7 only: what made x must not be impossible.
  if (!(u > -0x1p-23)) return kImpossible;
  const double rho = std::hypot(u, v);
  return normal_log_density(standardized(rho)) - std::log(TwoMoons::kRadiusSd * TwoMoons::kPi) -
         std::log(greater(rho, 1e-30));
}

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/two_moons: log_likelihood", observations, 2);
  if (!o.possible || !all_within(theta, 2, kLargest)) return kImpossible;
  return o.x.empty() ? 0.0 : log_density(theta, o.x);
}

/// The part of radii from 0 that fulfils all of `slope radius <= bound`.
struct Radii {
  double low = 0, high = 1;  // 90 sds above the mean

  void require(double slope, double bound) {
    if (slope > 0) {
      high = lesser(high, bound / slope);
    } else if (slope < 0) {
      low = greater(low, bound / slope);
    } else if (bound < 0) {
      high = -1;
    }
  }
  double probability() const {
    return low < high ? std::exp(log_normal_interval(standardized(low), standardized(high))) : 0.0;
  }
};

/// log of the integral of the likelihood over the prior's square. In the turned coordinates
/// s = (theta_1 + theta_2) / sqrt 2, d = (theta_2 - theta_1) / sqrt 2 a point p of the crescent, at (r cos a + 0.25,
/// r sin a), explains x by |s| = p_1 - x_1, where that is not negative, and d = x_2 - p_2: one theta for each sign of
/// s, both in the square or neither, and areas are kept. The square is |s| + |d| <= sqrt 2. So the integral is twice
/// the probability of
///     r cos a >= x_1 - 0.25   and   r cos a -+ (r sin a - x_2) <= sqrt 2 + x_1 - 0.25,
/// for given a an interval of r.
double log_evidence(const std::vector<double>& x) {
  const double least = x[0] - TwoMoons::kOffset, most = std::sqrt(2.0) + least;
  const Function along = [&](double angle) {
    const double c = std::cos(angle), s = std::sin(angle);
    Radii radii;
    radii.require(-c, -least);
    radii.require(c - s, most - x[1]);
    radii.require(c + s, most + x[1]);
    return radii.probability();
  };
  const Interval angles{-TwoMoons::kPi / 2, TwoMoons::kPi / 2};
  // Edges 1/50 apart resolve what the width of the ring, a tenth of its radius, makes of the conditions.
  std::vector<double> breaks;
  for (int i = 1; i < 160; ++i) breaks.push_back(angles.low + (angles.high - angles.low) * i / 160);
  return std::log(2 / TwoMoons::kPi) + log_integral([](double) { return 0.0; }, angles, along, breaks);
}

LogDensity posterior(Observations observations) {
  const Observed o = observed("sbibm/two_moons: posterior_log_density", observations, 2);
  if (o.x.empty()) return prior_density(kPrior, 2);
  if (!o.possible) return impossible();
  const double evidence = log_evidence(o.x);
  if (!std::isfinite(evidence)) return impossible();
  return [x = o.x, evidence](const double* theta) {
    return kSupport.holds(theta[0]) && kSupport.holds(theta[1]) ? log_density(theta, x) - evidence : kImpossible;
  };
}

}  // namespace

Simulator make_two_moons() {
  SimulatorInfo info = task_info("two_moons", "a crescent, moved and folded: a posterior of two crescents", 2);
  info.parameters = alike(2, "moves the crescent", kPrior);
  return make_builtin(std::move(info), TwoMoons{}, {log_likelihood, {}, posterior});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
