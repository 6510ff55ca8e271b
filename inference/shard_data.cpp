#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/rows/proposals.hpp"
#include "alfi/inference/shard.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/linear.hpp"

/// The part of Shard that draws problems, observes them, and turns what was observed into features.

namespace alfi {
inline namespace v0 {

using kernels::for_each;
using kernels::for_each_then;

namespace {

std::uint32_t name(Index i) { return static_cast<std::uint32_t>(i); }

}  // namespace

template <class Real>
void Shard<Real>::draw_problems(const ShardDraws& draws, Index count, Index observed) {
  draw_truth(draws, count, observed);
  observe();
  load_observed();
}

template <class Real>
void Shard<Real>::draw_truth(const ShardDraws& draws, Index count, Index observed) {
  if (s_.bank != nullptr) return draw_from_bank(draws, count, observed);
  const Configuration& c = *s_.configuration;
  const bool fixed = c.train.dataset > 0 && draws.training;
  problems_ = count;
  n_max_ = s_.observed;
  make_keys(draws, fixed ? derived_seed(c.train.seed, Purpose::dataset) : draws.seed, fixed);
  for_each(context_, count,
           DrawProblem{keys_.data(), a_.parameters, name(draws.first_problem), fixed ? c.train.dataset : 0, observed,
                       c.problem.observed_min, c.problem.observed_max, names_.data(), drawn_.data(), counts_.data(),
                       tally_.data()});
  const Index entries = count * a_.parameters;
  for_each_then(context_, entries, prior_theta(), entries,
                TargetEntry<Real>{priors_.data(), a_.parameters, s_.coordinates == Coordinates::normal, drawn_.data(),
                                  value_.data(), theta_.data(), truth_.data(), target_.data()});
}

template <class Real>
void Shard<Real>::make_keys(const ShardDraws& draws, std::uint64_t problem_seed, bool fixed) {
  draws_ = draws;
  for_each(context_, 1, MakeStepKeys{draws.seed, problem_seed, fixed, draws.step, draws.step_place, keys_.data()});
}

template <class Real>
void Shard<Real>::observe() {
  if (s_.bank != nullptr) return observe_from_bank();
  simulate_now(observation_request());
}

template <class Real>
SimulateRequest Shard<Real>::observation_request() {
  SimulateRequest request = request_of_policy();
  request.problems = problems_;
  request.observations = n_max_;
  request.theta = theta_.matrix(problems_, a_.parameters);
  request.counts = present();
  request.out = observed_.matrix(problems_ * n_max_, a_.size);
  request.status = {observed_status_.data(), problems_ * n_max_};
  request.key_place = &keys_.data()->observed;
  request.names = {names_.data(), problems_};
  return request;
}

/// A request that makes again what failed, where the configuration says so.
template <class Real>
SimulateRequest Shard<Real>::request_of_policy() {
  SimulateRequest request;
  request.attempts = s_.configuration->train.nan_policy == "resample" ? kAttempts : 1;
  request.retried = &tally_.data()->retried;
  return request;
}

template <class Real>
void Shard<Real>::give_problems(const ShardDraws& draws, MatView<const float> observations,
                                VecView<const std::int32_t> counts, Index n_max) {
  problems_ = counts.size;
  n_max_ = n_max;
  if (problems_ > s_.problems || n_max > s_.observed) {
    throw ShapeError("Shard::give_problems: got " + std::to_string(problems_) + " problems of " +
                     std::to_string(n_max) + ", expected at most " + std::to_string(s_.problems) + " of " +
                     std::to_string(s_.observed));
  }
  require_shape("Shard::give_problems", "observations", observations, problems_ * n_max, a_.size);
  make_keys(draws, draws.seed, false);
  truth_rows_.assign(static_cast<std::size_t>(problems_), -1);
  counts_.copy_in(counts.data, problems_);
  observed_.copy_in(observations.data, observations.size());
  observed_status_.fill_zero();
  load_observed();
}

/// Makes a request where the simulator runs: here, or, for a GPU that it has no code for, on the host.
template <class Real>
void Shard<Real>::simulate_now(const SimulateRequest& request) {
  if (!simulates_on_host()) {
    if (s_.pool != nullptr && s_.simulator->answers_rows()) {
      asked_.assign(1, request);
      return s_.simulator->simulate_together(asked_, s_.pool);
    }
    return s_.simulator->simulate(context_, request);
  }
  HostSimulation host(request, context_);
  host.run(*s_.simulator, s_.pool);
  host.copy_in(request, context_);
}

/// Marks rows that are not finite and counts what failed.
template <class Real>
void Shard<Real>::check(MatView<const float> rows, VecView<std::uint8_t> status, Index block,
                        VecView<const std::int32_t> counts, VecView<std::int32_t> valid) {
  for_each(context_, rows.rows,
           CheckRow{rows.data, rows.cols, status.data, block, counts.data, valid.data, tally_.data()});
}

/// How many calls failed since there were `before`; throws where the configuration says that none may.
template <class Real>
Index Shard<Real>::failed_since(Index before, const char* what) const {
  const Index failed = counted().failed - before;
  if (failed > 0 && s_.configuration->train.nan_policy == "error") {
    throw NumericError("simulator " + s_.simulator->info().name + ": " + std::to_string(failed) + " of the " + what +
                       " observations of problems " + std::to_string(draws_.first_problem) + " to " +
                       std::to_string(draws_.first_problem + problems_ - 1) +
                       " failed or are not finite (train.nan_policy is \"error\"; \"drop\" and \"resample\" go on)");
  }
  return failed;
}

template <class Real>
void Shard<Real>::load_observed() {
  const Index rows = problems_ * n_max_, before = s_.unattended ? 0 : counted().failed;
  const VecView<std::uint8_t> status{observed_status_.data(), rows};
  context_.copy(valid_.data(), counts_.data(), static_cast<std::size_t>(problems_) * sizeof(std::int32_t));
  check(observed_rows(), status, n_max_, present(), {valid_.data(), problems_});
  const bool masked = s_.unattended || failed_since(before, "observed") > 0;
  observed_mask_ = masked ? VecView<const std::uint8_t>(status) : VecView<const std::uint8_t>{};
  if (single()) return series_->observe(observed_rows(), status);
  describe_sets();
}

template <class Real>
void Shard<Real>::describe_sets() {
  const MatView<Real> location = location_.matrix(problems_, a_.size), scale = scale_.matrix(problems_, a_.size);
  const Index told = a_.absolute > 0 ? a_.absolute : 2 * a_.size + 2;
  kernels::location_and_scale<Real>(context_, observed_rows(), observed_mask_, n_max_, present(), least_.view(),
                                    location, scale);
  for_each(context_, problems_,
           DescribeProblem<Real>{a_.relative_features, normal_mean_.data(), normal_sd_.data(), median_.data(),
                                 spread_.data(), valid_.data(), a_.size, location.data, scale.data,
                                 absolute_.matrix(problems_, told)});
  describe_moments();
  kernels::observation_features<Real>(context_, observed_rows(), feature_scale(), observed_mask_, n_max_, present(),
                                      features_.matrix(problems_ * n_max_, a_.size));
  if (a_.projections == 0) return;
  const MatView<Real> standard = standard_.matrix(problems_ * n_max_, a_.size);
  kernels::observation_features<Real>(context_, observed_rows(), prior_scale(), observed_mask_, n_max_, present(),
                                      standard);
  whiten(standard, global_.matrix(problems_ * n_max_, a_.size));
}

/// features [R,D] on the prior predictive's scale, made uncorrelated: what is learned of directions then is alike.
template <class Real>
void Shard<Real>::whiten(MatView<const Real> features, MatView<Real> out) const {
  kernels::linear<Real>(context_, features, {whitening_.matrix(a_.size, a_.size), {}}, kernels::Activation::none, out);
}

/// What simulated sets' moments are compared with.
template <class Real>
void Shard<Real>::describe_moments() {
  if (a_.moments == 0) return;
  const kernels::MomentSets<Real> sets = moment_sets(observed_rows(), problems_, observed_mask_);
  kernels::describe_moments<Real>(context_, sets, {median_.data() + a_.size, a_.size},
                                  {moment_sums_.data(), kernels::set_moments_scratch(problems_, n_max_, a_.size)},
                                  reference_.matrix(problems_, 2 * a_.moments),
                                  absolute_.matrix(problems_, a_.absolute), 2 * a_.size + 2);
}

/// Sets of observations, of the problems themselves or of their proposals.
template <class Real>
kernels::MomentSets<Real> Shard<Real>::moment_sets(MatView<const float> x, Index sets,
                                                   VecView<const std::uint8_t> status) const {
  kernels::MomentSets<Real> all;
  all.x = x;
  all.sets = sets;
  all.n_max = sets > 0 ? x.rows / sets : 0;
  if (x.data == observed_.data()) all.counts = present();
  all.status = status;
  all.location = location_.matrix(problems_, a_.size);
  all.scale = scale_.matrix(problems_, a_.size);
  return all;
}

/// Of entries [rows,P]: value_ = theta.
template <class Real>
ThetaEntry Shard<Real>::theta_entry(ThetaEntry entry) {
  entry.priors = priors_.data();
  entry.parameters = a_.parameters;
  entry.theta = value_.data();
  return entry;
}

/// At what was drawn from the prior in normal coordinates, whatever the machine's are.
template <class Real>
ThetaEntry Shard<Real>::prior_theta() {
  ThetaEntry entry;
  entry.coordinate_double = drawn_.data();
  return theta_entry(entry);
}

/// At the machine's coordinates.
template <class Real>
ThetaEntry Shard<Real>::theta_of(const autodiff::Var<Real>& v, double furthest) {
  ThetaEntry entry;
  entry.normal = s_.coordinates == Coordinates::normal;
  entry.furthest = furthest;
  if constexpr (std::is_same_v<Real, float>) {
    entry.coordinate = v.value.data;
  } else {
    entry.coordinate_double = v.value.data;
  }
  return theta_entry(entry);
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
