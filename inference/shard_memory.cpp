#include <algorithm>
#include <cmath>

#include "alfi/inference/shard.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/set_projections.hpp"

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
  if (a_.projections > 0) {
    prior_mean_.copy_in(std::vector<Real>(n.mean.begin(), n.mean.end()).data());
    prior_sd_.copy_in(std::vector<Real>(n.sd.begin(), n.sd.end()).data());
    whitening_.copy_in(std::vector<Real>(n.whitening.begin(), n.whitening.end()).data());
  }
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
  if (a_.moments > 0) {
    const Index scratch = kernels::set_moments_scratch(b, s_.observed, a_.size);
    moment_sums_ = Buffer<double>(context_, scratch);
    reference_ = Buffer<double>(context_, b * 2 * a_.moments);
    alike_ = Buffer<Real>(context_, b * a_.moments);
    alike_.fill_zero();
  }
  if (a_.projections > 0) {
    prior_mean_ = Buffer<Real>(context_, a_.size);
    prior_sd_ = Buffer<Real>(context_, a_.size);
    whitening_ = Buffer<Real>(context_, a_.size * a_.size);
    global_ = Buffer<Real>(context_, b * s_.observed * a_.size);
    standard_ = Buffer<Real>(context_, b * s_.observed * a_.size);
    standard_.fill_zero();  // rows that do not exist are whitened, too
  }
  const Index answer = a_.parameters + a_.spread + a_.components * a_.component;
  carried_ =
      Buffer<Real>(context_, b * (a_.difference + a_.context + a_.summaries + answer + 2 * a_.state) + a_.summaries);
}

/// A copy in the host's memory.
template <class Real>
void Shard<Real>::copy_to_host(const Var<Real>& v, std::vector<Real>& copy) const {
  copy.resize(static_cast<std::size_t>(v.value.size()));
  context_.copy_out(copy.data(), v.value.data, copy.size() * sizeof(Real));
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

/// Every row of a proposal or of a mixture's components: mean [R,P], spread [R,V], or [R,P] of log sds, and
/// perhaps others after them. Valid until the next call.
template <class Real>
const std::vector<GaussianState>& Shard<Real>::gaussians(const Var<Real>& mean_rows, const Var<Real>& spread_rows) {
  const auto size = static_cast<std::size_t>(a_.parameters), entries = static_cast<std::size_t>(spread_rows.cols());
  const bool log_sds = entries == size && size > 1;
  copy_to_host(mean_rows, answer_.mean);
  copy_to_host(spread_rows, answer_.spread);
  const auto rows = static_cast<std::size_t>(mean_rows.rows());
  if (answer_.gaussians.size() < rows) answer_.gaussians.resize(rows);  // never fewer: theirs would be lost
  for (std::size_t r = 0; r < rows; ++r) {
    GaussianState& state = answer_.gaussians[r];
    const Real* const mean = answer_.mean.data() + r * size;
    const Real* const spread = answer_.spread.data() + r * entries;
    state.mean.assign(mean, mean + size);
    state.cholesky.assign(size * size, 0);
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = log_sds ? i : 0; j <= i; ++j) {
        const double entry = static_cast<double>(spread[log_sds ? i : i * (i + 1) / 2 + j]);
        state.cholesky[i * size + j] = i == j ? std::exp(entry) : entry;
      }
    }
  }
  return answer_.gaussians;
}

template <class Real>
void Shard<Real>::answers(std::vector<MixtureState>& all) {
  const Mixture<Real>& mixture = psi_.mixture;
  const bool one = mixture.logits.value.empty();
  const auto components = static_cast<std::size_t>(one ? 1 : a_.components);
  copy_to_host(mixture.logits, answer_.logits);
  const std::vector<GaussianState>& states =
      one ? gaussians(psi_.mean, psi_.spread) : gaussians(mixture.mean, mixture.cholesky);
  all.resize(static_cast<std::size_t>(problems_));
  for (MixtureState& answer : all) answer.components.resize(components);
  for (std::size_t i = 0; i < all.size() * components; ++i) {
    MixtureComponent& component = all[i / components].components[i % components];
    component.log_weight = one ? 0 : static_cast<double>(answer_.logits[i]);
    component.gaussian = states[i];
  }
}

template <class Real>
VecView<const std::uint8_t> Shard<Real>::simulated_status() const {
  if (!any_failed_) return {};
  return {host(kept_status_, fetched_.status), calls_now()};
}

template <class Real>
std::size_t Shard<Real>::bytes() const {
  const auto reals = features_.size() + location_.size() + scale_.size() + absolute_.size() + target_.size() +
                     carried_.size() + alike_.size() + global_.size() + standard_.size();
  const auto floats = observed_.size() + theta_.size() + simulated_.size() + counts_.size() + valid_.size();
  const auto doubles = truth_.size() + drawn_.size() + value_.size() + errors_.size() + reference_.size();
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
  // Of a training's sets the pieces of one input may be shared (Network::prepare).
  const kernels::EncoderPasses passes{rows, s_.plan.observations};
  const bool shared = on_gpu_ && s_.unattended && a_.kind == EncoderKind::set;
  auto of_set = shapes(a_.encoder);
  if (shared && kernels::encoder_shares_pieces<Real>(context_, passes, of_set)) of_set.prepared.pieces = {nullptr, 1};
  const auto samples_keep = [&](Index sets, Index n_max) {
    if (a_.kind == EncoderKind::set) return encoder_keeps(sets, n_max, of_set);
    // Of a sequence's every step: two slices, what is made of them, gates, state and memory with their gradients.
    const Index step = 4 * a_.columns + 8 * a_.sequence_state;
    if (a_.kind == EncoderKind::sequence) return sets * (a_.size + a_.size / a_.columns * step);
    return sets * 3 * (a_.size + a_.encoding) + encoder_keeps(sets, 1, shapes(a_.encoder));
  };
  const auto projections_keep = [&](Index sets) {
    const Index directions = a_.projections / kernels::kProjected;
    return kernels::set_projections_saved_size(sets, directions) +
           kernels::set_projections_scratch_size(sets, directions, a_.size);
  };
  // Values and gradients of an iteration: of a proposal, and of a problem.
  const Index proposal = 2 * (a_.encoding + 2 * a_.projections) + proposals.layer[0].weight.cols + a_.context +
                         4 * a_.summaries + (a_.regression ? n.encoder[0] : 0) + 2 * own;
  const Index problem = 4 * (n.machine[0] + n.machine[1]) + 10 * a_.state + 8 * own + n.aggregator[2] + 3 * a_.context;
  const Index mixture = a_.components * (5 * a_.component + 2 * own) + (a_.components > 0 ? 4 * n.machine[1] : 0);
  Index reals = samples_keep(b, s_.observed) + projections_keep(b);
  if (shared) reals += kernels::prepared_encoder_size<Real>(context_, passes, shapes(a_.encoder));
  for (Index t = 0; t < s_.plan.iterations; ++t) {
    const Index m = observations_at(s_.plan, t);
    reals += 2 * (rows * proposal + b * (problem + mixture)) + samples_keep(rows, m) +
             encoder_keeps(b, s_.plan.thetas, proposals);
    for (const Index inputs : {a_.difference, a_.difference + a_.context, n.encoder[0]}) {
      if (a_.regression) reals += kernels::linear_scratch_size(context_, rows, a_.summaries, inputs);
    }
    reals += rows * m * a_.size;
    if (a_.row_inputs > 0) {
      const Index length = a_.size / a_.columns;
      reals += b * length * a_.row_inputs + encoder_keeps(b, length, shapes(a_.rows));
    }
    if (a_.projections > 0) reals += projections_keep(rows) + 2 * rows * m * a_.size;
    if (a_.moments > 0) {
      const Index in_reals = static_cast<Index>(sizeof(double) / sizeof(Real));
      reals += kernels::set_moments_scratch(rows, m, a_.size) * in_reals + rows * a_.moments;
    }
    if (fused(t)) reals += rows * m / 4 + 8;  // their status, a byte each
  }
  return reals * static_cast<Index>(sizeof(Real));
}

template class Shard<float>;
template class Shard<double>;

}  // namespace v0
}  // namespace alfi
