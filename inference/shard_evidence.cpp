#include <algorithm>
#include <cmath>

#include "alfi/inference/rows/proposals.hpp"
#include "alfi/inference/shard.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/kernels/gpu/launch.hpp"

/// The part of Shard that proposes, simulates, and turns what was simulated into evidence.

namespace alfi {
inline namespace v0 {

using kernels::for_each;

namespace {

std::uint32_t name(Index i) { return static_cast<std::uint32_t>(i); }

}  // namespace

template <class Real>
void Shard<Real>::propose(Index t) {
  const Index rows = problems_ * s_.plan.thetas, p_count = a_.parameters;
  Calls& calls = calls_[static_cast<std::size_t>(t)];
  calls.theta = {tape_.template scratch_of<float>(rows * p_count).data, rows, p_count};
  if (!fused(t)) calls.status = tape_.template scratch_of<std::uint8_t>(rows * observations_at(s_.plan, t));
  if (s_.bank != nullptr) return propose_from_bank(t, {tape_.scratch(rows * p_count).data, rows, p_count});
  draw_noise(t);
  const bool detached = s_.configuration->train.gradient == "detached";
  const Psi<Real> from = detached ? Psi<Real>{tape_.detach(psi_.mean), tape_.detach(psi_.spread)} : psi_;
  evidence_.theta = network_.sample(tape_, from, evidence_.noise);
  kernels::for_each_then(
      context_, rows * p_count, theta_of(evidence_.theta, kFurthest), rows * p_count,
      ProposalEntry{priors_.data(), p_count, s_.coordinates == Coordinates::normal, value_.data(), calls.theta.data});
}

/// Where the tape keeps all iterations, a GPU draws their noise at once.
template <class Real>
void Shard<Real>::draw_noise(Index t) {
  const Index rows = problems_ * s_.plan.thetas, size = rows * a_.parameters;
  const bool at_once = on_gpu_ && learning_;
  if (t == 0 || !at_once) {
    const Index iterations = at_once ? s_.plan.iterations : 1;
    noise_ = tape_.scratch(iterations * size);
    for_each(context_, iterations * rows,
             DrawNoise<Real>{keys_.data(), name(draws_.first_problem), name(t), problems_, s_.plan.thetas,
                             a_.parameters, noise_.data});
  }
  evidence_.noise = {noise_.data + (at_once ? t * size : 0), rows, a_.parameters};
}

template <class Real>
SimulateRequest Shard<Real>::simulation(Index t) {
  SimulateRequest request = request_of_policy();
  request.problems = problems_;
  request.proposals = s_.plan.thetas;
  request.observations = observations_at(s_.plan, t);
  request.theta = calls_[static_cast<std::size_t>(t)].theta;
  request.key_place = &keys_.data()->simulated;
  request.first_problem = name(draws_.first_problem);
  request.iteration = name(t);
  return request;
}

template <class Real>
void Shard<Real>::simulate(Index t) {
  if (s_.bank != nullptr) {
    simulate_from_bank(t);
  } else if (fused(t)) {
    m_ = observations_at(s_.plan, t);
  } else {
    simulate_now(simulation_request(t));
  }
}

template <class Real>
SimulateRequest Shard<Real>::simulation_request(Index t) {
  m_ = observations_at(s_.plan, t);
  SimulateRequest request = simulation(t);
  request.out = simulated_.matrix(calls_now(), a_.size);
  request.status = calls_[static_cast<std::size_t>(t)].status;
  return request;
}

/// On the tape.
template <class Real>
Samples<Real> Shard<Real>::simulated_samples(MatView<const float> made, VecView<const std::uint8_t> status) {
  if (single()) {
    const Samples<Real> samples = series_->simulate(tape_, made, status);
    series_->compare(tape_, samples, evidence_);
    return samples;
  }
  const MatView<Real> features{tape_.scratch(made.size()).data, made.rows, a_.size};
  const VecView<const std::uint8_t> mask = any_failed_ ? status : VecView<const std::uint8_t>{};
  kernels::observation_features<Real>(context_, made, feature_scale(), mask, m_, {}, features);
  return {features, simulated_directions(made, mask), {}, moments_of(made, mask)};
}

/// What was simulated as directions see it, on the tape.
template <class Real>
MatView<const Real> Shard<Real>::simulated_directions(MatView<const float> made, VecView<const std::uint8_t> mask) {
  if (a_.projections == 0) return {};
  const MatView<Real> features{tape_.scratch(made.size()).data, made.rows, a_.size};
  const MatView<Real> whitened{tape_.scratch(made.size()).data, made.rows, a_.size};
  kernels::observation_features<Real>(context_, made, prior_scale(), mask, m_, {}, features);
  whiten(features, whitened);
  return whitened;
}

/// How far the moments of what was simulated are from the real ones, [B*K,S], on the tape.
template <class Real>
MatView<const Real> Shard<Real>::moments_of(MatView<const float> made, VecView<const std::uint8_t> mask) {
  const Index sets = a_.moments > 0 ? problems_ * s_.plan.thetas : 0;
  const MatView<Real> out{tape_.scratch(sets * a_.moments).data, sets, a_.moments};
  if (sets == 0) return out;
  const kernels::MomentSets<Real> in = moment_sets(made, sets, mask);
  kernels::compare_moments<Real>(context_, in, reference_.matrix(problems_, 2 * a_.moments),
                                 tape_.template scratch_of<double>(kernels::set_moments_scratch(sets, m_, a_.size)),
                                 out);
  return out;
}

/// The evidence in what was simulated; on a GPU the observations are made on the way where they can be.
template <class Real>
void Shard<Real>::encode(Index t) {
  const Index rows = problems_ * s_.plan.thetas;
  if constexpr (std::is_same_v<Real, float>) {
    if (fused(t)) {
      const Index before = s_.unattended ? 0 : counted().failed;
      const VecView<std::int32_t> valid = tape_.template scratch_of<std::int32_t>(rows);
      const autodiff::Var<Real> encoded =
          simulate_encode(tape_, *s_.simulator, simulation(t), feature_scale(), network_.observation_encoder(), valid);
      const Simulated* const simulated = some_may_fail() ? weigh_proposals({}, valid) : nullptr;
      kernels::for_each_then(context_, rows, CountFailed{valid.data, m_, tally_.data()}, problems_, effort(simulated));
      if (!s_.unattended) failed_since(before, "simulated");
      evidence_.encoded = encoded;
      return;
    }
  }
  const Index failed_before = s_.unattended ? 0 : counted().failed;
  const MatView<const float> made = simulated_.matrix(calls_now(), a_.size);
  const VecView<std::uint8_t> status = calls_[static_cast<std::size_t>(t)].status;
  check(made, status, m_, {}, {});
  any_failed_ = s_.unattended || failed_since(failed_before, "simulated") > 0;
  const VecView<const std::uint8_t> mask =
      any_failed_ ? VecView<const std::uint8_t>(status) : VecView<const std::uint8_t>{};
  if (s_.keeps_simulated) context_.copy(kept_status_.data(), status.data, static_cast<std::size_t>(status.size));
  const bool weighed = (any_failed_ && some_may_fail()) || !proposal_weights_.empty();
  for_each(context_, problems_, effort(weighed ? weigh_proposals(status, {}) : nullptr));
  const Samples<Real> samples = simulated_samples(made, status);
  const kernels::SetPool pool{rows, m_, {}, mask};
  evidence_.encoded = network_.encode(tape_, samples, pool);
  evidence_.projected = network_.project(tape_, samples, pool);
  evidence_.observed = {valid_.data(), problems_};
}

/// Proposals that could not be simulated leave the regression and the pool: of each problem, what is left. By the
/// status of observations, or by how many of each proposal are valid.
template <class Real>
const Simulated* Shard<Real>::weigh_proposals(VecView<const std::uint8_t> status, VecView<const std::int32_t> valid) {
  const Index rows = problems_ * s_.plan.thetas;
  const VecView<Real> weights = tape_.scratch(rows);
  const VecView<std::uint8_t> failed = tape_.template scratch_of<std::uint8_t>(rows);
  Simulated* const simulated = tape_.template scratch_of<Simulated>(problems_).data;
  for_each(context_, problems_,
           WeighProposals<Real>{status.data, valid.data, proposal_weights_.data, s_.plan.thetas, m_, weights.data,
                                failed.data, simulated});
  evidence_.weights = weights;
  evidence_.failed = failed;
  return simulated;
}

/// What the machine is told of the effort behind this iteration, by problem. simulated [B], or null: everything could
/// be.
template <class Real>
WeighEffort<Real> Shard<Real>::effort(const Simulated* simulated) {
  if (simulated == nullptr) {
    evidence_.weights = {};
    evidence_.failed = {};
  }
  const VecView<Real> ratio = tape_.scratch(problems_), log_ratio = tape_.scratch(problems_);
  evidence_.ratio = ratio;
  evidence_.log_ratio = {log_ratio.data, problems_, 1};
  return {valid_.data(), m_,         s_.plan.thetas, s_.bank != nullptr ? 0 : calls_now(),
          simulated,     ratio.data, log_ratio.data, tally_.data()};
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
