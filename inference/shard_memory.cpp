#include <algorithm>
#include <cmath>

#include "alfi/inference/shard.hpp"
#include "alfi/kernels/gpu/launch.hpp"

/// The part of Shard about its memory: what it holds, and how it comes to the host.

namespace alfi {
inline namespace v0 {

using autodiff::Var;

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
  load_normalization();
}

/// Copies the setting's normalization to where kernels read it: again where it was replaced.
template <class Real>
void Shard<Real>::load_normalization() {
  const Normalization& n = *s_.normalization;
  if (single()) return series_->load(n);
  const auto keep = [&](const std::vector<double>& values, Buffer<double>& kept) {
    // Once only: recorded work knows the place.
    if (kept.size() == 0) kept = Buffer<double>(context_, static_cast<Index>(values.size()));
    kept.copy_in(values.data());
  };
  keep(n.mean, normal_mean_);
  keep(n.sd, normal_sd_);
  keep(n.least_scale, least_);
  keep(n.median, median_);
  keep(n.spread, spread_);
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
  if (single()) series_ = std::make_unique<SeriesView<Real>>(a_, context_, b);
  const Index sets = single() ? 0 : b;
  features_ = Buffer<Real>(context_, sets * s_.observed * a_.size);
  location_ = Buffer<Real>(context_, sets * a_.size);
  scale_ = Buffer<Real>(context_, sets * a_.size);
  absolute_ = Buffer<Real>(context_, sets * (a_.absolute > 0 ? a_.absolute : 2 * a_.size + 2));
  const Index answer = a_.parameters + a_.spread + a_.components * a_.component;
  carried_ =
      Buffer<Real>(context_, b * (a_.encoding + a_.context + a_.summaries + answer + 2 * a_.state) + a_.summaries);
}

/// A copy in the host's memory.
template <class Real>
std::vector<double> Shard<Real>::fetched(const Var<Real>& v) const {
  std::vector<Real> copy(static_cast<std::size_t>(v.value.size()));
  context_.copy_out(copy.data(), v.value.data, copy.size() * sizeof(Real));
  return {copy.begin(), copy.end()};
}

template <class Real>
Tally Shard<Real>::counted() const {
  Tally tally;
  tally_.copy_out(&tally);
  return tally;
}

template <class Real>
void Shard<Real>::fetch() {
  if (!on_gpu_) return;
  const auto copy = [](const auto& buffer, auto& copied) {
    copied.resize(static_cast<std::size_t>(buffer.size()));
    buffer.copy_out(copied.data());
  };
  copy(truth_, fetched_.truth);
  copy(observed_, fetched_.observed);
  copy(counts_, fetched_.counts);
  copy(simulated_, fetched_.simulated);
  copy(kept_status_, fetched_.status);
}

/// Every row of a proposal or of a mixture's components: mean [R,P], spread [R,V], or [R,P] of log sds.
template <class Real>
std::vector<GaussianState> Shard<Real>::gaussians(const Var<Real>& mean_rows, const Var<Real>& spread_rows) const {
  const Index p_count = a_.parameters, entries = spread_rows.cols();
  const std::vector<double> mean = fetched(mean_rows), spread = fetched(spread_rows);
  const bool log_sds = entries == p_count && p_count > 1;
  std::vector<GaussianState> all(static_cast<std::size_t>(mean_rows.rows()));
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Index r = static_cast<Index>(i);
    GaussianState& state = all[i];
    state.cholesky.assign(static_cast<std::size_t>(p_count * p_count), 0);
    for (Index row = 0; row < p_count; ++row) {
      state.mean.push_back(mean[static_cast<std::size_t>(r * p_count + row)]);
      for (Index col = log_sds ? row : 0; col <= row; ++col) {
        const Index place = r * entries + (log_sds ? row : row * (row + 1) / 2 + col);
        const double entry = spread[static_cast<std::size_t>(place)];
        state.cholesky[static_cast<std::size_t>(row * p_count + col)] = row == col ? std::exp(entry) : entry;
      }
    }
  }
  return all;
}

template <class Real>
std::vector<MixtureState> Shard<Real>::answers() const {
  const Mixture<Real>& mixture = psi_.mixture;
  const bool one = mixture.logits.value.empty();
  const auto components = static_cast<std::size_t>(one ? 1 : a_.components);
  const std::vector<double> logits = fetched(mixture.logits);
  std::vector<GaussianState> states =
      one ? gaussians(psi_.mean, psi_.spread) : gaussians(mixture.mean, mixture.cholesky);
  std::vector<MixtureState> all(static_cast<std::size_t>(problems_));
  for (std::size_t i = 0; i < states.size(); ++i) {
    all[i / components].components.push_back({one ? 0.0 : logits[i], std::move(states[i])});
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
         static_cast<std::size_t>(observed_status_.size() + kept_status_.size()) + (series_ ? series_->bytes() : 0);
}

/// An encoder's shapes, without weights.
template <class Real>
kernels::EncoderWeights<Real> Shard<Real>::shapes(const LinearSlot (&slots)[3]) const {
  kernels::EncoderWeights<Real> weights;
  weights.last = a_.encoder_tanh ? kernels::Activation::tanh : kernels::Activation::none;
  for (int l = 0; l < 3; ++l) {
    const TensorSlot& slot = a_.slots[static_cast<std::size_t>(slots[l].weight)];
    weights.layer[l].weight = {nullptr, slot.rows, slot.cols};
  }
  return weights;
}

template <class Real>
Index Shard<Real>::planned_tape_bytes() const {
  const NetworkConfiguration& n = s_.configuration->network;
  const Index b = s_.problems, rows = b * s_.plan.thetas, own = a_.parameters + a_.triangle;
  const auto proposals = shapes(a_.aggregator);
  const auto encoder_keeps = [&](Index sets, Index n_max, const kernels::EncoderWeights<Real>& weights) {
    return kernels::set_encoder_saved_size<Real>(context_, {sets, n_max, {}, {}}, weights);
  };
  const auto samples_keep = [&](Index sets, Index n_max) {
    if (a_.kind == EncoderKind::set) return encoder_keeps(sets, n_max, shapes(a_.encoder));
    // Of a sequence's every step: two slices, what is made of them, gates, state and memory with their gradients.
    const Index step = 4 * a_.columns + 8 * a_.sequence_state;
    if (a_.kind == EncoderKind::sequence) return sets * (a_.size + a_.size / a_.columns * step);
    return sets * 3 * (a_.size + a_.encoding) + encoder_keeps(sets, 1, shapes(a_.encoder));
  };
  // Values and gradients of an iteration: of a proposal, and of a problem.
  const Index proposal = 2 * a_.encoding + proposals.layer[0].weight.cols + a_.context + 4 * a_.summaries +
                         (a_.regression ? n.encoder[0] : 0) + 2 * own;
  const Index problem = 4 * (n.machine[0] + n.machine[1]) + 10 * a_.state + 8 * own + n.aggregator[2] + 3 * a_.context;
  const Index mixture = a_.components * (5 * a_.component + 2 * own) + (a_.components > 0 ? 4 * n.machine[1] : 0);
  Index reals = samples_keep(b, s_.observed);
  for (Index t = 0; t < s_.plan.iterations; ++t) {
    const Index m = observations_at(s_.plan, t);
    reals += 2 * (rows * proposal + b * (problem + mixture)) + samples_keep(rows, m) +
             encoder_keeps(b, s_.plan.thetas, proposals);
    for (const Index inputs : {a_.encoding, a_.encoding + a_.context, n.encoder[0]}) {
      if (a_.regression) reals += kernels::linear_scratch_size(context_, rows, a_.summaries, inputs);
    }
    reals += rows * m * a_.size;
    if (a_.row_inputs > 0) {
      const Index length = a_.size / a_.columns;
      reals += b * length * a_.row_inputs + encoder_keeps(b, length, shapes(a_.rows));
    }
    if (fused(t)) reals += rows * m / 4 + 8;  // their status, a byte each
  }
  return reals * static_cast<Index>(sizeof(Real));
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
