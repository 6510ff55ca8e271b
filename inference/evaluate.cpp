#include "alfi/inference/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kBatch = 64, kBatchOnGpu = 256;  // problems in memory at once
constexpr std::uint32_t kRedraws = 100;          // of a problem of which nothing could be observed

/// Problems with known truth.
struct TestProblems {
  std::vector<double> theta;         ///< [B,P]
  std::vector<float> observations;   ///< [B*n_max,D]
  std::vector<std::int32_t> counts;  ///< [B]
  Index n_max = 0;
};

/// What one problem says of the machine.
struct Verdict {
  std::vector<double> square_errors;       ///< [T+1][P] of the posterior mean
  std::vector<double> negative_density;    ///< [T+1]
  std::vector<bool> inside_50, inside_90;  ///< [P]
  double exact = 0;                        ///< negative log density of the exact posterior
  std::vector<double> likelihood_error;    ///< [P] squared; empty where there is no estimate
};

/// Moves the valid, finite rows of one problem together; how many there are.
Index keep_valid(const SimulateRequest& r) {
  Index kept = 0;
  for (Index i = 0; i < r.observations; ++i) {
    const VecView<float> row = r.out.row(i);
    const bool finite = std::all_of(row.begin(), row.end(), [](float x) { return std::isfinite(x); });
    if (r.status[i] != 0 || !finite) continue;
    std::copy(row.begin(), row.end(), r.out.row(kept++).begin());
  }
  return kept;
}

/// One problem of those: its parameters [P] into theta, what was observed into request.out; how many rows are valid.
Index draw_problem(const Simulator& simulator, const Configuration& c, const EvaluateOptions& o, std::uint64_t seed,
                   SimulateRequest& request, float* theta) {
  const std::uint32_t name = request.first_problem;
  for (std::uint32_t draw = 0; draw < kRedraws; ++draw) {
    Stream prior_draws(step_key(seed, Purpose::prior, 0), {name, 0, 0, 0}, draw);
    for (Index p = 0; p < simulator.parameters(); ++p) {
      const double u = draw_coordinate(prior_draws);
      theta[p] = static_cast<float>(simulator.info().parameters[static_cast<std::size_t>(p)].prior.theta(u));
    }
    Stream count_draws(step_key(seed, Purpose::counts, 0), {name, 0, 0, 0});
    const Index n = o.observed > 0
                        ? o.observed
                        : log_uniform(c.problem.observed_min, c.problem.observed_max, count_draws.uniform_double());
    request.observations = request.out.rows = request.status.size = n;
    request.iteration = draw;
    simulator.simulate(Context(), request);
    const Index valid = keep_valid(request);
    if (valid < n && c.train.nan_policy == "error") {
      throw NumericError("evaluate: simulator " + simulator.info().name + ": " + std::to_string(n - valid) + " of " +
                         std::to_string(n) + " calls failed for test problem " + std::to_string(name));
    }
    if (valid > 0) return valid;
  }
  throw NumericError("evaluate: simulator " + simulator.info().name + ": of test problem " + std::to_string(name) +
                     " all calls failed, for each of " + std::to_string(kRedraws) + " draws of the prior");
}

/// Problems first to first + count - 1. Where simulations may fail, one of which nothing could be observed is drawn
/// again: nobody asks about those.
TestProblems draw(const Simulator& simulator, const Configuration& c, const EvaluateOptions& o, std::uint64_t seed,
                  Index first, Index count) {
  TestProblems problems;
  const Index p_count = simulator.parameters(), size = simulator.size();
  problems.n_max = o.observed > 0 ? o.observed : c.problem.observed_max;
  problems.observations.resize(static_cast<std::size_t>(count * problems.n_max * size));
  std::vector<std::uint8_t> status(static_cast<std::size_t>(problems.n_max));
  std::vector<float> theta(static_cast<std::size_t>(p_count));
  for (Index b = 0; b < count; ++b) {
    SimulateRequest request;
    request.problems = 1;
    request.theta = {theta.data(), 1, p_count};
    request.out = {problems.observations.data() + b * problems.n_max * size, 0, size};
    request.status = {status.data(), 0};
    request.key = step_key(seed, Purpose::observed, 0);
    request.first_problem = static_cast<std::uint32_t>(first + b);
    request.attempts = c.train.nan_policy == "resample" ? kAttempts : 1;
    const Index valid = draw_problem(simulator, c, o, seed, request, theta.data());
    problems.counts.push_back(static_cast<std::int32_t>(valid));
    problems.theta.insert(problems.theta.end(), theta.begin(), theta.end());
  }
  return problems;
}

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
    e.gap = mean_with_error(verdicts, [](const Verdict& v) { return v.negative_density.back() - v.exact; });
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
  const std::uint64_t seed = derived_seed(o.infer.seed, Purpose::evaluate);
  std::vector<Verdict> verdicts(static_cast<std::size_t>(o.problems));
  ThreadPool pool(o.infer.threads);
  Evaluation e;
  const Index batch = o.infer.context.backend() == Backend::cpu ? kBatch : kBatchOnGpu;
  for (Index first = 0; first < o.problems; first += batch) {
    const Index count = std::min(batch, o.problems - first);
    const TestProblems problems = draw(simulator, machine.configuration(), o, seed, first, count);
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
    e.simulator_calls_per_problem = answers.front().simulator_calls;
    e.iterations = static_cast<Index>(answers.front().trajectory.size()) - 1;
    if (o.progress && !o.progress(first + count))
      throw Error("evaluate: stopped after " + std::to_string(first + count) + " problems");
  }
  e.problems = o.problems;
  e.observed = o.observed;
  for (const Parameter& p : simulator.info().parameters) e.parameters.push_back(p.name);
  e.exact_available = static_cast<bool>(simulator.exact().posterior_log_density);
  summarize(verdicts, e.parameters.size(), static_cast<std::size_t>(e.iterations) + 1, e);
  return e;
}

}  // namespace v0
}  // namespace alfi
