#include "alfi/inference/baselines/smc_abc.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/baselines/smc_population.hpp"
#include "alfi/inference/baselines/weighted_draws.hpp"
#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kShare = 1.0 / 40;  // of the simulations: a population,
constexpr Index kLeast = 50, kMost = 1000;
constexpr Index kFirst = 2;    // populations simulated from the prior
constexpr double kKernel = 2;  // times the population's covariance
constexpr Index kGenerations = 1000;

/// Those of `from` that are as near as the tolerance.
void add_near(Population& to, const Population& from, double share) {
  Population near;
  near.at.cols = from.at.cols;
  for (Index i = 0; i < from.size(); ++i) {
    const auto n = static_cast<std::size_t>(i);
    if (from.compared.distances[n] > to.tolerance) continue;
    near.add(from.at.row(i), from.compared.differences.row(i), from.compared.differences.cols,
             from.compared.distances[n], from.weights[n]);
  }
  if (near.size() == 0) return;
  near.normalize();
  const double ours = share, theirs = effective_number(near.weights);
  for (double& w : to.weights) w *= ours / (ours + theirs);
  for (Index i = 0; i < near.size(); ++i) {
    const auto n = static_cast<std::size_t>(i);
    to.add(near.at.row(i), near.compared.differences.row(i), near.compared.differences.cols, near.compared.distances[n],
           near.weights[n] * theirs / (ours + theirs));
  }
}

/// The distance that this share of the weight is below.
double weighted_quantile(const Population& p, double share) {
  std::vector<std::size_t> order(p.weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return p.compared.distances[a] < p.compared.distances[b]; });
  double below = 0;
  for (const std::size_t i : order) {
    below += p.weights[i];
    if (below >= share) return p.compared.distances[i];
  }
  return p.compared.distances[order.back()];
}

class Sampler {
 public:
  Sampler(const BaselineProblem& problem, const SmcOptions& options)
      : p_(problem), o_(options), simulations_(problem) {}

  BaselineAnswer run() {
    const Index total = simulations_.left();
    const Index by_share = static_cast<Index>(kShare * static_cast<double>(total));
    size_ = o_.population > 0 ? o_.population : std::min(std::max(by_share, kLeast), kMost);
    if (total < kFirst * size_) {
      const Index wanted = kFirst * size_ * p_.observed.rows;
      throw InputError("smc_abc: budget is " + std::to_string(p_.budget) + ", expected at least " +
                       std::to_string(wanted) + ": " + std::to_string(kFirst) + " populations of " +
                       std::to_string(size_) + ", each of " + counted(p_.observed.rows, "observation"));
    }
    Population last = first();
    BaselineAnswer answer;
    try {
      for (Index g = 1; g < kGenerations && simulations_.left() > 0 && last.tolerance > 0; ++g) last = next(last, g);
    } catch (const NumericError& error) {
      answer.warnings.push_back(std::string("smc: stopped early: ") + error.what());
    }
    answer.simulator_calls = simulations_.calls();
    std::vector<double> weights = epanechnikov(last.compared.distances, last.tolerance);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] *= last.weights[i];
    if (!o_.adjust) {
      weights = last.weights;
    } else if (!adjust_by_regression(last.at, last.compared.differences, weights)) {
      answer.warnings.push_back("smc: too few simulations for the regression, which was left out");
      weights = last.weights;
    }
    answer.draws = smoothed_draws(last.at, weights, p_);
    return answer;
  }

 private:
  /// The nearest half of draws of the prior.
  Population first() {
    const Points at = prior_draws(p_, kFirst * size_);
    const ComparedSimulations compared = simulations_.simulate(at);
    std::vector<double> distances = compared.distances;
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(size_ - 1);
    std::nth_element(distances.begin(), middle, distances.end());
    Population kept;
    kept.at.cols = at.cols;
    kept.tolerance = std::isfinite(*middle) ? *middle : furthest_of(compared.distances);
    accept(kept, at, compared, [](const double*) { return 1.0; });
    kept.normalize();
    return kept;
  }

  static double furthest_of(const std::vector<double>& distances) {
    double most = 0;
    for (const double d : distances) {
      if (std::isfinite(d)) most = std::max(most, d);
    }
    return most;
  }

  template <class Weight>
  static void accept(Population& kept, const Points& at, const ComparedSimulations& compared, Weight&& weight) {
    for (Index i = 0; i < at.rows(); ++i) {
      const double distance = compared.distances[static_cast<std::size_t>(i)];
      if (!std::isfinite(distance) || distance > kept.tolerance) continue;
      kept.add(at.row(i), compared.differences.row(i), compared.differences.cols, distance, weight(at.row(i)));
    }
  }

  Population next(const Population& last, Index generation) {
    const PopulationKernel kernel(last, kKernel);
    Population kept;
    kept.at.cols = last.at.cols;
    kept.tolerance = weighted_quantile(last, o_.quantile);
    Index proposed = 0;
    std::vector<double> logs;
    while (kept.size() < size_ && simulations_.left() > 0) {
      Points at;
      at.cols = last.at.cols;
      at.data.resize(static_cast<std::size_t>(std::min(size_, simulations_.left()) * at.cols));
      for (Index i = 0; i < at.rows(); ++i) {
        Stream random(step_key(p_.seed, Purpose::noise, static_cast<std::uint64_t>(generation)),
                      {p_.number, 0, 0, static_cast<std::uint32_t>(proposed++)});
        kernel.propose(random, at.row(i));
      }
      accept(kept, at, simulations_.simulate(at), [&](const double* u) {
        logs.push_back(-0.5 * square_of(u, last.at.cols) - kernel.log_density(u));
        return 0.0;  // all of them are known before any weight is
      });
    }
    if (kept.size() == 0) return within(last, kept.tolerance);
    kept.weights = weights_by(logs);
    kept.normalize();
    if (kept.size() < size_) add_near(kept, last, effective_number(kept.weights));
    return kept;
  }

  /// Of a population those that are as near as that.
  static Population within(const Population& last, double tolerance) {
    Population kept;
    kept.at.cols = last.at.cols;
    kept.tolerance = tolerance;
    add_near(kept, last, 0);
    return kept;
  }

  const BaselineProblem& p_;
  const SmcOptions& o_;
  AbcSimulations simulations_;
  Index size_ = 0;
};

}  // namespace

BaselineAnswer smc_abc(const BaselineProblem& problem, const SmcOptions& options) {
  require_problem("smc_abc", problem);
  if (options.population < 0 || !(std::isfinite(options.quantile) && options.quantile > 0 && options.quantile < 1)) {
    throw InputError("smc_abc: population is " + std::to_string(options.population) + " and quantile " +
                     number_text(options.quantile) + ", expected at least 0, and between 0 and 1");
  }
  return Sampler(problem, options).run();
}

}  // namespace v0
}  // namespace alfi
