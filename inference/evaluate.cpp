#include "alfi/inference/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/inference_run.hpp"
#include "alfi/inference/test_problems.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kBatch = 64, kBatchOnGpu = 256;  // problems in memory at once

/// What one problem says of the machine.
struct Verdict {
  std::vector<double> square_errors;       ///< [T+1][P] of the posterior mean
  std::vector<double> negative_density;    ///< [T+1]
  std::vector<bool> inside_50, inside_90;  ///< [P]
  double exact = 0;                        ///< negative log density of the exact posterior
  std::vector<double> likelihood_error;    ///< [P] squared; empty where there is no estimate
};

Verdict judge(const Inference& inference, const Simulator& simulator, Observations observations, const double* truth) {
  const Index p_count = simulator.parameters();
  const std::vector<double> theta(truth, truth + p_count);
  Verdict v;
  for (const Posterior& psi : inference.trajectory) {
    const std::vector<double> mean = psi.mean();
    for (std::size_t p = 0; p < theta.size(); ++p)
      v.square_errors.push_back((mean[p] - theta[p]) * (mean[p] - theta[p]));
    v.negative_density.push_back(-psi.log_density(theta));
  }
  const auto inside = [&](double level) {
    const std::vector<double> low = inference.posterior.quantile(0.5 - level / 2);
    const std::vector<double> high = inference.posterior.quantile(0.5 + level / 2);
    std::vector<bool> all;
    for (std::size_t p = 0; p < theta.size(); ++p) all.push_back(low[p] <= theta[p] && theta[p] <= high[p]);
    return all;
  };
  v.inside_50 = inside(0.5);
  v.inside_90 = inside(0.9);
  const ExactAnswers& exact = simulator.exact();
  if (exact.posterior_log_density) v.exact = -exact.posterior_log_density(observations)(truth);
  std::vector<double> estimate(theta.size());
  if (exact.maximum_likelihood && exact.maximum_likelihood(observations, estimate.data())) {
    for (std::size_t p = 0; p < theta.size(); ++p) {
      v.likelihood_error.push_back((estimate[p] - theta[p]) * (estimate[p] - theta[p]));
    }
  }
  return v;
}

template <class Value>
MeanWithError mean_with_error(const std::vector<Verdict>& verdicts, Value&& value) {
  RunningMoments moments;
  for (const Verdict& v : verdicts) moments.add(value(v));
  return {moments.mean(), moments.standard_error()};
}

template <class Value>
double mean_of(const std::vector<Verdict>& verdicts, Value&& value) {
  return mean_with_error(verdicts, value).mean;
}

template <class Value>
double median_of(const std::vector<Verdict>& verdicts, Value&& value) {
  std::vector<double> all;
  for (const Verdict& v : verdicts) all.push_back(value(v));
  std::sort(all.begin(), all.end());
  return 0.5 * (all[(all.size() - 1) / 2] + all[all.size() / 2]);
}

void summarize(const std::vector<Verdict>& verdicts, std::size_t p_count, std::size_t steps, Evaluation& e) {
  for (std::size_t t = 0; t < steps; ++t) {
    e.rmse_by_iteration.emplace_back();
    for (std::size_t p = 0; p < p_count; ++p) {
      const auto error = [&](const Verdict& v) { return v.square_errors[t * p_count + p]; };
      e.rmse_by_iteration.back().push_back(std::sqrt(mean_of(verdicts, error)));
    }
    e.negative_log_density_by_iteration.push_back(
        mean_with_error(verdicts, [&](const Verdict& v) { return v.negative_density[t]; }));
  }
  e.negative_log_density = e.negative_log_density_by_iteration.back();
  for (std::size_t p = 0; p < p_count; ++p) {
    e.coverage_50.push_back(mean_of(verdicts, [&](const Verdict& v) { return v.inside_50[p] ? 1.0 : 0.0; }));
    e.coverage_90.push_back(mean_of(verdicts, [&](const Verdict& v) { return v.inside_90[p] ? 1.0 : 0.0; }));
  }
  if (e.exact_available) {
    e.exact_negative_log_density = mean_with_error(verdicts, [](const Verdict& v) { return v.exact; });
    const auto gap = [](const Verdict& v) { return v.negative_density.back() - v.exact; };
    e.gap = mean_with_error(verdicts, gap);
    e.gap_median = median_of(verdicts, gap);
  }
  e.maximum_likelihood_available =
      std::all_of(verdicts.begin(), verdicts.end(), [](const Verdict& v) { return !v.likelihood_error.empty(); });
  for (std::size_t p = 0; e.maximum_likelihood_available && p < p_count; ++p) {
    e.maximum_likelihood_rmse.push_back(
        std::sqrt(mean_of(verdicts, [&](const Verdict& v) { return v.likelihood_error[p]; })));
  }
}

}  // namespace

Evaluation evaluate(const Machine& machine, const Simulator& simulator, const EvaluateOptions& o) {
  if (o.problems < 1) throw InputError("evaluate: problems is " + std::to_string(o.problems) + ", expected at least 1");
  if (o.observed < 0) throw InputError("evaluate: observed is " + std::to_string(o.observed) + ", expected at least 0");
  if (o.observed > 1 && !simulator.info().observation.is_set) {
    throw InputError("evaluate: observed is " + std::to_string(o.observed) + ", expected 1: " + simulator.info().name +
                     " makes one series or vector");
  }
  const std::uint64_t seed = derived_seed(o.infer.seed, Purpose::evaluate);
  std::vector<Verdict> verdicts(static_cast<std::size_t>(o.problems));
  ThreadPool pool(o.infer.threads);
  Evaluation e;
  const Index batch = o.infer.context.backend() == Backend::cpu ? kBatch : kBatchOnGpu;
  for (Index first = 0; first < o.problems; first += batch) {
    const Index count = std::min(batch, o.problems - first);
    const TestProblems problems =
        draw_test_problems({&simulator, &machine.configuration(), o.observed, seed, "evaluate"}, first, count, pool);
    const Index size = simulator.size(), n_max = problems.n_max;
    InferOptions options = o.infer;
    options.first_problem = first;
    options.progress = nullptr;
    const std::vector<Inference> answers = machine.infer_many(
        simulator, {problems.observations.data(), count * n_max, size}, {problems.counts.data(), count}, options);
    pool.parallel_for(count, [&](Index b, int) {
      const auto i = static_cast<std::size_t>(b);
      const Observations x{problems.observations.data() + b * n_max * size, problems.counts[i], size};
      verdicts[static_cast<std::size_t>(first + b)] =
          judge(answers[i], simulator, x, problems.theta.data() + b * simulator.parameters());
    });
    for (Index b = 0; b < count && o.each; ++b) {
      const double* truth = problems.theta.data() + b * simulator.parameters();
      EvaluatedProblem problem;
      problem.number = first + b;
      problem.theta.assign(truth, truth + simulator.parameters());
      problem.observations = {problems.observations.data() + b * n_max * size,
                              problems.counts[static_cast<std::size_t>(b)], size};
      problem.inference = &answers[static_cast<std::size_t>(b)];
      o.each(problem);
    }
    for (const Inference& answer : answers) {
      e.learned += answer.likelihood == "learned" ? 1 : 0;
      e.left_out += answer.refined && answer.likelihood.empty() ? 1 : 0;
    }
    e.simulator_calls_per_problem = answers.front().simulator_calls;
    e.iterations = answers.front().iterations();
    e.refined = answers.front().refined;
    if (o.progress && !o.progress(first + count))
      throw Error("evaluate: stopped after " + std::to_string(first + count) + " problems");
  }
  e.problems = o.problems;
  e.observed = o.observed;
  if (o.observed > 0 && simulator.info().observation.is_set)
    warn_of_count(machine.configuration().problem, o.observed, e.warnings);
  for (const Parameter& p : simulator.info().parameters) e.parameters.push_back(p.name);
  e.exact_available = static_cast<bool>(simulator.exact().posterior_log_density);
  summarize(verdicts, e.parameters.size(), static_cast<std::size_t>(e.iterations) + (e.refined ? 2 : 1), e);
  return e;
}

}  // namespace v0
}  // namespace alfi
