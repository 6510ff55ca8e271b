#include "alfi/inference/shard.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/inference/rows/proposals.hpp"
#include "alfi/kernels/gpu/launch.hpp"

/// The part of Shard that runs the machine: start, update, loss and adjoint.

namespace alfi {
inline namespace v0 {

using autodiff::Var;
using autodiff::Weighting;

namespace {

Weighting weighting_of(const std::string& name) {
  if (name == "exponential") return Weighting::exponential;
  if (name == "exponential_published") return Weighting::exponential_published;
  if (name == "last") return Weighting::last;
  return name == "observed_improvement" ? Weighting::observed_improvement : Weighting::constant;
}

}  // namespace

Index observations_at(const Plan& plan, Index t) {
  const Index most = plan.observations, least = plan.observations_min;
  if (least == 0 || least >= most || t + 1 >= plan.iterations) return most;
  const double share = static_cast<double>(t) / static_cast<double>(plan.iterations - 1);
  const double growth = static_cast<double>(most) / static_cast<double>(least);
  return static_cast<Index>(std::lround(static_cast<double>(least) * std::pow(growth, share)));
}

/// Whether the simulator itself encodes the observations of iteration t (Simulator::encode), of which features are kept
/// only.
template <class Real>
bool Shard<Real>::fused(Index t) const {
  if (!on_gpu_ || single() || a_.moments + a_.projections > 0 || !s_.simulator->offers_gpu() ||
      !std::is_same_v<Real, float>)
    return false;
  return !(s_.keeps_simulated && t + 1 == s_.plan.iterations);
}

template <class Real>
void Shard<Real>::start(const Real* weights, Real* gradients) {
  tape_.rewind();
  losses_.clear();
  learning_ = gradients != nullptr;
  losses_aside_.reset();
  network_.bind(tape_, weights, gradients);
  if (learning_ && on_gpu_) network_.prepare(tape_, problems_, s_.plan.thetas, s_.plan.observations);
  const kernels::SetPool pool{problems_, n_max_, present(), observed_mask_};
  const Samples<Real> observed =
      single() ? series_->observed()
               : Samples<Real>{features_.matrix(problems_ * n_max_, a_.size),
                               global_.matrix(a_.projections > 0 ? problems_ * n_max_ : 0, a_.size),
                               {},
                               alike_.matrix(problems_, a_.moments)};
  reading_ =
      network_.read(tape_, observed, pool, single() ? series_->absolute() : absolute_.matrix(problems_, a_.absolute));
  psi_ = network_.start(tape_, reading_);
  if (s_.configuration->proposal.start == "draw") draw_start();
  // Copies from and to the host may not come while work is aside: an attended iteration waits for its failures.
  if (learning_ && s_.unattended && !simulates_on_host()) losses_aside_.emplace(context_);
  if (a_.first_guess && learning_) {
    keep_loss();
    detach_psi();
  }
  memory_ = network_.no_memory(tape_, problems_);
  if (!learning_) carry();
}

/// psi_0 at a draw of the prior, as published: sd proposal.initial_sd in every coordinate.
template <class Real>
void Shard<Real>::draw_start() {
  const bool normal = s_.coordinates == Coordinates::normal;
  kernels::for_each(
      context_, problems_,
      DrawStart{keys_.data(), a_.parameters, static_cast<std::uint32_t>(draws_.first_problem), drawn_.data()});
  const Index entries = problems_ * a_.parameters;
  kernels::for_each_then(context_, normal ? 0 : entries, prior_theta(), entries,
                         StartEntry<Real>{priors_.data(), a_.parameters, a_.spread, normal,
                                          std::log(s_.configuration->proposal.initial_sd), drawn_.data(), value_.data(),
                                          psi_.mean.value.data, psi_.spread.value.data});
}

template <class Real>
void Shard<Real>::update(Index t) {
  encode(t);
  psi_ = network_.update(tape_, reading_, psi_, evidence_, memory_);
  if (learning_) {
    keep_loss();
    detach_psi();
  } else {
    carry();
  }
}

/// The loss of iteration t trains iteration t alone, unless train.through_time.
template <class Real>
void Shard<Real>::detach_psi() {
  if (!s_.configuration->train.through_time) psi_ = {tape_.detach(psi_.mean), tape_.detach(psi_.spread)};
}

/// Copies what the next iteration needs out of the tape and rewinds it: an inference holds one iteration.
template <class Real>
void Shard<Real>::carry() {
  Real* to = carried_.data();
  const auto keep = [&](Var<Real>& v) {
    const MatView<Real> place{to, v.rows(), v.cols()};
    if (v.value.data != to) context_.copy(to, v.value.data, static_cast<std::size_t>(v.value.size()) * sizeof(Real));
    v = Var<Real>{place, nullptr};
    to += place.size();
  };
  Mixture<Real>& mixture = psi_.mixture;
  for (Var<Real>* v :
       {&reading_.encoded, &reading_.projected, &reading_.context, &reading_.at_zero, &reading_.floor, &psi_.mean,
        &psi_.spread, &memory_.h, &memory_.c, &mixture.logits, &mixture.mean, &mixture.cholesky}) {
    keep(*v);
  }
  tape_.rewind();
}

/// Nothing waits for an iteration's loss before the backward pass.
template <class Real>
void Shard<Real>::keep_loss() {
  const WorkAside aside(context_);
  losses_.push_back(shard_loss());
}

/// This shard's part of the mean loss of a meta-batch: [1,1].
template <class Real>
Var<Real> Shard<Real>::shard_loss() {
  return autodiff::limited_mean(tape_, loss_of(psi_, true), {}, s_.configuration->train.problems);
}

/// The loss of every problem, what is trained or what an answer is judged by: [B,1].
template <class Real>
Var<Real> Shard<Real>::loss_of(const Psi<Real>& psi, bool trained) {
  const MatView<const Real> target = target_.matrix(problems_, a_.parameters);
  const std::string& kind = s_.configuration->train.loss;
  if (kind == "squared") return autodiff::mean_error(tape_, autodiff::LossKind::squared, psi.mean, target);
  if (kind == "absolute") return autodiff::mean_error(tape_, autodiff::LossKind::absolute, psi.mean, target);
  const Var<Real> theta = tape_.data(target);
  return trained ? network_.trained_loss(tape_, psi, theta) : network_.negative_log_density(tape_, psi, theta);
}

template <class Real>
void Shard<Real>::backward() {
  const TrainConfiguration& t = s_.configuration->train;
  losses_aside_.reset();
  const Var<Real> loss = autodiff::combine_iterations(tape_, weighting_of(t.weights), t.beta, losses_);
  tape_.backward(loss);
  kernels::for_each(context_, problems_ * a_.parameters, theta_of(psi_.mean, ThetaEntry().furthest));
  kernels::for_each(context_, problems_,
                    SquareError{priors_.data(), a_.parameters, value_.data(), truth_.data(), errors_.data()});
  const kernels::LossLimit unlimited{0, 0};
  kernels::limited_mean<double>(context_, {errors_.data(), problems_}, unlimited, 1.0, {results_.data() + 1, 1});
  kernels::for_each(context_, 1, KeepLoss<Real>{loss.value.data, results_.data()});
}

template <class Real>
ShardLoss Shard<Real>::loss() const {
  double found[2];
  results_.copy_out(found);
  return {found[0], found[1]};
}

template <class Real>
double Shard<Real>::last_loss() {
  const Var<Real> sum = autodiff::limited_mean(tape_, loss_of(psi_, false), {}, 1);
  Real value = 0;
  context_.copy_out(&value, sum.value.data, sizeof(Real));
  tape_.rewind();
  return static_cast<double>(value);
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
