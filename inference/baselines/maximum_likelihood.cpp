#include "alfi/inference/baselines/maximum_likelihood.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/baselines/peak.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// The simulator's own maximum, or what a search finds.
Peak maximum_of(const BaselineProblem& problem, const LogOfCoordinates& log_likelihood) {
  const SimulatorInfo& info = problem.simulator->info();
  const auto& own = problem.simulator->exact().maximum_likelihood;
  std::vector<double> theta(info.parameters.size());
  Peak peak;
  if (own && own(problem.observed, theta.data())) {
    for (std::size_t p = 0; p < theta.size(); ++p) {
      const double u = info.parameters[p].prior.coordinate(theta[p]);
      peak.u.push_back(std::min(std::max(u, -kFurthest), kFurthest));
    }
    peak.log = log_likelihood(peak.u.data());
  }
  return peak.log > kImpossibleLog ? peak : find_peak("maximum_likelihood", log_likelihood, problem);
}

}  // namespace

bool has_maximum_likelihood(const Simulator& simulator) { return static_cast<bool>(simulator.exact().log_likelihood); }

BaselineAnswer maximum_likelihood(const BaselineProblem& problem) {
  require_problem("maximum_likelihood", problem);
  if (!has_maximum_likelihood(*problem.simulator)) {
    throw NotAvailableError("maximum_likelihood: the likelihood of " + problem.simulator->info().name +
                            " is not known");
  }
  const LogOfCoordinates log_likelihood = log_likelihood_of(problem);
  const Peak peak = maximum_of(problem, log_likelihood);
  const std::vector<double> information = information_at(log_likelihood, peak);
  BaselineAnswer answer;
  GaussianState state{peak.u, {}};
  std::vector<double> wider;
  if (!inverse_information(information, -1, wider)) {
    answer.warnings.push_back("maximum likelihood: of some direction the prior says more: it was added");
    for (double added = 1; !inverse_information(information, added, state.cholesky);) added *= 2;
  } else {
    inverse_information(information, 0, state.cholesky);
  }
  give_gaussian(answer, problem, {{{0, state}}});
  return answer;
}

}  // namespace v0
}  // namespace alfi
