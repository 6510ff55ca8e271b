#include "alfi/inference/mixture_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kMostSteps = 200;
constexpr double kSettled = 1e-5;  // nats a point that a step gains, and it is the last
constexpr int kMostInVain = 2;
constexpr double kSure = 2;           // standard errors of the gain that twice as many components must have
constexpr double kLeastShare = 1e-6;  // of all points' variances: the least of a component
constexpr double kFewest = 5;         // points a parameter that a component stands for
constexpr Index kHeldOut = 10;        // every tenth
constexpr double kLeastLog = -700;    // whose exponential is not denormal

/// log exp(log_weight) N(u | component), for all components: [n,J].
void terms_of(const MixtureState& mixture, const Points& points, std::vector<double>& terms) {
  const std::size_t count = mixture.components.size(), p_count = static_cast<std::size_t>(points.cols);
  terms.resize(static_cast<std::size_t>(points.rows()) * count);
  std::vector<double> e(p_count), constants;
  for (const MixtureComponent& c : mixture.components) {
    double sum = c.log_weight;
    for (std::size_t p = 0; p < p_count; ++p) sum -= std::log(c.gaussian.cholesky[p * p_count + p]);
    constants.push_back(sum - 0.5 * static_cast<double>(p_count) * kLogTwoPi);
  }
  for (Index i = 0; i < points.rows(); ++i) {
    for (std::size_t j = 0; j < count; ++j) {
      unplace(mixture.components[j].gaussian, points.row(i), e.data());
      terms[static_cast<std::size_t>(i) * count + j] = constants[j] - 0.5 * square_of(e.data(), points.cols);
    }
  }
}

/// Whether the points are more likely by b than by a, beyond chance.
bool better(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += b[i] - a[i];
    squares += (b[i] - a[i]) * (b[i] - a[i]);
  }
  return sum > kSure * std::sqrt(squares);
}

double distance(const Points& points, Index i, Index k, const GaussianState& whole) {
  std::vector<double> away(static_cast<std::size_t>(points.cols));
  for (std::size_t p = 0; p < away.size(); ++p) away[p] = points.row(i)[p] - points.row(k)[p];
  solve_lower(whole.cholesky, points.cols, away.data());
  return square_of(away.data(), points.cols);
}

/// Centres at points far from one another, spreads those of all points shrunk to the count.
MixtureState started(const Points& points, Index count, const GaussianState& whole, Key key) {
  Stream random(key, {0, 0, 0, static_cast<std::uint32_t>(count)});
  const Index n = points.rows();
  MixtureState mixture;
  std::vector<double> nearest(static_cast<std::size_t>(n), 1.0);
  const double narrower = std::pow(static_cast<double>(count), -1 / static_cast<double>(points.cols));
  for (Index j = 0; j < count; ++j) {
    double sum = 0;
    for (const double d : nearest) sum += d;
    double left = random.uniform_double() * sum;
    Index chosen = 0;
    while (chosen + 1 < n && left > nearest[static_cast<std::size_t>(chosen)]) {
      left -= nearest[static_cast<std::size_t>(chosen++)];
    }
    GaussianState g = whole;
    g.mean.assign(points.row(chosen), points.row(chosen) + points.cols);
    for (double& entry : g.cholesky) entry *= narrower;
    mixture.components.push_back({-std::log(static_cast<double>(count)), std::move(g)});
    for (Index i = 0; i < n; ++i) {
      double& d = nearest[static_cast<std::size_t>(i)];
      const double to_this = distance(points, i, chosen, whole);
      d = j == 0 ? to_this : std::min(d, to_this);
    }
  }
  return mixture;
}

/// Of each component, the shares [n] of the points that are its own, from terms_of(). The points' mean log density.
double shares_of(const std::vector<double>& terms, std::vector<std::vector<double>>& shares) {
  const std::size_t count = shares.size(), n = terms.size() / count;
  double mean = 0;
  for (std::vector<double>& share : shares) share.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double all = log_sum_exp(terms.data() + i * count, count);
    mean += all / static_cast<double>(n);
    for (std::size_t j = 0; j < count; ++j) shares[j][i] = std::exp(std::max(terms[i * count + j] - all, kLeastLog));
  }
  return mean;
}

}  // namespace

MixtureState fit_components(const Points& points, Index components, const GaussianState& whole,
                            const ComponentLimits& limits, Key key) {
  const MixtureState single{{MixtureComponent{0, whole}}};
  if (components == 1) return single;
  MixtureState mixture = started(points, components, whole, key);
  std::vector<double> terms;
  double before = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    std::vector<std::vector<double>> shares(mixture.components.size());
    terms_of(mixture, points, terms);
    const double now = shares_of(terms, shares);
    if (step > 0 && now - before < kSettled) break;
    before = now;
    mixture.components.clear();
    for (const std::vector<double>& share : shares) {
      const double sum = std::accumulate(share.begin(), share.end(), 0.0);
      if (sum < limits.points) continue;
      const double log_weight = std::log(sum / static_cast<double>(points.rows()));
      try {
        mixture.components.push_back({log_weight, moments_of(points, share, whole, limits.covariance)});
      } catch (const NumericError&) {
        continue;  // all points are so near a plane that its own are in one, to rounding
      }
    }
    if (mixture.components.empty()) return single;
  }
  return mixture;
}

std::vector<double> log_density_of(const MixtureState& mixture, const Points& points) {
  const std::size_t count = mixture.components.size();
  std::vector<double> terms, all, weights;
  for (const MixtureComponent& c : mixture.components) weights.push_back(c.log_weight);
  const double scale = log_sum_exp(weights.data(), count);
  terms_of(mixture, points, terms);
  for (std::size_t i = 0; i < terms.size(); i += count) all.push_back(log_sum_exp(terms.data() + i, count) - scale);
  return all;
}

MixtureState widened(const MixtureState& mixture, double factor) {
  MixtureState wide = mixture;
  for (MixtureComponent& c : wide.components) {
    for (double& entry : c.gaussian.cholesky) entry *= factor;
  }
  return wide;
}

void place(const MixtureState& mixture, double uniform, const double* normals, double* u) {
  double sum = 0;
  for (const MixtureComponent& c : mixture.components) sum += std::exp(c.log_weight);
  double left = uniform * sum;
  std::size_t j = 0;
  while (j + 1 < mixture.components.size() && left > std::exp(mixture.components[j].log_weight)) {
    left -= std::exp(mixture.components[j++].log_weight);
  }
  place(mixture.components[j].gaussian, normals, u);
}

MixtureState fit_mixture(const Points& points, Index most, Key key) {
  Points kept{{}, points.cols}, held_out{{}, points.cols};
  for (Index i = 0; i < points.rows(); ++i) {
    Points& part = i % kHeldOut == 0 ? held_out : kept;
    part.data.insert(part.data.end(), points.row(i), points.row(i) + points.cols);
  }
  const GaussianState of_kept = moments_of(kept);
  const ComponentLimits limits{kFewest * static_cast<double>(points.cols), kLeastShare};
  const auto held_out_by = [&](Index count) {
    return log_density_of(fit_components(kept, count, of_kept, limits, key), held_out);
  };
  Index best = 1;
  std::vector<double> density = held_out_by(1);
  int in_vain = 0;  // one failure says little: one and two may be alike where four are not, and some starts are bad
  for (Index count = 2; count <= most && in_vain < kMostInVain; count *= 2) {
    std::vector<double> now = held_out_by(count);
    if (!better(density, now)) {
      ++in_vain;
      continue;
    }
    in_vain = 0;
    density = std::move(now);
    best = count;
  }
  return fit_components(points, best, moments_of(points), limits, key);
}

}  // namespace v0
}  // namespace alfi
