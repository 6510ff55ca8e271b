#include "alfi/inference/test_problems.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "alfi/core/context.hpp"
#include "alfi/core/error.hpp"
#include "alfi/inference/host_samples.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr std::uint32_t kRedraws = 100;  // of a problem of which nothing could be observed

/// Moves the valid, finite rows of one problem together; how many there are.
Index keep_valid(const SimulateRequest& r) {
  Index kept = 0;
  for (Index i = 0; i < r.observations; ++i) {
    const VecView<float> row = r.out.row(i);
    if (r.status[i] != 0 || !all_finite(row.data, row.size)) continue;
    std::copy(row.begin(), row.end(), r.out.row(kept++).begin());
  }
  return kept;
}

class ProblemDraws {
 public:
  ProblemDraws(const TestProblemSetting& s, Index first, Index count)
      : s_(s), simulator_(*s.simulator), c_(*s.configuration), first_(first) {
    const auto b = static_cast<std::size_t>(count), parameters = static_cast<std::size_t>(simulator_.parameters());
    drawn_.n_max = s.observed > 0 ? s.observed : c_.problem.observed_max;
    drawn_.observations.resize(b * static_cast<std::size_t>(drawn_.n_max * simulator_.size()));
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
    Stream prior_draws(step_key(s_.seed, Purpose::prior, 0), {name(b), 0, 0, 0}, draw);
    draw_theta(simulator_.info(), prior_draws, theta);
    Stream count_draws(step_key(s_.seed, Purpose::counts, 0), {name(b), 0, 0, 0});
    const ProblemConfiguration& range = c_.problem;
    SimulateRequest r;
    r.problems = 1;
    r.observations = s_.observed > 0
                         ? s_.observed
                         : log_uniform(range.observed_min, range.observed_max, count_draws.uniform_double());
    r.theta = {theta, 1, parameters};
    r.out = {drawn_.observations.data() + b * n_max * size, r.observations, size};
    r.status = {status_.data() + b * n_max, r.observations};
    r.key = step_key(s_.seed, Purpose::observed, 0);
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
    throw NumericError(std::string(s_.function) + ": simulator " + simulator_.info().name + ": " +
                       std::to_string(failed) + " calls failed for test problem " + std::to_string(name(b)) + ", " +
                       why);
  }

  const TestProblemSetting& s_;
  const Simulator& simulator_;
  const Configuration& c_;
  Index first_;
  std::vector<float> theta_;          ///< [B,P]
  std::vector<std::uint8_t> status_;  ///< [B*n_max]
  TestProblems drawn_;
};

}  // namespace

TestProblems draw_test_problems(const TestProblemSetting& setting, Index first, Index count, ThreadPool& pool) {
  return ProblemDraws(setting, first, count).make(pool);
}

}  // namespace v0
}  // namespace alfi
