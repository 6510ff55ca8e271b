#include "alfi/inference/mixture_fit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/special.hpp"
#include "alfi/inference/dense_solve.hpp"

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

/// log of the sum of exp.
double joined(const double* terms, std::size_t count) {
  const double most = *std::max_element(terms, terms + count);
  double sum = 0;
  for (std::size_t j = 0; j < count; ++j) sum += std::exp(std::max(terms[j] - most, -700.0));
  return most + std::log(sum);
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

/// One component from the shares of the points that are its own. False where it stands for too few: it is left out.
bool maximize(const Points& points, const std::vector<double>& shares, std::size_t j, std::size_t count,
              const GaussianState& whole, MixtureComponent& component) {
  const auto p_count = static_cast<std::size_t>(points.cols);
  const auto n = static_cast<std::size_t>(points.rows());
  double sum = 0;
  GaussianState g{std::vector<double>(p_count, 0.0), std::vector<double>(p_count * p_count, 0.0)};
  for (std::size_t i = 0; i < n; ++i) {
    const double share = shares[i * count + j];
    const double* const u = points.row(static_cast<Index>(i));
    sum += share;
    for (std::size_t p = 0; p < p_count; ++p) g.mean[p] += share * u[p];
  }
  if (sum < kFewest * static_cast<double>(p_count)) return false;
  for (double& m : g.mean) m /= sum;
  std::vector<double> away(p_count);
  for (std::size_t i = 0; i < n; ++i) {
    const double share = shares[i * count + j] / sum;
    if (share < 1e-12) continue;
    for (std::size_t p = 0; p < p_count; ++p) away[p] = points.row(static_cast<Index>(i))[p] - g.mean[p];
    for (std::size_t r = 0; r < p_count; ++r) {
      for (std::size_t c = 0; c <= r; ++c) g.cholesky[r * p_count + c] += share * away[r] * away[c];
    }
  }
  for (std::size_t r = 0; r < p_count; ++r) {
    for (std::size_t c = 0; c <= r; ++c) {
      double entry = 0;
      for (std::size_t k = 0; k <= c; ++k) entry += whole.cholesky[r * p_count + k] * whole.cholesky[c * p_count + k];
      g.cholesky[r * p_count + c] += kLeastShare * entry;
    }
  }
  if (!cholesky_in_place(g.cholesky, points.cols)) return false;
  component = {std::log(sum / static_cast<double>(n)), std::move(g)};
  return true;
}

MixtureState fitted(const Points& points, Index components, Key key) {
  const GaussianState whole = moments_of(points, std::vector<double>(static_cast<std::size_t>(points.rows()), 1.0));
  if (components == 1) return {{MixtureComponent{0, whole}}};
  MixtureState mixture = started(points, components, whole, key);
  std::vector<double> terms;
  double before = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    const std::size_t count = mixture.components.size();
    terms_of(mixture, points, terms);
    double now = 0;
    for (std::size_t i = 0; i < terms.size(); i += count) {
      const double all = joined(terms.data() + i, count);
      now += all / static_cast<double>(points.rows());
      for (std::size_t j = 0; j < count; ++j) terms[i + j] = std::exp(std::max(terms[i + j] - all, -700.0));
    }
    if (step > 0 && now - before < kSettled) break;
    before = now;
    MixtureState next;
    for (std::size_t j = 0; j < count; ++j) {
      MixtureComponent component;
      if (maximize(points, terms, j, count, whole, component)) next.components.push_back(std::move(component));
    }
    if (next.components.empty()) break;
    mixture = std::move(next);
  }
  return mixture;
}

}  // namespace

std::vector<double> log_density_of(const MixtureState& mixture, const Points& points) {
  const std::size_t count = mixture.components.size();
  std::vector<double> terms, all, weights;
  for (const MixtureComponent& c : mixture.components) weights.push_back(c.log_weight);
  const double scale = joined(weights.data(), count);
  terms_of(mixture, points, terms);
  for (std::size_t i = 0; i < terms.size(); i += count) all.push_back(joined(terms.data() + i, count) - scale);
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
  Index best = 1;
  std::vector<double> density = log_density_of(fitted(kept, 1, key), held_out);
  int in_vain = 0;  // one failure says little: one and two may be alike where four are not, and some starts are bad
  for (Index count = 2; count <= most && in_vain < kMostInVain; count *= 2) {
    std::vector<double> now = log_density_of(fitted(kept, count, key), held_out);
    if (!better(density, now)) {
      ++in_vain;
      continue;
    }
    in_vain = 0;
    density = std::move(now);
    best = count;
  }
  return fitted(points, best, key);
}

}  // namespace v0
}  // namespace alfi
