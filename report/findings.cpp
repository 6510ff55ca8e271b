#include "report/findings.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/functor.hpp"

namespace alfi::report {
namespace {

constexpr Index kPredictiveDraws = 200, kMostPredicted = 4000000;  // numbers

Judged judged(const EvaluatedProblem& problem) {
  const Posterior& answer = problem.inference->posterior;
  return {problem.theta, answer.mean(), answer.standard_deviation(), answer.probability_below(problem.theta)};
}

EvaluateOptions evaluate_options(const GatherOptions& o, const std::string& what) {
  EvaluateOptions options;
  options.problems = o.problems;
  options.infer = o.infer;
  if (o.progress) options.progress = [&o, what](Index done) { return o.progress(what, done); };
  return options;
}

/// The machine that this one's training began with: its seed says which.
Machine untrained(const Machine& machine, const Simulator& simulator, const InferOptions& infer) {
  return Trainer(machine.configuration(), simulator, infer.threads, infer.context).machine();
}

void gather_before(const Machine& machine, const Simulator& simulator, const GatherOptions& o, Findings& findings) {
  EvaluateOptions options = evaluate_options(o, "before training");
  options.infer.refine = -1;  // what the loop does by itself
  std::vector<std::vector<Posterior>> walks;
  options.each = [&](const EvaluatedProblem& problem) {
    if (problem.number < o.walks) walks.push_back(problem.inference->trajectory);
  };
  try {
    findings.before = evaluate(untrained(machine, simulator, o.infer), simulator, options);
  } catch (const InputError& error) {
    findings.no_before = error.what();
    return;
  } catch (const NumericError& error) {
    findings.no_before = error.what();
    return;
  }
  for (std::size_t i = 0; i < walks.size(); ++i) findings.walks[i].before = walks[i];
}

/// What the answer expects: draws of theta, and as many observations of each as there were.
void predict(const Simulator& simulator, std::uint64_t seed, std::uint32_t attempts, Example& e) {
  const Index size = simulator.size();
  e.draws = std::clamp(kMostPredicted / (e.rows * size), Index{1}, kPredictiveDraws);
  const std::vector<double> drawn = e.inference.posterior.draw(e.draws, derived_seed(seed, Purpose::user));
  const std::vector<float> theta(drawn.begin(), drawn.end());
  e.predicted.assign(static_cast<std::size_t>(e.draws * e.rows * size), 0.0f);
  std::vector<std::uint8_t> status(static_cast<std::size_t>(e.draws * e.rows));
  SimulateRequest r;
  r.problems = 1;
  r.proposals = e.draws;
  r.observations = e.rows;
  r.theta = {theta.data(), e.draws, simulator.parameters()};
  r.out = {e.predicted.data(), e.draws * e.rows, size};
  r.status = {status.data(), e.draws * e.rows};
  r.key = step_key(derived_seed(seed, Purpose::user), Purpose::simulated, 0);
  r.attempts = attempts;
  simulator.simulate(Context(), r);
  for (Index i = 0; i < e.draws * e.rows; ++i) {
    e.predicted_ok.push_back(status[static_cast<std::size_t>(i)] == 0 && all_finite(r.out.row(i).data, size));
  }
}

}  // namespace

Findings gather(const Machine& machine, const Simulator& simulator, const GatherOptions& o) {
  Findings findings;
  findings.info = simulator.info();
  findings.configuration = machine.configuration();
  findings.weights = machine.weight_count();
  findings.training_calls = machine.training_calls();
  Example& example = findings.example;
  EvaluateOptions options = evaluate_options(o, "after training");
  options.each = [&](const EvaluatedProblem& problem) {
    findings.judged.push_back(judged(problem));
    if (problem.number < o.walks) findings.walks.push_back({problem.theta, {}, problem.inference->trajectory});
    if (problem.number > 0 || !o.example.empty()) return;
    const Observations& x = problem.observations;
    example.name = "a test problem";
    example.truth = problem.theta;
    example.rows = x.rows;
    example.observed.assign(x.data, x.data + x.rows * x.cols);
    example.inference = *problem.inference;
  };
  findings.after = evaluate(machine, simulator, options);
  gather_before(machine, simulator, o, findings);
  if (!o.example.empty()) {
    example.name = o.example_name;
    example.observed = o.example;
    example.rows = static_cast<Index>(o.example.size()) / simulator.size();
    example.inference = machine.infer(simulator, {example.observed.data(), example.rows, simulator.size()}, o.infer);
  }
  if (simulator.exact().posterior_log_density) {
    example.exact_log_density =
        simulator.exact().posterior_log_density({example.observed.data(), example.rows, simulator.size()});
  }
  predict(simulator, o.infer.seed, machine.configuration().train.nan_policy == "resample" ? kAttempts : 1, example);
  return findings;
}

}  // namespace alfi::report
