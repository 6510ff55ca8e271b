#include "alfi/inference/baselines/gaussian_answer.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/random.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {

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

}  // namespace v0
}  // namespace alfi
