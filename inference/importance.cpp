#include "alfi/inference/importance.hpp"

#include <cmath>

#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kSamples = 2000;  // of a step
constexpr Index kMostSteps = 25;
constexpr double kEnough = 0.1;    // share of them that the density is tempered for,
constexpr double kDone = 0.5;      // and that steps end with
constexpr double kOverdraw = 1.2;  // sds of the draws beside the Gaussian so far

/// Effective share of the samples over that of a Gaussian density met exactly by draws s times as wide,
/// (sqrt(2 - 1 / s^2) / s)^P.
double effective(const std::vector<double>& weights, Index parameters) {
  const double one = std::sqrt(2 - 1 / (kOverdraw * kOverdraw)) / kOverdraw;
  const double ideal = std::pow(one, static_cast<double>(parameters));
  return effective_number(weights) / (ideal * static_cast<double>(weights.size()));
}

/// The largest exponent up to 1 by which enough samples count.
double exponent_for(const std::vector<double>& logs, Index parameters) {
  double low = 0, high = 1;
  for (int i = 0; i < 30; ++i) {
    const double middle = 0.5 * (low + high);
    (effective(weights_by(logs, middle), parameters) < kEnough ? high : low) = middle;
  }
  return low;
}

}  // namespace

GaussianFit fit_gaussian(const std::function<double(const double* e)>& log_density, Index parameters,
                         const std::function<Stream(Index step, Index draw)>& stream) {
  GaussianFit fit{standard_gaussian(parameters), 0};
  std::vector<double> e(static_cast<std::size_t>(parameters));
  for (Index step = 0; step < kMostSteps && fit.share < kDone; ++step) {
    Points drawn{std::vector<double>(static_cast<std::size_t>(kSamples * parameters)), parameters};
    std::vector<double> logs;
    for (Index i = 0; i < kSamples; ++i) {
      Stream random = stream(step, i);
      for (double& value : e) value = random.normal_double();
      const double square = square_of(e.data(), parameters);
      for (double& value : e) value *= kOverdraw;
      place(fit.state, e.data(), drawn.row(i));
      logs.push_back(log_density(drawn.row(i)) + 0.5 * square);
    }
    std::vector<double> weights = weights_by(logs);
    fit.share = effective(weights, parameters);
    if (fit.share < kEnough) weights = weights_by(logs, exponent_for(logs, parameters));
    fit.state = moments_of(drawn, weights);
  }
  return fit;
}

}  // namespace v0
}  // namespace alfi
