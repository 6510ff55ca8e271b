#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/shard.hpp"
#include "alfi/kernels/features.hpp"

/// The half of Shard that draws problems, simulates, and turns observations into features.

namespace alfi {
inline namespace v0 {
namespace {

std::uint32_t name(Index i) { return static_cast<std::uint32_t>(i); }

}  // namespace

template <class Real>
void Shard<Real>::draw_problems(const ShardDraws& draws, Index count, Index observed) {
  const Configuration& c = *s_.configuration;
  draws_ = draws;
  problems_ = count;
  n_max_ = s_.observed;
  const bool fixed = c.train.dataset > 0 && draws.training;
  const std::uint64_t seed = fixed ? derived_seed(c.train.seed, Purpose::dataset) : draws.seed;
  const std::uint64_t step = fixed ? 0 : draws.step;
  const Key pick = step_key(draws.seed, Purpose::dataset, draws.step);
  for (Index b = 0; b < count; ++b) {
    Index problem = draws.first_problem + b;
    if (fixed) {
      Stream random(pick, {name(problem), 0, 0, 0});
      problem = std::min(static_cast<Index>(random.uniform_double() * static_cast<double>(c.train.dataset)),
                         c.train.dataset - 1);
    }
    Stream prior_draws(step_key(seed, Purpose::prior, step), {name(problem), 0, 0, 0});
    for (Index p = 0; p < a_.parameters; ++p) {
      const Prior& prior = s_.simulator->info().parameters[static_cast<std::size_t>(p)].prior;
      const double u = draw_coordinate(prior_draws);
      // The observations know theta as a float: the truth is that float.
      const float theta = static_cast<float>(prior.theta(u));
      theta_.data()[p] = theta;
      truth_.data()[b * a_.parameters + p] = static_cast<double>(theta);
      target_.data()[b * a_.parameters + p] = static_cast<Real>(
          s_.coordinates == Coordinates::normal ? u : to_coordinate(s_.coordinates, prior, prior.theta(u)));
    }
    Stream count_draws(step_key(seed, Purpose::counts, step), {name(problem), 0, 0, 0});
    const Index n = observed > 0
                        ? observed
                        : log_uniform(c.problem.observed_min, c.problem.observed_max, count_draws.uniform_double());
    counts_.data()[b] = static_cast<std::int32_t>(n);
    SimulateRequest request;
    request.problems = 1;
    request.observations = n;
    request.theta = theta_.matrix(1, a_.parameters);
    request.out = {observed_.data() + b * n_max_ * a_.size, n, a_.size};
    request.status = {observed_status_.data() + b * n_max_, n};
    request.key = step_key(seed, Purpose::observed, step);
    request.first_problem = static_cast<std::uint32_t>(problem);
    s_.simulator->simulate(context_, request);
    calls_ += n;
  }
  load_observed();
}

template <class Real>
void Shard<Real>::give_problems(const ShardDraws& draws, MatView<const float> observations,
                                VecView<const std::int32_t> counts, Index n_max) {
  draws_ = draws;
  problems_ = counts.size;
  n_max_ = n_max;
  if (problems_ > s_.problems || n_max > s_.observed) {
    throw ShapeError("Shard::give_problems: got " + std::to_string(problems_) + " problems of " +
                     std::to_string(n_max) + ", expected at most " + std::to_string(s_.problems) + " of " +
                     std::to_string(s_.observed));
  }
  require_shape("Shard::give_problems", "observations", observations, problems_ * n_max, a_.size);
  for (Index b = 0; b < problems_; ++b) {
    counts_.data()[b] = counts[b];
    for (Index i = 0; i < counts[b] * a_.size; ++i) {
      observed_.data()[b * n_max * a_.size + i] = observations.data[b * n_max * a_.size + i];
    }
    for (Index n = 0; n < counts[b]; ++n) observed_status_.data()[b * n_max + n] = 0;
  }
  load_observed();
}

/// Marks rows that are not finite, counts what failed, and throws where the configuration says that none may.
template <class Real>
Index Shard<Real>::check(MatView<const float> rows, VecView<std::uint8_t> status, Index block,
                         VecView<const std::int32_t> counts, const char* what) {
  Index failed = 0;
  for (Index r = 0; r < rows.rows; ++r) {
    if (!counts.empty() && r % block >= counts[r / block]) continue;
    bool finite = true;
    for (Index d = 0; d < rows.cols; ++d) finite = finite && std::isfinite(rows(r, d));
    if (!finite && status[r] == 0) status[r] = static_cast<std::uint8_t>(Status::failed);
    failed += status[r] != 0;
  }
  failed_ += failed;
  if (failed > 0 && s_.configuration->train.nan_policy == "error") {
    throw NumericError("simulator " + s_.simulator->info().name + ": " + std::to_string(failed) + " of the " + what +
                       " observations of problems " + std::to_string(draws_.first_problem) + " to " +
                       std::to_string(draws_.first_problem + problems_ - 1) +
                       " failed or are not finite (train.nan_policy is \"error\")");
  }
  return failed;
}

template <class Real>
void Shard<Real>::load_observed() {
  const Index rows = problems_ * n_max_;
  const VecView<const std::int32_t> present = counts();
  const VecView<std::uint8_t> status{observed_status_.data(), rows};
  const bool failed = check(observed(), status, n_max_, present, "observed") > 0;
  observed_mask_ = failed ? VecView<const std::uint8_t>(status) : VecView<const std::uint8_t>{};
  for (Index b = 0; b < problems_; ++b) {
    valid_.data()[b] = present[b];
    for (Index i = 0; failed && i < present[b]; ++i) valid_.data()[b] -= status[b * n_max_ + i] != 0;
  }
  const Normalization& n = *s_.normalization;
  const MatView<Real> location = location_.matrix(problems_, a_.size), scale = scale_.matrix(problems_, a_.size);
  kernels::location_and_scale<Real>(context_, observed(), observed_mask_, n_max_, present,
                                    {n.least_scale.data(), a_.size}, location, scale);
  for (Index b = 0; b < problems_; ++b) {
    Real* absolute = absolute_.data() + b * a_.absolute;
    const double count = std::max(1.0, static_cast<double>(valid_.data()[b]));
    for (Index d = 0; d < a_.size; ++d) {
      if (a_.relative_features) {
        const auto seen = [&](double raw, Index entry) {
          const auto e = static_cast<std::size_t>(entry);
          return static_cast<Real>(std::asinh((raw - n.median[e]) / n.spread[e]));
        };
        absolute[d] = seen(static_cast<double>(location(b, d)), d);
        absolute[a_.size + d] = seen(std::log(static_cast<double>(scale(b, d))), a_.size + d);
      } else {
        location(b, d) = static_cast<Real>(n.mean[static_cast<std::size_t>(d)]);
        scale(b, d) = static_cast<Real>(n.sd[static_cast<std::size_t>(d)]);
      }
    }
    if (a_.absolute > 0) {
      absolute[2 * a_.size] = static_cast<Real>(std::log(count) / 6);
      absolute[2 * a_.size + 1] = static_cast<Real>(1 / std::sqrt(count));
    }
  }
  kernels::observation_features<Real>(context_, observed(), {location, scale, a_.relative_features}, observed_mask_,
                                      n_max_, present, features_.matrix(rows, a_.size));
}

template <class Real>
void Shard<Real>::propose(Index t) {
  const Index rows = problems_ * s_.plan.thetas, p_count = a_.parameters;
  const Key key = step_key(draws_.seed, Purpose::noise, draws_.step);
  const VecView<Real> noise = tape_.scratch(rows * p_count);
  for (Index row = 0; row < rows; ++row) {
    Stream random(key, {name(draws_.first_problem + row / s_.plan.thetas), name(t), name(row % s_.plan.thetas), 0});
    for (Index p = 0; p < p_count; ++p) noise[row * p_count + p] = static_cast<Real>(random.normal());
  }
  evidence_.noise = {noise.data, rows, p_count};
  evidence_.theta = network_.sample(tape_, psi_, evidence_.noise);
  if (s_.configuration->train.gradient == "detached") evidence_.theta = tape_.detach(evidence_.theta);
}

template <class Real>
void Shard<Real>::simulate(Index t) {
  m_ = observations_at(s_.plan, t);
  const Index rows = problems_ * s_.plan.thetas, calls = rows * m_;
  for (Index row = 0; row < rows; ++row) {
    for (Index p = 0; p < a_.parameters; ++p) {
      const Prior& prior = s_.simulator->info().parameters[static_cast<std::size_t>(p)].prior;
      theta_.data()[row * a_.parameters + p] =
          proposal_theta(prior, static_cast<double>(evidence_.theta.value(row, p)));
    }
  }
  SimulateRequest request;
  request.problems = problems_;
  request.proposals = s_.plan.thetas;
  request.observations = m_;
  request.theta = theta_.matrix(rows, a_.parameters);
  request.out = simulated_.matrix(calls, a_.size);
  request.status = tape_.template scratch_of<std::uint8_t>(calls);
  request.key = step_key(draws_.seed, Purpose::simulated, draws_.step);
  request.first_problem = name(draws_.first_problem);
  request.iteration = name(t);
  s_.simulator->simulate(context_, request);
  calls_ += calls;
  const bool failed = check(request.out, request.status, m_, {}, "simulated") > 0;
  const VecView<const std::uint8_t> mask =
      failed ? VecView<const std::uint8_t>(request.status) : VecView<const std::uint8_t>{};
  const MatView<Real> features{tape_.scratch(calls * a_.size).data, calls, a_.size};
  kernels::observation_features<Real>(
      context_, request.out,
      {location_.matrix(problems_, a_.size), scale_.matrix(problems_, a_.size), a_.relative_features}, mask, m_, {},
      features);
  evidence_.features = features;
  evidence_.pool = {rows, m_, {}, mask};
  const VecView<Real> ratio = tape_.scratch(problems_), log_ratio = tape_.scratch(problems_);
  for (Index b = 0; b < problems_; ++b) {
    const double share = static_cast<double>(m_) / std::max(1.0, static_cast<double>(valid_.data()[b]));
    // N observations scatter by share of what M simulations do, and the regression's own offset by another 1/K.
    ratio[b] = static_cast<Real>(share + 1 / static_cast<double>(s_.plan.thetas));
    log_ratio[b] = static_cast<Real>(std::log(share) / 4);
  }
  evidence_.ratio = ratio;
  evidence_.log_ratio = {log_ratio.data, problems_, 1};
}

/// A proposal's theta as the simulator gets it: never outside the prior's support.
template <class Real>
float Shard<Real>::proposal_theta(const Prior& prior, double coordinate) const {
  if (s_.coordinates == Coordinates::normal) {
    return static_cast<float>(prior.theta(std::min(std::max(coordinate, -kFurthest), kFurthest)));
  }
  const double theta = to_theta(s_.coordinates, prior, coordinate);
  return static_cast<float>(std::min(std::max(theta, prior.lower()), prior.upper()));
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
