#include "alfi/inference/network.hpp"

#include "alfi/autodiff/bounded_move.hpp"
#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/gated_sum.hpp"
#include "alfi/autodiff/layer_pair.hpp"
#include "alfi/autodiff/meta_loss.hpp"
#include "alfi/autodiff/projections.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/autodiff/regression.hpp"
#include "alfi/autodiff/shape.hpp"
#include "alfi/kernels/features.hpp"

namespace alfi {
inline namespace v0 {
namespace {

using autodiff::Activation;
using autodiff::Memory;

// How far what the regression found is shown to the cell: beyond that its exact size does not matter.
constexpr double kShownDelta = 5, kShownFactor = 8;
constexpr double kGuessBound = 4;
// A proposal's triangle is shown logarithmically in units of a thousandth: asinh tells even small sds by their
// logarithms.
constexpr double kShownSpread = 1e-3;
// How far a component of the mixture goes from the proposal, in the proposal's own coordinates.
constexpr double kLogitBound = 10, kComponentBound = 5, kComponentSpreadBound = 4;

template <class Real>
autodiff::Var<Real> zeros(autodiff::Tape<Real>& tape, Index rows, Index cols) {
  const autodiff::Var<Real> zero = tape.output(rows, cols, false);
  kernels::fill(tape.context(), Real(0), zero.value.flat());
  return zero;
}

}  // namespace

template <class Real>
Network<Real>::Network(const Architecture& architecture, const Context& context) : a_(architecture) {
  std::vector<std::uint8_t> group(static_cast<std::size_t>(a_.parameters), 0);
  for (Index row = 0; row < a_.parameters; ++row) {
    for (Index col = a_.diagonal ? row : 0; col <= row; ++col) group.push_back(row == col ? 1 : 2);
  }
  gate_group_ = Buffer<std::uint8_t>(context, static_cast<Index>(group.size()));
  gate_group_.copy_in(group.data());
}

template <class Real>
void Network<Real>::bind(Tape& tape, const Real* weights, Real* gradients) {
  leaves_.clear();
  prepared_ = {};
  for (const TensorSlot& slot : a_.slots) {
    const MatView<const Real> value{weights + slot.offset, slot.rows, slot.cols};
    leaves_.push_back(gradients ? tape.leaf(value, {gradients + slot.offset, slot.rows, slot.cols}) : tape.data(value));
  }
}

template <class Real>
autodiff::Linear<Real> Network<Real>::layer(const LinearSlot& slot) const {
  return {leaves_[static_cast<std::size_t>(slot.weight)],
          slot.bias >= 0 ? leaves_[static_cast<std::size_t>(slot.bias)] : Var{}};
}

template <class Real>
autodiff::Encoder<Real> Network<Real>::encoder(const LinearSlot (&slots)[3],
                                               const kernels::PreparedEncoder<Real>& prepared) const {
  return {{layer(slots[0]), layer(slots[1]), layer(slots[2])},
          a_.encoder_tanh ? Activation::tanh : Activation::none,
          prepared};
}

template <class Real>
void Network<Real>::prepare(Tape& tape, Index problems, Index proposals, Index observations) {
  const auto made = [&](const LinearSlot(&slots)[3], Index sets, Index n_max) {
    return autodiff::prepare(tape, {sets, n_max}, encoder(slots, {})).prepared;
  };
  if (a_.kind != EncoderKind::sequence)
    prepared_.encoder = made(a_.encoder, problems * proposals, a_.kind == EncoderKind::set ? observations : 1);
  prepared_.aggregator = made(a_.aggregator, problems, proposals);
  if (a_.row_inputs > 0) prepared_.rows = made(a_.rows, problems, a_.size / a_.columns);
}

template <class Real>
autodiff::Cell<Real> Network<Real>::cell(const CellSlot& slot) const {
  const auto leaf = [this](int i) { return leaves_[static_cast<std::size_t>(i)]; };
  return {leaf(slot.input), leaf(slot.hidden), leaf(slot.bias)};
}

template <class Real>
autodiff::Var<Real> Network<Real>::encode(Tape& tape, const Samples<Real>& samples,
                                          const kernels::SetPool& pool) const {
  if (a_.kind == EncoderKind::vector) return encode_vectors(tape, samples);
  if (a_.kind == EncoderKind::sequence) return encode_sequences(tape, samples);
  const Var encoded = set_encoder(tape, tape.data(samples.features), pool, observation_encoder());
  return a_.moments > 0 ? concatenate(tape, pool.sets, {encoded, tape.data(samples.moments)}) : encoded;
}

template <class Real>
autodiff::Var<Real> Network<Real>::project(Tape& tape, const Samples<Real>& samples,
                                           const kernels::SetPool& pool) const {
  if (a_.projections == 0) return {};
  return set_projections(tape, samples.absolute, pool, leaves_[static_cast<std::size_t>(a_.directions)]);
}

template <class Real>
autodiff::Var<Real> Network<Real>::rough(Tape& tape, const Samples<Real>& samples) const {
  return a_.roughness > 0 ? tape.data(samples.roughness) : Var{};
}

/// The features as they are keep the zoom of relative ones; what is learned of both tells what no difference of entries
/// can.
template <class Real>
autodiff::Var<Real> Network<Real>::encode_vectors(Tape& tape, const Samples<Real>& samples) const {
  const Var features = tape.data(samples.features);
  const Index rows = features.rows();
  const Var both = concatenate(tape, rows, {features, tape.data(samples.absolute)});
  const kernels::SetPool each{rows, 1, {}, {}};
  return concatenate(
      tape, rows,
      {features, set_encoder(tape, both, each, encoder(a_.encoder, prepared_.encoder)), rough(tape, samples)});
}

template <class Real>
autodiff::Var<Real> Network<Real>::encode_sequences(Tape& tape, const Samples<Real>& samples) const {
  const Var relative = tape.data(samples.features), absolute = tape.data(samples.absolute);
  const Index rows = relative.rows(), state = a_.sequence_state;
  Memory<Real> memory{zeros(tape, rows, state), zeros(tape, rows, state)};
  for (Index from = 0; from < a_.size; from += a_.columns) {
    const Var step =
        concatenate(tape, rows, {columns(tape, relative, from, a_.columns), columns(tape, absolute, from, a_.columns)});
    memory = lstm_step(tape, step, memory, cell(a_.sequence));
  }
  return concatenate(tape, rows, {linear(tape, memory.h, layer(a_.sequence_out)), rough(tape, samples)});
}

template <class Real>
autodiff::Var<Real> Network<Real>::pair(Tape& tape, Index rows, std::initializer_list<Var> parts,
                                        const LinearSlot (&slots)[2], Activation last) const {
  return layer_pair(tape, rows, parts, layer(slots[0]), Activation::relu, layer(slots[1]), last);
}

template <class Real>
Reading<Real> Network<Real>::read(Tape& tape, const Samples<Real>& observed, const kernels::SetPool& pool,
                                  MatView<const Real> absolute) const {
  Reading<Real> reading{encode(tape, observed, pool), project(tape, observed, pool), {}, {}, {}};
  // Of a vector everything is told already.
  const Var shown = a_.kind == EncoderKind::vector ? Var{} : reading.encoded;
  if (a_.context > 0)
    reading.context = pair(tape, pool.sets, {shown, reading.projected, tape.data(absolute)}, a_.read_context);
  if (!a_.regression) return reading;
  const Var zero = zeros(tape, pool.sets, a_.difference);
  reading.at_zero = pair(tape, pool.sets, {zero, reading.context}, a_.summary);
  reading.floor = affine(tape, exp(tape, leaves_[static_cast<std::size_t>(a_.log_floor)]), Real(1), Real(1e-5));
  return reading;
}

template <class Real>
Psi<Real> Network<Real>::start(Tape& tape, const Reading<Real>& reading) const {
  const Index rows = reading.encoded.rows();
  const Psi<Real> prior{zeros(tape, rows, a_.parameters), zeros(tape, rows, a_.spread)};
  if (!a_.first_guess) return prior;
  return moved(tape, prior, autodiff::bounded(tape, pair(tape, rows, {reading.context}, a_.guess), Real(kGuessBound)));
}

template <class Real>
Memory<Real> Network<Real>::no_memory(Tape& tape, Index problems) const {
  return {zeros(tape, problems, a_.state), zeros(tape, problems, a_.lstm ? a_.state : 0)};
}

/// What proposals simulated, less what is real.
template <class Real>
autodiff::Var<Real> Network<Real>::compare(Tape& tape, const Evidence<Real>& evidence,
                                           const Reading<Real>& reading) const {
  const Var encoded = subtract(tape, evidence.encoded, reading.encoded);
  if (a_.projections == 0) return encoded;
  const Var projected = compare_projections(tape, evidence.projected, reading.projected, evidence.observed);
  return concatenate(tape, encoded.rows(), {encoded, projected});
}

template <class Real>
autodiff::Var<Real> Network<Real>::summaries(Tape& tape, Var difference, const Reading<Real>& reading) const {
  const Var learned = pair(tape, difference.rows(), {difference, reading.context}, a_.summary);
  const Var straight = linear(tape, difference, layer(a_.summary_linear));
  return subtract(tape, add(tape, straight, learned), reading.at_zero);  // 0 where nothing differs
}

/// The regression step as inputs for the cell; *gated_values gets what its gates may add to the move.
template <class Real>
autodiff::Var<Real> Network<Real>::regress(Tape& tape, Var difference, const Reading<Real>& reading,
                                           const Psi<Real>& psi, const Evidence<Real>& evidence,
                                           Var* gated_values) const {
  const autodiff::RegressionData<Real> data{evidence.noise, evidence.weights, evidence.ratio};
  const auto step =
      regression_step(tape, summaries(tape, difference, reading), psi.mean, psi.spread, reading.floor, data);
  const Var factor = a_.diagonal ? triangle_diagonal(tape, step.factor, a_.parameters) : step.factor;
  *gated_values = concatenate(tape, psi.mean.rows(), {step.delta, factor});
  const Var delta = autodiff::bounded(tape, step.delta, Real(kShownDelta));
  const Var shape = autodiff::bounded(tape, step.factor, Real(kShownFactor));
  return concatenate(tape, psi.mean.rows(), {delta, shape, asinh(tape, step.offset)});
}

/// All proposals of a problem read together: [B, aggregator's output].
template <class Real>
autodiff::Var<Real> Network<Real>::see(Tape& tape, Var encoded, Var difference, const Reading<Real>& reading,
                                       const Psi<Real>& psi, const Evidence<Real>& evidence) const {
  const Index rows = evidence.noise.rows, problems = reading.encoded.rows();
  Var own;
  if (a_.diagonal && !a_.relative_update) {
    own = normalized_score(tape, psi.mean, psi.spread, evidence.theta);
  } else {
    own = tape.output(rows, a_.parameters + a_.triangle, false);
    kernels::noise_features<Real>(tape.context(), evidence.noise, own.value);
  }
  const Var theta = a_.relative_update ? Var{} : evidence.theta;
  const Var seen = a_.relative_features ? concatenate(tape, rows, {difference, theta, own, reading.context})
                                        : concatenate(tape, rows, {reading.encoded, encoded, theta, own});
  const kernels::SetPool together{problems, rows / problems, {}, evidence.failed};
  return set_encoder(tape, seen, together, encoder(a_.aggregator, prepared_.aggregator));
}

template <class Real>
autodiff::Var<Real> Network<Real>::full_triangle(Tape& tape, Var spread) const {
  return a_.diagonal && a_.relative_update ? diagonal_triangle(tape, spread) : spread;
}

/// psi's second part as the cell reads it.
template <class Real>
autodiff::Var<Real> Network<Real>::shown_spread(Tape& tape, const Psi<Real>& psi) const {
  return a_.log_spread ? asinh(tape, psi.spread, Real(1 / kShownSpread)) : psi.spread;
}

template <class Real>
Psi<Real> Network<Real>::moved(Tape& tape, const Psi<Real>& psi, Var move) const {
  const bool added = !a_.relative_update;
  const auto step = autodiff::bounded_move<Real>(
      tape, move, a_.smooth_bound, {Real(a_.bound_mean), a_.parameters, added ? psi.mean : Var{}},
      {Real(a_.bound_spread), a_.move - a_.parameters, added ? psi.spread : Var{}});
  if (added) return {step.first, step.second};
  const auto next = relative_update(tape, psi.mean, psi.spread, step.first, full_triangle(tape, step.second));
  return {next.mean, next.cholesky};
}

template <class Real>
Psi<Real> Network<Real>::update(Tape& tape, const Reading<Real>& reading, const Psi<Real>& psi,
                                const Evidence<Real>& evidence, Memory<Real>& memory) const {
  const Index problems = psi.mean.rows();
  const Var encoded = evidence.encoded;
  const bool compares = a_.relative_features || a_.regression;
  const Var difference = compares ? compare(tape, evidence, reading) : Var{};
  const Var seen = see(tape, encoded, difference, reading, psi, evidence);
  Var regressed, gated_values;
  if (a_.regression) regressed = regress(tape, difference, reading, psi, evidence, &gated_values);

  const Var effort = a_.relative_features ? tape.data(evidence.log_ratio) : Var{};
  Var rows, levels;
  if (a_.row_inputs > 0) {
    const kernels::SetPool series{problems, evidence.rows.rows / problems, {}, {}};
    rows = set_encoder(tape, tape.data(evidence.rows), series, encoder(a_.rows, prepared_.rows));
    levels = tape.data(evidence.levels);
  }
  const Var hidden =
      pair(tape, problems, {seen, reading.context, effort, psi.mean, shown_spread(tape, psi), regressed, rows, levels},
           a_.body, Activation::relu);
  memory = a_.lstm ? lstm_step(tape, hidden, memory, cell(a_.cell)) : gru_step(tape, hidden, memory, cell(a_.cell));
  const Var shown = a_.relative_features ? hidden : Var{};
  const Var head = pair(tape, problems, {memory.h, shown}, a_.head);
  Psi<Real> next =
      moved(tape, psi, a_.regression ? autodiff::gated_sum<Real>(tape, head, gated_values, gate_group_.view()) : head);
  if (a_.components > 0) next.mixture = mixture(tape, memory.h, shown, next);
  return next;
}

/// Every component is a move of the proposal, in the proposal's own coordinates.
template <class Real>
Mixture<Real> Network<Real>::mixture(Tape& tape, Var state, Var shown, const Psi<Real>& psi) const {
  const Index problems = psi.mean.rows(), rows = problems * a_.components, p = a_.parameters;
  const Var all = pair(tape, problems, {state, shown, psi.mean, shown_spread(tape, psi)}, a_.mixture);
  const Var moves = reshape(all, rows, a_.component);
  const Var logits = autodiff::bounded(tape, columns(tape, moves, 0, 1), Real(kLogitBound));
  const Var shift = autodiff::bounded(tape, columns(tape, moves, 1, p), Real(kComponentBound));
  const Var shape = autodiff::bounded(tape, columns(tape, moves, 1 + p, a_.triangle), Real(kComponentSpreadBound));
  const Var mean = concatenate(tape, rows, {psi.mean});
  const Var triangle = psi.spread.cols() == a_.triangle ? psi.spread : diagonal_triangle(tape, psi.spread);
  const auto components = relative_update(tape, mean, concatenate(tape, rows, {triangle}), shift, shape);
  return {reshape(logits, problems, a_.components), components.mean, components.cholesky};
}

template <class Real>
autodiff::Var<Real> Network<Real>::proposal_loss(Tape& tape, const Psi<Real>& psi, Var theta) const {
  const bool log_sds = a_.diagonal && !a_.relative_update;
  return log_sds ? gaussian_diagonal_log_density(tape, psi.mean, psi.spread, theta, Real(-1))
                 : gaussian_full_log_density(tape, psi.mean, psi.spread, theta, Real(-1));
}

template <class Real>
autodiff::Var<Real> Network<Real>::negative_log_density(Tape& tape, const Psi<Real>& psi, Var theta) const {
  if (psi.mixture.logits.value.empty()) return proposal_loss(tape, psi, theta);
  const Mixture<Real>& m = psi.mixture;
  return gaussian_mixture_log_density(tape, m.logits, m.mean, m.cholesky, theta, Real(-1));
}

template <class Real>
autodiff::Var<Real> Network<Real>::trained_loss(Tape& tape, const Psi<Real>& psi, Var theta) const {
  const Var answer = negative_log_density(tape, psi, theta);
  if (psi.mixture.logits.value.empty()) return answer;
  return add(tape, affine(tape, answer, Real(0.5), Real(0)), proposal_loss(tape, psi, theta), Real(0.5));
}

template <class Real>
autodiff::Var<Real> Network<Real>::sample(Tape& tape, const Psi<Real>& psi, MatView<const Real> noise) const {
  const bool log_sds = a_.diagonal && !a_.relative_update;
  return log_sds ? gaussian_diagonal_sample(tape, psi.mean, psi.spread, noise)
                 : gaussian_full_sample(tape, psi.mean, psi.spread, noise);
}

template class Network<float>;
template class Network<double>;

}  // namespace v0
}  // namespace alfi
