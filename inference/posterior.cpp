#include "alfi/inference/posterior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/gaussian_state.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// One component's share of a marginal: N(mean, sd^2) in its coordinate.
struct Marginal {
  double weight, mean, sd;
};

std::vector<Marginal> marginals(const std::vector<MixtureComponent>& components, std::size_t p) {
  std::vector<Marginal> all;
  for (const MixtureComponent& c : components) {
    const std::size_t size = c.gaussian.mean.size();
    double variance = 0;
    for (std::size_t k = 0; k <= p; ++k) {
      const double entry = c.gaussian.cholesky[p * size + k];
      variance += entry * entry;
    }
    all.push_back({std::exp(c.log_weight), c.gaussian.mean[p], std::sqrt(variance)});
  }
  return all;
}

/// Where the marginal's distribution function is probability: between the least and the largest of its components'
/// own quantiles, halved until it is as narrow as doubles, or as nothing beside any component.
double quantile_of(const std::vector<Marginal>& marginals, double probability) {
  const double z = normal_quantile(probability);
  double low = marginals[0].mean + marginals[0].sd * z, high = low, narrow = marginals[0].sd;
  for (const Marginal& m : marginals) {
    narrow = std::min(narrow, m.sd);
    low = std::min(low, m.mean + m.sd * z);
    high = std::max(high, m.mean + m.sd * z);
  }
  // Of the upper half the tail above: there the function itself would run out of digits.
  const double side = probability > 0.5 ? -1 : 1, tail = probability > 0.5 ? 1 - probability : probability;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (!(low < middle && middle < high && high - low > 1e-17 * narrow)) return middle;
    double excess = 0;
    for (const Marginal& m : marginals) excess += m.weight * (normal_cdf(side * (middle - m.mean) / m.sd) - tail);
    (side * excess < 0 ? low : high) = middle;
  }
}

struct Moments {
  double mean, sd;
};

// The trapezoidal rule for the mean and the sd of f(Z), Z standard normal. For an entire f whose growth in a strip
// does not exceed that of Phi(sd z) its error is exp(-2 pi^2 / (h^2 (1 + sd^2))): below 1e-15 with this step, whatever
// sd, where Gauss and Hermite's rule would need ever more nodes for a step-like f. The ends, at 9, weigh 1e-18.
template <class F>
Moments trapezoid(double sd, F f) {
  const double h = 0.7 / std::sqrt(1 + sd * sd);
  const int count = static_cast<int>(9 / h) + 1;
  const double centre = f(0.0);  // deviations from it: no cancellation where the spread is small
  double weight = 0, first = 0, second = 0;
  for (int i = -count; i <= count; ++i) {
    const double z = h * i, w = std::exp(-0.5 * z * z), deviation = f(z) - centre;
    weight += w;
    first += w * deviation;
    second += w * deviation * deviation;
  }
  first /= weight;
  return {centre + first, std::sqrt(std::max(second / weight - first * first, 0.0))};
}

Moments moments(Coordinates coordinates, const Prior& prior, const Marginal& m) {
  if (coordinates == Coordinates::legacy || prior.kind == Prior::Kind::normal) {
    const double centre = to_theta(coordinates, prior, m.mean);
    const double slope = coordinates == Coordinates::legacy ? prior.standard_deviation() : prior.b;
    return {centre, slope * m.sd};
  }
  if (prior.kind == Prior::Kind::lognormal) {  // lognormal again; its heavy tail would ask for a wider rule
    const Prior posterior = Prior::lognormal(prior.a + prior.b * m.mean, prior.b * m.sd);
    return {posterior.mean(), posterior.standard_deviation()};
  }
  return trapezoid(m.sd, [&](double z) { return prior.theta(m.mean + m.sd * z); });
}

/// The same of a mixture.
Moments moments(Coordinates coordinates, const Prior& prior, const std::vector<Marginal>& marginals) {
  std::vector<Moments> parts;
  double mean = 0, variance = 0;
  for (const Marginal& m : marginals) {
    parts.push_back(moments(coordinates, prior, m));
    mean += m.weight * parts.back().mean;
  }
  if (parts.size() == 1) return parts[0];
  for (std::size_t j = 0; j < parts.size(); ++j) {
    const double away = parts[j].mean - mean;
    variance += marginals[j].weight * (parts[j].sd * parts[j].sd + away * away);
  }
  return {mean, std::sqrt(variance)};
}

/// log of the sum of exp over log_weight + f(component).
template <class F>
double log_sum(const std::vector<MixtureComponent>& components, F&& f) {
  double sum = 0;
  for (std::size_t j = 0; j < components.size(); ++j) {
    const double term = components[j].log_weight + f(components[j].gaussian);
    sum = j == 0 ? term : log_add_exp(sum, term);
  }
  return sum;
}

/// log N(v | mean, C C').
double gaussian_log_density(const GaussianState& state, const std::vector<double>& v) {
  const std::size_t size = v.size();
  std::vector<double> z(size);
  unplace(state, v.data(), z.data());
  double sum = 0;
  for (std::size_t p = 0; p < size; ++p) {
    sum += normal_log_density(z[p]) - std::log(state.cholesky[p * size + p]);
  }
  return sum;
}

void require_size(const char* argument, std::size_t got, std::size_t wanted) {
  if (got == wanted) return;
  throw ShapeError("Posterior: " + std::string(argument) + " has " + std::to_string(got) + " entries, expected " +
                   std::to_string(wanted));
}

void require_sound(const std::vector<std::string>& names, const MixtureComponent& c) {
  const std::size_t size = names.size();
  require_size("mean", c.gaussian.mean.size(), size);
  require_size("cholesky", c.gaussian.cholesky.size(), size * size);
  if (!std::isfinite(c.log_weight)) {
    throw NumericError("Posterior: got log_weight " + number_text(c.log_weight) + ", expected a finite number");
  }
  for (std::size_t p = 0; p < size; ++p) {
    const double mean = c.gaussian.mean[p], diagonal = c.gaussian.cholesky[p * size + p];
    if (std::isfinite(mean) && std::isfinite(diagonal) && diagonal > 0) continue;
    throw NumericError("Posterior: " + names[p] + ": got mean " + number_text(mean) + " and diagonal " +
                       number_text(diagonal) + ", expected finite and positive");
  }
}

void require_sound(const std::vector<std::string>& names, const std::vector<MixtureComponent>& components) {
  if (components.empty()) throw ShapeError("Posterior: got no components, expected at least one");
  for (const MixtureComponent& c : components) require_sound(names, c);
}

void normalize(std::vector<MixtureComponent>& components) {
  const double all = log_sum(components, [](const GaussianState&) { return 0.0; });
  for (MixtureComponent& c : components) c.log_weight -= all;
}

}  // namespace

Posterior::Posterior(std::vector<std::string> names, std::vector<Prior> priors, Coordinates coordinates,
                     GaussianState state)
    : Posterior(std::move(names), std::move(priors), coordinates,
                MixtureState{{MixtureComponent{0, std::move(state)}}}) {}

Posterior::Posterior(std::vector<std::string> names, std::vector<Prior> priors, Coordinates coordinates,
                     MixtureState state)
    : names_(std::move(names)),
      priors_(std::move(priors)),
      coordinates_(coordinates),
      components_(std::move(state.components)) {
  require_size("names", names_.size(), priors_.size());
  require_sound(names_, components_);
  normalize(components_);
}

void Posterior::replace(const MixtureState& state) {
  require_sound(names_, state.components);
  components_ = state.components;
  normalize(components_);
}

std::vector<double> Posterior::mean() const {
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    result.push_back(moments(coordinates_, priors_[p], marginals(components_, p)).mean);
  }
  return result;
}

std::vector<double> Posterior::standard_deviation() const {
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    result.push_back(moments(coordinates_, priors_[p], marginals(components_, p)).sd);
  }
  return result;
}

std::vector<double> Posterior::quantile(double probability) const {
  if (!(std::isfinite(probability) && probability > 0 && probability < 1)) {
    throw InputError("Posterior::quantile: probability: got " + number_text(probability) +
                     ", expected a number between 0 and 1");
  }
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    result.push_back(to_theta(coordinates_, priors_[p], quantile_of(marginals(components_, p), probability)));
  }
  return result;
}

std::vector<double> Posterior::probability_below(const std::vector<double>& theta) const {
  require_size("theta", theta.size(), priors_.size());
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    const double v = to_coordinate(coordinates_, priors_[p], theta[p]);
    double below = 0;
    for (const Marginal& m : marginals(components_, p)) below += m.weight * normal_cdf((v - m.mean) / m.sd);
    result.push_back(std::min(below, 1.0));
  }
  return result;
}

std::vector<double> Posterior::draw(Index count, std::uint64_t seed) const {
  if (count < 0) {
    throw InputError("Posterior::draw: count: got " + std::to_string(count) + ", expected at least 0");
  }
  const Key key = step_key(seed, Purpose::draws, 0);
  const std::size_t size = priors_.size();
  std::vector<double> noise(size), v(size), draws;
  draws.reserve(static_cast<std::size_t>(count) * size);
  for (Index i = 0; i < count; ++i) {
    Stream stream(key, {0, 0, 0, static_cast<std::uint32_t>(i)});
    for (double& z : noise) z = stream.normal_double();
    std::size_t j = 0;
    if (components_.size() > 1) {
      double left = stream.uniform_double();
      while (j + 1 < components_.size() && (left -= std::exp(components_[j].log_weight)) >= 0) ++j;
    }
    place(components_[j].gaussian, noise.data(), v.data());
    for (std::size_t p = 0; p < size; ++p) draws.push_back(to_theta(coordinates_, priors_[p], v[p]));
  }
  return draws;
}

double Posterior::log_density(const std::vector<double>& theta) const {
  const std::size_t size = priors_.size();
  if (theta.size() != size) {
    throw ShapeError("Posterior::log_density: theta has shape [" + std::to_string(theta.size()) + "], expected [" +
                     std::to_string(size) + "]");
  }
  std::vector<double> v(size);
  double log_scale = 0;
  for (std::size_t p = 0; p < size; ++p) {
    v[p] = to_coordinate(coordinates_, priors_[p], theta[p]);
    if (!std::isfinite(v[p])) return -std::numeric_limits<double>::infinity();
    log_scale += log_jacobian(coordinates_, priors_[p], v[p]);
  }
  return log_sum(components_, [&](const GaussianState& state) { return gaussian_log_density(state, v); }) - log_scale;
}

}  // namespace v0
}  // namespace alfi
