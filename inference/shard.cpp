#include "alfi/inference/shard.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/inference/rows/proposals.hpp"
#include "alfi/kernels/gpu/launch.hpp"

/// The half of Shard that runs the machine: start, update, loss and adjoint.

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

template <class Real>
Shard<Real>::Shard(const ShardSetting& setting)
    : s_(setting),
      a_(*setting.architecture),
      context_(setting.context),
      on_gpu_(kernels::on_gpu(setting.context)),
      tape_(context_),
      network_(a_, context_) {
  allocate();
  std::vector<PreparedPrior> priors;
  for (const Parameter& parameter : s_.simulator->info().parameters) priors.emplace_back(parameter.prior);
  priors_ = Buffer<PreparedPrior>(context_, a_.parameters);
  priors_.copy_in(priors.data());
  const auto keep = [&](const std::vector<double>& values) {
    Buffer<double> buffer(context_, static_cast<Index>(values.size()));
    buffer.copy_in(values.data());
    return buffer;
  };
  const Normalization& n = *s_.normalization;
  normal_mean_ = keep(n.mean);
  normal_sd_ = keep(n.sd);
  least_ = keep(n.least_scale);
  median_ = keep(n.median);
  spread_ = keep(n.spread);
}

template <class Real>
void Shard<Real>::allocate() {
  const Index b = s_.problems, rows = b * s_.plan.thetas, p = b * a_.parameters;
  const Index entries = (rows > b ? rows : b) * a_.parameters;
  Index calls = 0;  // held at once
  for (Index t = 0; t < s_.plan.iterations; ++t) {
    if (!fused(t)) calls = std::max(calls, rows * observations_at(s_.plan, t));
  }
  calls_.resize(static_cast<std::size_t>(s_.plan.iterations));
  keys_ = Buffer<StepKeys>(context_, 1);
  tally_ = Buffer<Tally>(context_, 1);
  names_ = Buffer<std::uint32_t>(context_, b);
  truth_ = Buffer<double>(context_, p);
  drawn_ = Buffer<double>(context_, p);
  value_ = Buffer<double>(context_, entries);
  errors_ = Buffer<double>(context_, b);
  results_ = Buffer<double>(context_, 2);
  target_ = Buffer<Real>(context_, p);
  observed_ = Buffer<float>(context_, b * s_.observed * a_.size);
  observed_status_ = Buffer<std::uint8_t>(context_, b * s_.observed);
  theta_ = Buffer<float>(context_, p);
  simulated_ = Buffer<float>(context_, calls * a_.size);
  kept_status_ = Buffer<std::uint8_t>(context_, s_.keeps_simulated ? calls : 0);
  counts_ = Buffer<std::int32_t>(context_, b);
  valid_ = Buffer<std::int32_t>(context_, b);
  features_ = Buffer<Real>(context_, b * s_.observed * a_.size);
  location_ = Buffer<Real>(context_, b * a_.size);
  scale_ = Buffer<Real>(context_, b * a_.size);
  absolute_ = Buffer<Real>(context_, b * (a_.absolute > 0 ? a_.absolute : 2 * a_.size + 2));
  carried_ = Buffer<Real>(context_, b * (a_.encoding + a_.context + a_.parameters + a_.spread + 2 * a_.state));
}

/// Whether the observations of iteration t are made and encoded in one go, and never stored.
template <class Real>
bool Shard<Real>::fused(Index t) const {
  if (!on_gpu_ || !s_.simulator->offers_gpu() || !std::is_same_v<Real, float>) return false;
  return !(s_.keeps_simulated && t + 1 == s_.plan.iterations);
}

template <class Real>
void Shard<Real>::start(const Real* weights, Real* gradients) {
  tape_.rewind();
  losses_.clear();
  learning_ = gradients != nullptr;
  network_.bind(tape_, weights, gradients);
  const kernels::SetPool pool{problems_, n_max_, present(), observed_mask_};
  reading_ = network_.read(tape_, features_.matrix(problems_ * n_max_, a_.size), pool,
                           absolute_.matrix(problems_, a_.absolute));
  psi_ = network_.start(tape_, reading_);
  if (s_.configuration->proposal.start == "draw") draw_start();
  if (a_.first_guess && learning_) {
    losses_.push_back(shard_loss());
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
  if (!normal) prior_theta(problems_);
  kernels::for_each(context_, problems_ * a_.parameters,
                    StartEntry<Real>{priors_.data(), a_.parameters, a_.spread, normal,
                                     std::log(s_.configuration->proposal.initial_sd), drawn_.data(), value_.data(),
                                     psi_.mean.value.data, psi_.spread.value.data});
}

template <class Real>
void Shard<Real>::update(Index t) {
  evidence_.encoded = encode(t);
  weigh();
  psi_ = network_.update(tape_, reading_, psi_, evidence_, memory_);
  if (learning_) {
    losses_.push_back(shard_loss());
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
  for (Var<Real>* v : {&reading_.encoded, &reading_.context, &psi_.mean, &psi_.spread, &memory_.h, &memory_.c}) {
    keep(*v);
  }
  tape_.rewind();
}

/// This shard's part of the mean loss of a meta-batch: [1,1].
template <class Real>
Var<Real> Shard<Real>::shard_loss() {
  return autodiff::limited_mean(tape_, loss_of(psi_), {}, s_.configuration->train.problems);
}

/// The loss of every problem: [B,1].
template <class Real>
Var<Real> Shard<Real>::loss_of(const Psi<Real>& psi) {
  const MatView<const Real> target = target_.matrix(problems_, a_.parameters);
  const std::string& kind = s_.configuration->train.loss;
  if (kind == "squared") return autodiff::mean_error(tape_, autodiff::LossKind::squared, psi.mean, target);
  if (kind == "absolute") return autodiff::mean_error(tape_, autodiff::LossKind::absolute, psi.mean, target);
  return network_.negative_log_density(tape_, psi, tape_.data(target));
}

template <class Real>
void Shard<Real>::backward() {
  const TrainConfiguration& t = s_.configuration->train;
  const Var<Real> loss = autodiff::combine_iterations(tape_, weighting_of(t.weights), t.beta, losses_);
  tape_.backward(loss);
  theta_of(psi_.mean, ThetaEntry().furthest);
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
  const Var<Real> sum = autodiff::limited_mean(tape_, loss_of(psi_), {}, 1);
  Real value = 0;
  context_.copy_out(&value, sum.value.data, sizeof(Real));
  tape_.rewind();
  return static_cast<double>(value);
}

template <class Real>
std::vector<GaussianState> Shard<Real>::states() const {
  const Index p_count = a_.parameters;
  const auto fetched = [&](const Var<Real>& v) {
    std::vector<Real> copy(static_cast<std::size_t>(v.value.size()));
    context_.copy_out(copy.data(), v.value.data, copy.size() * sizeof(Real));
    return copy;
  };
  const std::vector<Real> mean = fetched(psi_.mean), spread = fetched(psi_.spread);
  const bool log_sds = a_.spread == p_count && p_count > 1;
  std::vector<GaussianState> all(static_cast<std::size_t>(problems_));
  for (Index b = 0; b < problems_; ++b) {
    GaussianState& state = all[static_cast<std::size_t>(b)];
    state.cholesky.assign(static_cast<std::size_t>(p_count * p_count), 0);
    for (Index row = 0; row < p_count; ++row) {
      state.mean.push_back(static_cast<double>(mean[static_cast<std::size_t>(b * p_count + row)]));
      for (Index col = log_sds ? row : 0; col <= row; ++col) {
        const Index place = b * a_.spread + (log_sds ? row : row * (row + 1) / 2 + col);
        const double entry = static_cast<double>(spread[static_cast<std::size_t>(place)]);
        state.cholesky[static_cast<std::size_t>(row * p_count + col)] = row == col ? std::exp(entry) : entry;
      }
    }
  }
  return all;
}

template <class Real>
VecView<const std::uint8_t> Shard<Real>::simulated_status() const {
  if (!any_failed_) return {};
  return {host(kept_status_, fetched_.status), calls_now()};
}

template <class Real>
std::size_t Shard<Real>::bytes() const {
  const auto reals =
      features_.size() + location_.size() + scale_.size() + absolute_.size() + target_.size() + carried_.size();
  const auto floats = observed_.size() + theta_.size() + simulated_.size() + counts_.size() + valid_.size();
  const auto doubles = truth_.size() + drawn_.size() + value_.size() + errors_.size();
  return static_cast<std::size_t>(reals) * sizeof(Real) + static_cast<std::size_t>(floats) * sizeof(float) +
         static_cast<std::size_t>(doubles) * sizeof(double) +
         static_cast<std::size_t>(observed_status_.size() + kept_status_.size());
}

template <class Real>
Index Shard<Real>::planned_tape_bytes() const {
  const NetworkConfiguration& n = s_.configuration->network;
  const Index row = 3 * a_.encoding + 2 * (a_.encoding + a_.context) + 4 * a_.summaries + n.encoder[0] +
                    4 * (a_.parameters + a_.triangle);
  const Index problem = 4 * (n.machine[0] + n.machine[1]) + 10 * a_.state + 8 * (a_.parameters + a_.triangle) +
                        n.aggregator[2] + 3 * a_.context + 4 * a_.summaries;
  const Index values = s_.problems * (s_.plan.thetas * row + problem);
  Index unfused = 0;
  for (Index t = 0; t < s_.plan.iterations; ++t) {
    if (!fused(t)) unfused += s_.problems * s_.plan.thetas * observations_at(s_.plan, t) * a_.size;
  }
  return (2 * s_.plan.iterations * values + unfused) * static_cast<Index>(sizeof(Real));
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
