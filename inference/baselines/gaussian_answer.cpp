#include "alfi/inference/baselines/gaussian_answer.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/mixture_fit.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kMostComponents = 4;
constexpr std::uint64_t kRestarts = 2, kSeed = 20020101;
constexpr ComponentLimits kLimits{2, 1e-4};  // draws, and of all draws' covariance
constexpr double kLeastOfAll = 1e-12;        // of all draws, where they lie in a plane

}  // namespace

Posterior posterior_of(const SimulatorInfo& info, const MixtureState& state) {
  std::vector<std::string> names;
  std::vector<Prior> priors;
  for (const Parameter& p : info.parameters) {
    names.push_back(p.name);
    priors.push_back(p.prior);
  }
  return Posterior(std::move(names), std::move(priors), Coordinates::normal, state);
}

void give_gaussian(BaselineAnswer& answer, const BaselineProblem& problem, const Posterior& posterior) {
  const Index size = problem.simulator->parameters();
  answer.draws = {posterior.draw(problem.draws, derived_seed(problem.seed + problem.number, Purpose::draws)), size};
  for (Index i = 0; i < answer.draws.rows(); ++i) {
    for (Index p = 0; p < size; ++p) {
      double& value = answer.draws.row(i)[p];
      value = posterior.priors()[static_cast<std::size_t>(p)].coordinate(value);
      value = std::min(std::max(value, -kFurthest), kFurthest);
    }
  }
  answer.log_density = [posterior, size](const double* theta) { return posterior.log_density({theta, theta + size}); };
}

void give_gaussian(BaselineAnswer& answer, const BaselineProblem& problem, const MixtureState& state) {
  give_gaussian(answer, problem, posterior_of(problem.simulator->info(), state));
}

MixtureState fit_mixture(const Points& draws) {
  if (draws.rows() < 2) {
    throw InputError("fit_mixture: got " + std::to_string(draws.rows()) + " draws, expected at least 2");
  }
  const double count = static_cast<double>(draws.rows()), size = static_cast<double>(draws.cols);
  const GaussianState standard = standard_gaussian(draws.cols);
  const std::vector<double> alike(static_cast<std::size_t>(draws.rows()), 1.0);
  const GaussianState all = moments_of(draws, alike, standard, kLeastOfAll);
  Points white = draws;
  for (Index i = 0; i < draws.rows(); ++i) unplace(all, draws.row(i), white.row(i));
  MixtureState best;
  double best_score = 0;
  for (Index components = 1; components <= kMostComponents; ++components) {
    for (std::uint64_t restart = 0; restart < (components == 1 ? 1 : kRestarts); ++restart) {
      MixtureState mixture =
          fit_components(white, components, standard, kLimits, step_key(kSeed, Purpose::user, restart));
      const double numbers = static_cast<double>(mixture.components.size()) * (1 + size + size * (size + 1) / 2) - 1;
      double score = -0.5 * numbers * std::log(count);
      for (const double log : log_density_of(mixture, white)) score += log;
      if (!best.components.empty() && score <= best_score) continue;
      best_score = score;
      best = std::move(mixture);
    }
  }
  for (MixtureComponent& c : best.components) {
    GaussianState outside = all;
    compose(outside, c.gaussian);
    c.gaussian = outside;
  }
  return best;
}

}  // namespace v0
}  // namespace alfi
