#include "alfi/inference/baselines/reference_posterior.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/annealing.hpp"
#include "alfi/inference/baselines/abc_simulations.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/baselines/peak.hpp"
#include "alfi/inference/mixture_fit.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kBridgeSteps = 200;
constexpr double kWiden = 2;  // of the Gaussian around the peak

double prior_log_density(const double* u, Index size) {
  double sum = 0;
  for (Index p = 0; p < size; ++p) sum += normal_log_density(u[p]);
  return sum;
}

GaussianState around_peak(const BaselineProblem& problem, const LogOfCoordinates& log_target) {
  const Peak peak = find_peak("reference_posterior", log_target, problem);
  const std::vector<double> information = information_at(log_target, peak);
  GaussianState around{peak.u, {}};
  for (double added = 0; !inverse_information(information, added, around.cholesky);) {
    added = added > 0 ? 2 * added : 1;
  }
  for (double& entry : around.cholesky) entry *= kWiden;
  return around;
}

/// Draws of the target, prior times likelihood in u up to a constant: half of the first are the prior's, half those of
/// a wide Gaussian around the target's peak.
Points annealed_draws(const BaselineProblem& problem, const LogOfCoordinates& log_target) {
  Points start = prior_draws(problem, problem.draws);
  const GaussianState around = around_peak(problem, log_target);
  for (Index i = 1; i < start.rows(); i += 2) {
    const std::vector<double> e(start.row(i), start.row(i) + start.cols);
    place(around, e.data(), start.row(i));
  }
  const double half = std::log(0.5);
  const MixtureState both{{{half, standard_gaussian(start.cols)}, {half, around}}};
  const LogDensities from = [&both](const Points& points) { return log_density_of(both, points); };
  const LogDensities to = [&log_target](const Points& points) {
    std::vector<double> logs;
    for (Index i = 0; i < points.rows(); ++i) logs.push_back(log_target(points.row(i)));
    return logs;
  };
  return anneal(std::move(start), from, to, step_key(problem.seed, Purpose::draws, problem.number)).points;
}

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
  answer.draws = annealed_draws(problem, target);
  if (!answer.log_density) answer.log_density = posterior_by(problem, log_evidence(problem, target, answer.draws));
  return answer;
}

}  // namespace v0
}  // namespace alfi
