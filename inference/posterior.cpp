#include "alfi/inference/posterior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

/// One marginal, N(mean, sd^2) in its coordinate.
struct Marginal {
  double mean, sd;
};

Marginal marginal(const GaussianState& state, Index p) {
  const Index size = static_cast<Index>(state.mean.size());
  double variance = 0;
  for (Index k = 0; k <= p; ++k) {
    const double c = state.cholesky[at(p * size + k)];
    variance += c * c;
  }
  return {state.mean[at(p)], std::sqrt(variance)};
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

}  // namespace

Posterior::Posterior(std::vector<std::string> names, std::vector<Prior> priors, Coordinates coordinates,
                     GaussianState state)
    : names_(std::move(names)), priors_(std::move(priors)), coordinates_(coordinates), state_(std::move(state)) {
  const std::size_t size = priors_.size();
  const auto require = [](const char* argument, std::size_t got, std::size_t wanted) {
    if (got == wanted) return;
    throw ShapeError("Posterior: " + std::string(argument) + " has " + std::to_string(got) + " entries, expected " +
                     std::to_string(wanted));
  };
  require("names", names_.size(), size);
  require("mean", state_.mean.size(), size);
  require("cholesky", state_.cholesky.size(), size * size);
  for (std::size_t p = 0; p < size; ++p) {
    const double diagonal = state_.cholesky[p * size + p];
    if (std::isfinite(state_.mean[p]) && std::isfinite(diagonal) && diagonal > 0) continue;
    throw NumericError("Posterior: " + names_[p] + ": got mean " + number_text(state_.mean[p]) + " and diagonal " +
                       number_text(diagonal) + ", expected finite and positive");
  }
}

std::vector<double> Posterior::mean() const {
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    result.push_back(moments(coordinates_, priors_[p], marginal(state_, static_cast<Index>(p))).mean);
  }
  return result;
}

std::vector<double> Posterior::standard_deviation() const {
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    result.push_back(moments(coordinates_, priors_[p], marginal(state_, static_cast<Index>(p))).sd);
  }
  return result;
}

std::vector<double> Posterior::quantile(double probability) const {
  if (!(std::isfinite(probability) && probability > 0 && probability < 1)) {
    throw InputError("Posterior::quantile: probability: got " + number_text(probability) +
                     ", expected a number between 0 and 1");
  }
  const double z = normal_quantile(probability);
  std::vector<double> result;
  for (std::size_t p = 0; p < priors_.size(); ++p) {
    const Marginal m = marginal(state_, static_cast<Index>(p));
    result.push_back(to_theta(coordinates_, priors_[p], m.mean + m.sd * z));
  }
  return result;
}

std::vector<double> Posterior::draw(Index count, std::uint64_t seed) const {
  if (count < 0) {
    throw InputError("Posterior::draw: count: got " + std::to_string(count) + ", expected at least 0");
  }
  const Key key = step_key(seed, Purpose::draws, 0);
  const std::size_t size = priors_.size();
  std::vector<double> noise(size), draws;
  draws.reserve(at(count) * size);
  for (Index i = 0; i < count; ++i) {
    Stream stream(key, {0, 0, 0, static_cast<std::uint32_t>(i)});
    for (double& z : noise) z = stream.normal_double();
    for (std::size_t p = 0; p < size; ++p) {
      double v = state_.mean[p];
      for (std::size_t k = 0; k <= p; ++k) v += state_.cholesky[p * size + k] * noise[k];
      draws.push_back(to_theta(coordinates_, priors_[p], v));
    }
  }
  return draws;
}

double Posterior::log_density(const std::vector<double>& theta) const {
  const std::size_t size = priors_.size();
  if (theta.size() != size) {
    throw ShapeError("Posterior::log_density: theta has shape [" + std::to_string(theta.size()) + "], expected [" +
                     std::to_string(size) + "]");
  }
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> z(size);
  double sum = 0;
  for (std::size_t p = 0; p < size; ++p) {
    const double v = to_coordinate(coordinates_, priors_[p], theta[p]);
    if (!std::isfinite(v)) return kNone;
    sum -= log_jacobian(coordinates_, priors_[p], v);
    z[p] = v - state_.mean[p];
    for (std::size_t k = 0; k < p; ++k) z[p] -= state_.cholesky[p * size + k] * z[k];
    z[p] /= state_.cholesky[p * size + p];
    sum += normal_log_density(z[p]) - std::log(state_.cholesky[p * size + p]);
  }
  return sum;
}

}  // namespace v0
}  // namespace alfi
