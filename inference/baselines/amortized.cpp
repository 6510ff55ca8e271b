#include "alfi/inference/baselines/amortized.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/inference/shard.hpp"
#include "alfi/inference/trainer.hpp"

namespace alfi {
inline namespace v0 {

namespace {

/// Simulator calls of an answer to `observed` observations by a machine of this configuration.
Index answer_calls(const Configuration& c, Index observed) {
  const auto chosen = [](Index asked, Index trained) { return asked > 0 ? asked : trained; };
  const Plan plan{chosen(c.infer.iterations, c.train.iterations), chosen(c.infer.thetas, c.train.thetas),
                  chosen(c.infer.observations, c.train.observations), c.train.observations_min};
  Index calls = c.infer.refine * observed;
  for (Index t = 0; t < plan.iterations; ++t) calls += plan.thetas * observations_at(plan, t);
  return calls;
}

}  // namespace

Configuration for_budget(const Configuration& configuration, const ObservationShape& shape, Index budget,
                         Index observed) {
  Configuration c = configuration;
  c.train.bank.clear();
  if (shape.is_set) {
    c.problem.observed_min = c.problem.observed_max = observed;
    c.train.observations = c.train.observations > 0 ? std::min(c.train.observations, observed) : observed;
    c.infer.observations = std::min(c.infer.observations, observed);
  }
  const Index answer = answer_calls(resolve(c, shape), observed);
  if (answer >= budget) {
    throw InputError("compare: budget is " + std::to_string(budget) + ", expected more than the " +
                     std::to_string(answer) + " calls of the machine's first answer ([infer] says how many)");
  }
  c.train.budget = budget - answer;
  return c;
}

Configuration without_iterations(const Configuration& configuration) {
  Configuration c = configuration;
  c.proposal.start = "guess";
  c.proposal.head = "none";
  c.train.steps *= 1 + c.train.iterations;
  c.train.iterations = 0;
  c.infer.iterations = 0;
  c.infer.refine = 0;
  return c;
}

Machine train_machine(const Configuration& configuration, const Simulator& simulator, int threads,
                      const std::function<bool(Index step)>& progress) {
  Trainer trainer(configuration, simulator, threads);
  const TrainConfiguration& plan = trainer.configuration().train;
  while (trainer.step() < plan.steps) {
    const Index step = trainer.advance().step;
    if (step == plan.steps || step % plan.checkpoint_every == 0) trainer.validate_and_keep_best();
    if (!progress(step)) throw Error("stopped after " + std::to_string(step) + " steps of training");
  }
  return trainer.machine();
}

}  // namespace v0
}  // namespace alfi
