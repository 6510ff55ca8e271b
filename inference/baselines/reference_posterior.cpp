#include "alfi/inference/baselines/reference_posterior.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "alfi/core/error.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/baselines/tempered_sampler.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kBridgeSteps = 200;

/// The target over a mixture that is much like it, in logarithms.
double log_ratio(const LogOfCoordinates& log_target, const Posterior& mixture, const SimulatorInfo& info,
                 const double* u) {
  const std::vector<double> theta = theta_at(info, u);
  double log = mixture.log_density(theta);
  for (std::size_t p = 0; p < theta.size(); ++p) log += info.parameters[p].prior.log_jacobian(u[p]);
  const double target = log_target(u);
  return target <= kImpossibleLog ? kImpossibleLog : target - log;
}

/// log of the target's integral: half of its draws say what mixture is like it, and the other half, beside as many
/// draws of the mixture, what the integral is, by Meng and Wong's bridge.
double log_evidence(const BaselineProblem& problem, const LogOfCoordinates& log_target, const Points& draws) {
  const SimulatorInfo& info = problem.simulator->info();
  Points halves[2];
  for (Index i = 0; i < draws.rows(); ++i) {
    Points& half = halves[i % 2];
    half.cols = draws.cols;
    half.data.insert(half.data.end(), draws.row(i), draws.row(i) + draws.cols);
  }
  const Posterior mixture = posterior_of(info, fit_mixture(halves[0]));
  BaselineAnswer drawn;
  give_gaussian(drawn, problem, mixture);
  std::vector<double> of_target, of_mixture;
  for (Index i = 0; i < halves[1].rows(); ++i) {
    of_target.push_back(log_ratio(log_target, mixture, info, halves[1].row(i)));
  }
  for (Index i = 0; i < drawn.draws.rows(); ++i) {
    of_mixture.push_back(log_ratio(log_target, mixture, info, drawn.draws.row(i)));
  }
  std::vector<double> sorted = of_target;
  std::sort(sorted.begin(), sorted.end());
  const double middle = sorted[sorted.size() / 2];
  const auto ratio = [&](double log) { return std::exp(std::min(std::max(log - middle, -700.0), 300.0)); };
  const double n = static_cast<double>(of_target.size()), m = static_cast<double>(of_mixture.size());
  double r = 1;
  for (int step = 0; step < kBridgeSteps; ++step) {
    double above = 0, below = 0;
    for (const double log : of_mixture) above += ratio(log) / (n * ratio(log) + m * r) / m;
    for (const double log : of_target) below += 1 / (n * ratio(log) + m * r) / n;
    r = above / below;
  }
  return middle + std::log(r);
}

/// An exact posterior, in u.
LogOfCoordinates target_by(const std::function<double(const double*)>& posterior, const SimulatorInfo& info) {
  return [&posterior, &info](const double* u) {
    double log = posterior(theta_at(info, u).data());
    if (!std::isfinite(log)) return kImpossibleLog;
    for (std::size_t p = 0; p < info.parameters.size(); ++p) log += info.parameters[p].prior.log_jacobian(u[p]);
    return log;
  };
}

/// Prior times likelihood over the evidence; it keeps the observations.
std::function<double(const double*)> posterior_by(const BaselineProblem& p, double log_evidence) {
  const auto x = std::make_shared<const std::vector<float>>(p.observed.data, p.observed.data + p.observed.size());
  return [simulator = *p.simulator, x, size = p.observed.cols, log_evidence](const double* theta) {
    return log_density_at(simulator.info(), theta, [&](const double* u) {
      const Observations observed{x->data(), static_cast<Index>(x->size()) / size, size};
      return prior_log_density(u, simulator.parameters()) - log_evidence +
             simulator.exact().log_likelihood(theta, observed);
    });
  };
}

}  // namespace

bool has_reference_posterior(const Simulator& simulator) {
  return simulator.exact().posterior_log_density || simulator.exact().log_likelihood;
}

BaselineAnswer reference_posterior(const BaselineProblem& problem) {
  require_problem("reference_posterior", problem);
  const SimulatorInfo& info = problem.simulator->info();
  const ExactAnswers& exact = problem.simulator->exact();
  if (!has_reference_posterior(*problem.simulator)) {
    throw NotAvailableError("reference_posterior: the likelihood of " + info.name + " is not known");
  }
  BaselineAnswer answer;
  if (exact.posterior_log_density) answer.log_density = exact.posterior_log_density(problem.observed);
  const LogOfCoordinates log_likelihood = log_likelihood_of(problem);
  const auto product = [&](const double* u) {
    const double log = log_likelihood(u);
    return log <= kImpossibleLog ? log : log + prior_log_density(u, problem.simulator->parameters());
  };
  const LogOfCoordinates target = answer.log_density ? target_by(answer.log_density, info) : product;
  answer.draws = tempered_draws(problem, target);
  if (!answer.log_density) answer.log_density = posterior_by(problem, log_evidence(problem, target, answer.draws));
  return answer;
}

}  // namespace v0
}  // namespace alfi
