#include "alfi/inference/baselines/rejection_abc.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/baselines/weighted_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kAtOnce = 1 << 16;  // simulations compared before the nearest are kept
constexpr Index kFewest = 10;       // that are worth anything
constexpr Index kForEachSummary = 4;

/// Simulations and where they were made.
struct Kept {
  Points at;
  ComparedSimulations compared;

  /// The nearest `count`, nearest first; none that failed.
  Kept nearest(Index count) const {
    std::vector<Index> order(compared.distances.size());
    std::iota(order.begin(), order.end(), Index{0});
    const auto distance = [&](Index i) { return compared.distances[static_cast<std::size_t>(i)]; };
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return distance(a) < distance(b); });
    Kept found;
    found.at.cols = at.cols;
    found.compared.differences.cols = compared.differences.cols;
    for (const Index i : order) {
      if (static_cast<Index>(found.compared.distances.size()) == count || !std::isfinite(distance(i))) break;
      const double* const difference = compared.differences.row(i);
      found.at.data.insert(found.at.data.end(), at.row(i), at.row(i) + at.cols);
      found.compared.differences.data.insert(found.compared.differences.data.end(), difference,
                                             difference + compared.differences.cols);
      found.compared.distances.push_back(distance(i));
    }
    return found;
  }
};

Points rows_of(const Points& all, Index first, Index count) {
  return {{all.row(first), all.row(first) + count * all.cols}, all.cols};
}

}  // namespace

BaselineAnswer rejection_abc(const BaselineProblem& problem, const RejectionOptions& options) {
  require_problem("rejection_abc", problem);
  AbcSimulations simulations(problem);
  const Index count = simulations.left();
  if (count < kFewest) {
    throw InputError("rejection_abc: budget is " + std::to_string(problem.budget) + ", expected at least " +
                     std::to_string(kFewest * problem.observed.rows) + ": " + std::to_string(kFewest) +
                     " simulations of " + counted(problem.observed.rows, "observation"));
  }
  if (!(std::isfinite(options.share) && options.share > 0 && options.share <= 1) || options.fewest < 2) {
    throw InputError("rejection_abc: share is " + number_text(options.share) + " and fewest " +
                     std::to_string(options.fewest) + ", expected above 0 and up to 1, and at least 2");
  }
  const Points at = prior_draws(problem, count);
  Kept kept;
  kept.at.cols = at.cols;
  Index wanted = 0;
  for (Index first = 0; first < count; first += kAtOnce) {
    const Points part = rows_of(at, first, std::min(kAtOnce, count - first));
    kept.compared.append(simulations.simulate(part));
    kept.at.data.insert(kept.at.data.end(), part.data.begin(), part.data.end());
    wanted = std::max({static_cast<Index>(options.share * static_cast<double>(count)), options.fewest,
                       kForEachSummary * kept.compared.differences.cols});
    kept = kept.nearest(wanted);
  }
  BaselineAnswer answer;
  answer.simulator_calls = simulations.calls();
  if (count < wanted) {
    answer.warnings.push_back("rejection: " + std::to_string(count) +
                              " simulations, all of them kept: " + std::to_string(wanted) + " were wanted");
  }
  std::vector<double> weights = epanechnikov(kept.compared.distances, kept.compared.distances.back());
  if (options.adjust && !adjust_by_regression(kept.at, kept.compared.differences, weights)) {
    answer.warnings.push_back("rejection: too few simulations for the regression, which was left out");
  }
  answer.draws = smoothed_draws(kept.at, weights, problem);
  return answer;
}

}  // namespace v0
}  // namespace alfi
