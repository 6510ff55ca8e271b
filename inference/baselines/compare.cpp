#include "alfi/inference/baselines/compare.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "alfi/core/error.hpp"
#include "alfi/inference/baselines/amortized.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/baselines/judge.hpp"
#include "alfi/inference/baselines/maximum_likelihood.hpp"
#include "alfi/inference/baselines/methods.hpp"
#include "alfi/inference/baselines/reference_posterior.hpp"
#include "alfi/inference/baselines/rejection_abc.hpp"
#include "alfi/inference/baselines/smc_abc.hpp"
#include "alfi/inference/test_problems.hpp"

namespace alfi {
inline namespace v0 {
namespace {

class Clock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

class Comparer {
 public:
  Comparer(const Configuration& configuration, const Machine* machine, const Simulator& simulator,
           const CompareOptions& options)
      : asked_(configuration),
        configuration_(machine != nullptr ? machine->configuration()
                                          : resolve(configuration, simulator.info().observation)),
        machine_(machine),
        simulator_(simulator),
        o_(options),
        seed_(derived_seed(derived_seed(options.seed, Purpose::evaluate), Purpose::user)),
        pool_(options.threads) {}

  Comparison run() {
    const std::vector<std::string> methods = methods_of(o_, simulator_);
    pose_problems();
    for (const std::string& method : methods) {
      if (is_trained(method)) plan_of(method);  // what cannot be paid is said before anything is computed
    }
    result_.has_exact = methods.back() == kExact;
    result_.has_c2st = result_.has_exact && methods.size() > 1 && o_.c2st_draws > 0;
    if (result_.has_exact) score(kExact);
    for (const std::string& method : methods) {
      if (method != kExact) score(method);
    }
    // The exact posterior went first, since all are held against it; it is shown last.
    if (result_.has_exact) std::rotate(result_.methods.begin(), result_.methods.begin() + 1, result_.methods.end());
    for (MethodScore& m : result_.methods) {
      summarize(m, result_, simulator_.info(), result_.has_exact ? &result_.methods.back().answers : nullptr);
    }
    return std::move(result_);
  }

 private:
  void pose_problems() {
    for (const Parameter& p : simulator_.info().parameters) result_.parameters.push_back(p.name);
    result_.budget = o_.budget;
    result_.truth_known = o_.given.rows == 0;
    if (!result_.truth_known) {
      result_.problems = 1;
      result_.observed = o_.given.rows;
      problems_.observations.assign(o_.given.data, o_.given.data + o_.given.size());
      problems_.counts = {static_cast<std::int32_t>(o_.given.rows)};
      problems_.n_max = o_.given.rows;
      return;
    }
    result_.problems = o_.problems;
    result_.observed = o_.observed > 0 ? o_.observed : configuration_.problem.observed_min;
    problems_ =
        draw_test_problems({&simulator_, &configuration_, result_.observed, seed_, "compare"}, 0, o_.problems, pool_);
    const Index p_count = simulator_.parameters();
    for (Index b = 0; b < o_.problems; ++b) {
      result_.truths.emplace_back(problems_.theta.data() + b * p_count, problems_.theta.data() + (b + 1) * p_count);
    }
  }

  void tell(const std::string& what, Index done, Index of) const {
    if (o_.progress && !o_.progress(what, done, of)) throw Error("compare: stopped");
  }

  std::uint64_t seed_of(const std::string& method) const {
    const std::vector<std::string>& all = comparable_methods();
    const auto place = std::find(all.begin(), all.end(), method) - all.begin();
    return derived_seed(seed_ + 1 + static_cast<std::uint64_t>(place), Purpose::infer);
  }

  bool is_trained(const std::string& method) const {
    return method == kNpe || (method == kMachine && machine_ == nullptr);
  }

  /// How such a machine is trained by the budget.
  Configuration plan_of(const std::string& method) const {
    return for_budget(method == kNpe ? without_iterations(asked_) : asked_, simulator_.info().observation, o_.budget,
                      result_.observed);
  }

  Machine trained(const std::string& method, MethodScore& score) const {
    const Configuration c = plan_of(method);
    const Clock clock;
    Machine machine = train_machine(c, simulator_, o_.threads, [&](Index step) {
      tell("training " + method, step, c.train.steps);
      return true;
    });
    score.training_seconds = clock.seconds();
    score.training_calls = machine.training_calls();
    return machine;
  }

  void score(const std::string& method) {
    MethodScore score;
    score.name = method;
    std::optional<Machine> own;
    const Machine* machine = nullptr;
    if (is_trained(method)) {
      machine = &own.emplace(trained(method, score));
    } else if (method == kMachine) {
      machine = machine_;
      score.training_calls = machine->training_calls();
    }
    score.has_density = method != kRejection && method != kSmc;
    score.answers.resize(static_cast<std::size_t>(result_.problems));
    if (method == kExact) exact_.resize(score.answers.size());
    // A simulator that answers rows, and a GPU, take a problem at a time.
    const bool in_turn = simulator_.answers_rows() || o_.context.backend() != Backend::cpu;
    const Index at_once = in_turn ? 1 : pool_.size();
    for (Index first = 0; first < result_.problems; first += at_once) {
      const Index count = std::min(at_once, result_.problems - first);
      const auto work = [&](Index i, int) { answer(method, machine, first + i, score); };
      if (in_turn) {
        work(0, 0);
      } else {
        pool_.parallel_for(count, work);
      }
      tell(method, first + count, result_.problems);
    }
    result_.methods.push_back(std::move(score));
  }

  void answer(const std::string& method, const Machine* machine, Index b, MethodScore& score) {
    const auto i = static_cast<std::size_t>(b);
    const Index size = simulator_.size();
    BaselineProblem problem;
    problem.simulator = &simulator_;
    problem.observed = {problems_.observations.data() + b * problems_.n_max * size, problems_.counts[i], size};
    problem.budget = o_.budget;
    problem.draws = o_.draws;
    problem.seed = seed_of(method);
    problem.number = static_cast<std::uint32_t>(b);
    problem.pool = simulator_.answers_rows() ? &pool_ : nullptr;
    const Clock clock;
    BaselineAnswer answer = answer_or_prior(method, machine, problem);
    const double seconds = clock.seconds();
    JudgeSetting setting;
    setting.simulator = &simulator_;
    if (result_.truth_known) setting.truth = result_.truths[i];
    if (result_.has_c2st && method != kExact) setting.exact = &exact_[i];
    setting.c2st_draws = o_.c2st_draws;
    setting.seed = problem.seed + problem.number;
    score.answers[i] = judge_answer(answer, setting);
    score.answers[i].seconds = seconds;
    if (method == kExact) exact_[i] = std::move(answer.draws);
  }

  /// Where a method finds nothing, what was known before.
  BaselineAnswer answer_or_prior(const std::string& method, const Machine* machine,
                                 const BaselineProblem& problem) const {
    try {
      if (machine != nullptr) return answer_of(*machine, problem);
      if (method == kRejection) return rejection_abc(problem);
      if (method == kSmc) return smc_abc(problem);
      return method == kLikelihood ? maximum_likelihood(problem) : reference_posterior(problem);
    } catch (const NumericError& error) {
      BaselineAnswer prior;
      give_gaussian(prior, problem, {{{0, standard_gaussian(simulator_.parameters())}}});
      prior.warnings.push_back(method + ": the prior instead: " + error.what());
      return prior;
    }
  }

  BaselineAnswer answer_of(const Machine& machine, const BaselineProblem& problem) const {
    InferOptions infer;
    infer.seed = problem.seed;
    infer.first_problem = static_cast<Index>(problem.number);
    infer.context = o_.context;
    infer.threads = problem.pool != nullptr ? o_.threads : 1;
    const Inference inference = machine.infer(simulator_, problem.observed, infer);
    BaselineAnswer answer;
    give_gaussian(answer, problem, inference.posterior);
    answer.simulator_calls = inference.simulator_calls;
    answer.warnings = inference.warnings;
    return answer;
  }

  const Configuration asked_, configuration_;
  const Machine* machine_;
  const Simulator& simulator_;
  const CompareOptions& o_;
  std::uint64_t seed_;
  ThreadPool pool_;
  TestProblems problems_;
  std::vector<Points> exact_;  ///< draws of each problem
  Comparison result_;
};

}  // namespace

Comparison compare(const Configuration& configuration, const Machine* machine, const Simulator& simulator,
                   const CompareOptions& options) {
  require_options(options, simulator);
  return Comparer(configuration, machine, simulator, options).run();
}

}  // namespace v0
}  // namespace alfi
