#include "alfi/inference/shard.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/autodiff/meta_loss.hpp"

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
    : s_(setting), a_(*setting.architecture), tape_(context_), network_(a_) {
  const Index b = s_.problems, rows = b * s_.plan.thetas, calls = rows * s_.plan.observations;
  const Index largest_theta = rows > 1 ? rows : 1;
  truth_ = Buffer<double>(context_, b * a_.parameters);
  target_ = Buffer<Real>(context_, b * a_.parameters);
  observed_ = Buffer<float>(context_, b * s_.observed * a_.size);
  observed_status_ = Buffer<std::uint8_t>(context_, b * s_.observed);
  theta_ = Buffer<float>(context_, largest_theta * a_.parameters);
  simulated_ = Buffer<float>(context_, calls * a_.size);
  counts_ = Buffer<std::int32_t>(context_, b);
  valid_ = Buffer<std::int32_t>(context_, b);
  features_ = Buffer<Real>(context_, b * s_.observed * a_.size);
  location_ = Buffer<Real>(context_, b * a_.size);
  scale_ = Buffer<Real>(context_, b * a_.size);
  absolute_ = Buffer<Real>(context_, b * a_.absolute);
  carried_ = Buffer<Real>(context_, b * (a_.encoding + a_.context + a_.parameters + a_.spread + 2 * a_.state));
}

template <class Real>
void Shard<Real>::start(const Real* weights, Real* gradients) {
  tape_.rewind();
  losses_.clear();
  learning_ = gradients != nullptr;
  network_.bind(tape_, weights, gradients);
  const kernels::SetPool pool{problems_, n_max_, counts(), observed_mask_};
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
  const Key key = step_key(draws_.seed, Purpose::start, draws_.step);
  const double log_sd = std::log(s_.configuration->proposal.initial_sd);
  for (Index b = 0; b < problems_; ++b) {
    Stream random(key, {static_cast<std::uint32_t>(draws_.first_problem + b), 0, 0, 0});
    for (Index p = 0; p < a_.parameters; ++p) {
      const Prior& prior = s_.simulator->info().parameters[static_cast<std::size_t>(p)].prior;
      const double u = random.normal_double();
      psi_.mean.value(b, p) = static_cast<Real>(
          s_.coordinates == Coordinates::normal ? u : to_coordinate(s_.coordinates, prior, prior.theta(u)));
      const Index diagonal = a_.spread == a_.parameters ? p : p * (p + 3) / 2;
      psi_.spread.value(b, diagonal) = static_cast<Real>(log_sd);
    }
  }
}

template <class Real>
void Shard<Real>::update(Index) {
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
    if (v.value.data != to) std::copy(v.value.data, v.value.data + v.value.size(), to);
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
ShardLoss Shard<Real>::backward() {
  const TrainConfiguration& t = s_.configuration->train;
  const Var<Real> loss = autodiff::combine_iterations(tape_, weighting_of(t.weights), t.beta, losses_);
  ShardLoss result;
  result.loss = static_cast<double>(loss.value(0, 0));
  tape_.backward(loss);
  for (Index b = 0; b < problems_; ++b) {
    for (Index p = 0; p < a_.parameters; ++p) {
      const Prior& prior = s_.simulator->info().parameters[static_cast<std::size_t>(p)].prior;
      const double middle = to_theta(s_.coordinates, prior, static_cast<double>(psi_.mean.value(b, p)));
      const double error = (middle - truth()(b, p)) / prior.standard_deviation();
      result.square_error += error * error;
    }
  }
  return result;
}

template <class Real>
double Shard<Real>::last_loss() {
  const double sum = static_cast<double>(autodiff::limited_mean(tape_, loss_of(psi_), {}, 1).value(0, 0));
  tape_.rewind();
  return sum;
}

template <class Real>
GaussianState Shard<Real>::state(Index b) const {
  const Index p_count = a_.parameters;
  GaussianState state;
  state.cholesky.assign(static_cast<std::size_t>(p_count * p_count), 0);
  for (Index row = 0; row < p_count; ++row) {
    state.mean.push_back(static_cast<double>(psi_.mean.value(b, row)));
    for (Index col = 0; col <= row; ++col) {
      const bool log_sds = a_.spread == p_count && p_count > 1;
      if (log_sds && col != row) continue;
      const double entry = static_cast<double>(psi_.spread.value(b, log_sds ? row : row * (row + 1) / 2 + col));
      state.cholesky[static_cast<std::size_t>(row * p_count + col)] = row == col ? std::exp(entry) : entry;
    }
  }
  return state;
}

template <class Real>
std::size_t Shard<Real>::bytes() const {
  const auto reals =
      features_.size() + location_.size() + scale_.size() + absolute_.size() + target_.size() + carried_.size();
  const auto floats = observed_.size() + theta_.size() + simulated_.size() + counts_.size();
  return static_cast<std::size_t>(reals) * sizeof(Real) + static_cast<std::size_t>(floats) * sizeof(float) +
         static_cast<std::size_t>(truth_.size()) * sizeof(double) + static_cast<std::size_t>(observed_status_.size());
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
