#include "alfi/inference/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

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

/// Problems first to first + count - 1. Where simulations may fail, one of which nothing could be observed is drawn
/// again: nobody asks about those.
class ProblemDraws {
 public:
  ProblemDraws(const Simulator& simulator, const Configuration& c, const EvaluateOptions& o, std::uint64_t seed,
               Index first, Index count)
      : simulator_(simulator), c_(c), o_(o), seed_(seed), first_(first) {
    const auto b = static_cast<std::size_t>(count), parameters = static_cast<std::size_t>(simulator.parameters());
    drawn_.n_max = o.observed > 0 ? o.observed : c.problem.observed_max;
    drawn_.observations.resize(b * static_cast<std::size_t>(drawn_.n_max * simulator.size()));
    drawn_.counts.resize(b);
    theta_.resize(b * parameters);
    status_.resize(b * static_cast<std::size_t>(drawn_.n_max));
  }

  TestProblems make(ThreadPool& pool) {
    std::vector<Index> open(drawn_.counts.size());
    std::iota(open.begin(), open.end(), Index{0});
    for (std::uint32_t draw = 0; !open.empty(); ++draw) {
      if (draw == kRedraws) refuse(open.front(), drawn_.n_max, "for each of " + std::to_string(draw) + " draws");
      std::vector<SimulateRequest> requests;
      for (const Index b : open) requests.push_back(request(b, draw));
      simulate(requests, pool);
      std::vector<Index> again;
      for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!keep(open[i], requests[i])) again.push_back(open[i]);
      }
      open = std::move(again);
    }
    drawn_.theta.assign(theta_.begin(), theta_.end());
    return std::move(drawn_);
  }

 private:
  std::uint32_t name(Index b) const { return static_cast<std::uint32_t>(first_ + b); }

  /// theta of problem b, and what asks for its observations.
  SimulateRequest request(Index b, std::uint32_t draw) {
    const Index parameters = simulator_.parameters(), n_max = drawn_.n_max, size = simulator_.size();
    float* const theta = theta_.data() + b * parameters;
    Stream prior_draws(step_key(seed_, Purpose::prior, 0), {name(b), 0, 0, 0}, draw);
    draw_theta(simulator_.info(), prior_draws, theta);
    Stream count_draws(step_key(seed_, Purpose::counts, 0), {name(b), 0, 0, 0});
    const ProblemConfiguration& range = c_.problem;
    SimulateRequest r;
    r.problems = 1;
    r.observations = o_.observed > 0
                         ? o_.observed
                         : log_uniform(range.observed_min, range.observed_max, count_draws.uniform_double());
    r.theta = {theta, 1, parameters};
    r.out = {drawn_.observations.data() + b * n_max * size, r.observations, size};
    r.status = {status_.data() + b * n_max, r.observations};
    r.key = step_key(seed_, Purpose::observed, 0);
    r.first_problem = name(b);
    r.iteration = draw;
    r.attempts = c_.train.nan_policy == "resample" ? kAttempts : 1;
    return r;
  }

  void simulate(const std::vector<SimulateRequest>& requests, ThreadPool& pool) const {
    if (simulator_.answers_rows()) return simulator_.simulate_together(requests, &pool);
    const auto one = [&](Index i, int) { simulator_.simulate(Context(), requests[static_cast<std::size_t>(i)]); };
    pool.parallel_for(static_cast<Index>(requests.size()), one);
  }

  /// Whether there is an observation.
  bool keep(Index b, const SimulateRequest& r) {
    const Index valid = keep_valid(r);
    if (valid < r.observations && c_.train.nan_policy == "error") refuse(b, r.observations - valid, "and none may");
    drawn_.counts[static_cast<std::size_t>(b)] = static_cast<std::int32_t>(valid);
    return valid > 0;
  }

  [[noreturn]] void refuse(Index b, Index failed, const std::string& why) const {
    throw NumericError("evaluate: simulator " + simulator_.info().name + ": " + std::to_string(failed) +
                       " calls failed for test problem " + std::to_string(name(b)) + ", " + why);
  }

  const Simulator& simulator_;
  const Configuration& c_;
  const EvaluateOptions& o_;
  std::uint64_t seed_;
  Index first_;
  std::vector<float> theta_;          ///< [B,P]
  std::vector<std::uint8_t> status_;  ///< [B*n_max]
  TestProblems drawn_;
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
    const TestProblems problems = ProblemDraws(simulator, machine.configuration(), o, seed, first, count).make(pool);
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
