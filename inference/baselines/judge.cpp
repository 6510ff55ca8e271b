#include "alfi/inference/baselines/judge.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"
#include "alfi/inference/c2st.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// As many draws as asked for, evenly chosen: neighbours may be alike.
Points thinned(const Points& draws, Index count) {
  Points chosen;
  chosen.cols = draws.cols;
  const Index kept = std::min(count, draws.rows());
  for (Index i = 0; i < kept; ++i) {
    const double* const u = draws.row(i * draws.rows() / kept);
    chosen.data.insert(chosen.data.end(), u, u + draws.cols);
  }
  return chosen;
}

/// Share of the draws below, those that are equal by half.
double place_among(const Points& theta, Index p, double truth) {
  double below = 0;
  for (Index i = 0; i < theta.rows(); ++i) {
    const double value = theta.row(i)[p];
    below += value < truth ? 1 : value > truth ? 0 : 0.5;
  }
  return below / static_cast<double>(theta.rows());
}

bool within(double place, double level) { return std::abs(place - 0.5) <= 0.5 * level; }

template <class Value>
MeanWithError mean_of(const std::vector<JudgedAnswer>& answers, Value&& value) {
  RunningMoments moments;
  for (std::size_t i = 0; i < answers.size(); ++i) moments.add(value(answers[i], i));
  return {moments.mean(), moments.standard_error()};
}

}  // namespace

JudgedAnswer judge_answer(const BaselineAnswer& answer, const JudgeSetting& s) {
  const SimulatorInfo& info = s.simulator->info();
  JudgedAnswer judged;
  judged.simulator_calls = answer.simulator_calls;
  judged.warnings = answer.warnings;
  Points theta;
  theta.cols = answer.draws.cols;
  for (Index i = 0; i < answer.draws.rows(); ++i) {
    const std::vector<double> at = theta_at(info, answer.draws.row(i));
    theta.data.insert(theta.data.end(), at.begin(), at.end());
  }
  for (Index p = 0; p < theta.cols; ++p) {
    RunningMoments moments;
    for (Index i = 0; i < theta.rows(); ++i) moments.add(theta.row(i)[p]);
    judged.mean.push_back(moments.mean());
    judged.standard_deviation.push_back(moments.sd());
    if (!s.truth.empty()) judged.places.push_back(place_among(theta, p, s.truth[static_cast<std::size_t>(p)]));
  }
  if (s.exact != nullptr && s.c2st_draws > 0) {
    C2stOptions options;
    options.seed = s.seed;
    judged.c2st = c2st(thinned(*s.exact, s.c2st_draws).view(), thinned(answer.draws, s.c2st_draws).view(), options);
  }
  if (s.truth.empty()) return judged;
  judged.negative_log_density_by_draws = -posterior_of(info, fit_mixture(answer.draws)).log_density(s.truth);
  judged.negative_log_density =
      answer.log_density ? -answer.log_density(s.truth.data()) : judged.negative_log_density_by_draws;
  return judged;
}

void summarize(MethodScore& score, const Comparison& comparison, const SimulatorInfo& info,
               const std::vector<JudgedAnswer>* exact) {
  const std::vector<JudgedAnswer>& all = score.answers;
  score.calls_per_problem =
      mean_of(all, [](const JudgedAnswer& a, std::size_t) { return static_cast<double>(a.simulator_calls); }).mean;
  score.seconds_per_problem = mean_of(all, [](const JudgedAnswer& a, std::size_t) { return a.seconds; }).mean;
  score.warned = std::count_if(all.begin(), all.end(), [](const JudgedAnswer& a) { return !a.warnings.empty(); });
  score.c2st = mean_of(all, [](const JudgedAnswer& a, std::size_t) { return a.c2st; });
  if (!comparison.truth_known) return;
  score.negative_log_density = mean_of(all, [](const JudgedAnswer& a, std::size_t) { return a.negative_log_density; });
  score.negative_log_density_by_draws =
      mean_of(all, [](const JudgedAnswer& a, std::size_t) { return a.negative_log_density_by_draws; });
  if (exact != nullptr) {
    score.gap = mean_of(all, [&](const JudgedAnswer& a, std::size_t i) {
      return a.negative_log_density - (*exact)[i].negative_log_density;
    });
  }
  RunningMoments squares, in_50, in_90;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t p = 0; p < info.parameters.size(); ++p) {
      const double error = (all[i].mean[p] - comparison.truths[i][p]) / info.parameters[p].prior.standard_deviation();
      squares.add(error * error);
      in_50.add(within(all[i].places[p], 0.5) ? 1 : 0);
      in_90.add(within(all[i].places[p], 0.9) ? 1 : 0);
    }
  }
  score.rmse = std::sqrt(squares.mean());
  score.coverage_50 = in_50.mean();
  score.coverage_90 = in_90.mean();
}

}  // namespace v0
}  // namespace alfi
