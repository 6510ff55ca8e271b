#include "alfi/inference/architecture.hpp"

#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/core/random.hpp"
#include "alfi/kernels/set_moments.hpp"
#include "alfi/kernels/set_projections.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kShownOfEntry = 4;  // inference/rows/series.hpp: DescribeEntries,
constexpr Index kShownOfNoise = 3;  // and DescribeNoise
constexpr Index kLeastRows = 3;     // of a series: for its second differences
constexpr double kFloor = 1e-4;     // of a summary's residual variance, where the learned one starts
constexpr double kApart = 0.7;      // sd of a mixture's components' means where they start, in sds of the proposal

int add_tensor(Architecture& a, const std::string& name, Index rows, Index cols, Initial initial, double bound) {
  a.slots.push_back({name, rows, cols, a.weights, initial, bound, {}});
  a.weights += rows * cols;
  return static_cast<int>(a.slots.size()) - 1;
}

LinearSlot add_linear(Architecture& a, const std::string& name, Index inputs, Index outputs, bool zero = false,
                      bool with_bias = true) {
  const Initial initial = zero ? Initial::zero : Initial::uniform;
  const double bound = 1 / std::sqrt(static_cast<double>(inputs));
  LinearSlot slot;
  slot.weight = add_tensor(a, name + ".weight", outputs, inputs, initial, bound);
  if (with_bias) slot.bias = add_tensor(a, name + ".bias", 1, outputs, initial, bound);
  return slot;
}

void add_encoder(Architecture& a, LinearSlot (&slots)[3], const std::string& name, Index inputs,
                 const std::vector<Index>& widths) {
  for (std::size_t i = 0; i < 3; ++i) {
    slots[i] = add_linear(a, name + "." + std::to_string(i), i == 0 ? inputs : widths[i - 1], widths[i]);
  }
}

void add_pair(Architecture& a, LinearSlot (&slots)[2], const std::string& name, Index inputs, Index hidden,
              Index outputs, bool zero_last) {
  slots[0] = add_linear(a, name + ".0", inputs, hidden);
  slots[1] = add_linear(a, name + ".1", hidden, outputs, zero_last);
}

CellSlot add_cell(Architecture& a, const std::string& name, Index gates, Index inputs, Index state) {
  const double bound = 1 / std::sqrt(static_cast<double>(state));
  CellSlot slot;
  slot.input = add_tensor(a, name + ".input", gates * state, inputs, Initial::uniform, bound);
  slot.hidden = add_tensor(a, name + ".hidden", gates * state, state, Initial::uniform, bound);
  slot.bias = add_tensor(a, name + ".bias", 1, gates * state, Initial::uniform, bound);
  return slot;
}

EncoderKind kind_of(const std::string& name) {
  if (name == "vector") return EncoderKind::vector;
  return name == "sequence" ? EncoderKind::sequence : EncoderKind::set;
}

/// Numbers told of a problem beside its encoding, where features are relative: of a set its location and scale, the
/// number of observations twice, and what its moments tell outright; of a vector all of its entries, which its features
/// do not show; and whether it is there at all.
Index absolute_of(EncoderKind kind, Index size) {
  return kind == EncoderKind::set ? 2 * size + 2 : kind == EncoderKind::vector ? size + 1 : 1;
}

}  // namespace

Architecture::Architecture(const Configuration& c, Index parameter_count, const ObservationShape& shape)
    : kind(kind_of(c.network.encoder_kind)),
      parameters(parameter_count),
      size(shape.size()),
      columns(shape.columns()),
      diagonal(c.proposal.family == "diagonal"),
      lstm(c.network.cell == "lstm"),
      relative_features(c.network.features == "relative"),
      relative_update(c.network.update == "relative"),
      regression(c.network.regression_step),
      first_guess(c.proposal.start == "guess"),
      smooth_bound(c.network.bound_kind == "smooth"),
      encoder_tanh(c.network.encoder_output == "tanh"),
      log_spread(c.network.spread == "logarithmic") {
  const NetworkConfiguration& n = c.network;
  const Index p = parameters;
  bound_mean = n.bound > 0 ? n.bound : 5;
  bound_spread = n.bound > 0 ? n.bound : 3;
  triangle = p * (p + 1) / 2;
  spread = diagonal && !relative_update ? p : triangle;
  move = p + (diagonal ? p : triangle);
  components = c.proposal.head == "mixture" ? c.proposal.components : 0;
  component = 1 + p + triangle;
  roughness = shape.length >= kLeastRows ? columns : 0;
  moments = n.moments ? kernels::set_moments_size(size) : 0;
  encoding = n.encoder[2] + (kind == EncoderKind::vector ? size : 0) + roughness + moments;
  projections = n.pool == "mean+max" ? kernels::kProjected * n.encoder[2] : 0;
  difference = encoding + projections;
  absolute = relative_features ? absolute_of(kind, size) + (moments > 0 ? size * (size + 1) / 2 : 0) : 0;
  context = relative_features ? n.encoder[2] : 0;
  summaries = regression ? n.summaries : 0;
  state = n.state;
  gates = lstm ? 4 : 3;

  if (kind == EncoderKind::set) add_encoder(*this, encoder, "encoder", size, n.encoder);
  if (kind == EncoderKind::vector) add_encoder(*this, encoder, "encoder", 2 * size, n.encoder);
  if (kind == EncoderKind::sequence) {
    sequence_state = n.encoder[1];
    sequence = add_cell(*this, "encoder.cell", 4, 2 * columns, sequence_state);
    sequence_out = add_linear(*this, "encoder.last", sequence_state, n.encoder[2]);
  }
  if (!shape.is_set && relative_features && shape.length > 1) {
    row_inputs = kShownOfEntry * columns;
    levels = kShownOfNoise * columns;
    add_encoder(*this, rows, "rows", row_inputs, n.encoder);
  }
  if (projections > 0) {
    const double bound = 1 / std::sqrt(static_cast<double>(size));
    directions = add_tensor(*this, "directions", projections / kernels::kProjected, size, Initial::uniform, bound);
  }
  const Index known = absolute + (kind == EncoderKind::vector ? 0 : difference);
  if (relative_features) add_pair(*this, read_context, "context", known, n.machine[0], context, false);
  if (first_guess) add_pair(*this, guess, "guess", context, n.machine[0], move, true);
  if (regression) {
    summary_linear = add_linear(*this, "summary.linear", difference, summaries, false, false);
    add_pair(*this, summary, "summary", difference + context, n.encoder[0], summaries, true);
    log_floor = add_tensor(*this, "summary.log_floor", 1, summaries, Initial::value, std::log(kFloor));
  }
  const Index seen = relative_features ? difference + context : 2 * encoding;
  const Index own = relative_update ? p + triangle : (diagonal ? 3 * p : 2 * p + triangle);
  add_encoder(*this, aggregator, "aggregator", seen + own, n.aggregator);
  const Index effort = relative_features ? 1 : 0;  // how many simulations stand behind what is seen
  const Index regressed = regression ? p + triangle + summaries : 0;
  const Index read = row_inputs > 0 ? n.encoder[2] : 0;
  const Index inputs = n.aggregator[2] + context + effort + p + spread + regressed + read + levels;
  body[0] = add_linear(*this, "body.0", inputs, n.machine[0]);
  body[1] = add_linear(*this, "body.1", n.machine[0], n.machine[1]);
  cell = add_cell(*this, "cell", gates, n.machine[1], state);
  const Index skip = relative_features ? n.machine[1] : 0;
  add_pair(*this, head, "head", state + skip, n.machine[1], move + (regression ? 3 : 0), relative_features);
  if (components == 0) return;
  mixture[0] = add_linear(*this, "mixture.0", state + skip + p + spread, n.machine[1]);
  mixture[1] = add_linear(*this, "mixture.1", n.machine[1], components * component, true, false);
  mixture[1].bias = add_tensor(*this, "mixture.1.bias", 1, components * component, Initial::values, 0);
  slots.back().values = initial_components(components, p);
}

std::vector<double> initial_components(Index components, Index parameters) {
  const auto count = static_cast<std::size_t>(components), p_count = static_cast<std::size_t>(parameters);
  const std::size_t size = 1 + p_count + p_count * (p_count + 1) / 2;
  std::vector<double> all(count * size, 0.0);
  if (components == 1) return all;
  double ratio = 2;  // the root of x^(P+1) = x + 1
  for (int i = 0; i < 60; ++i) ratio = std::pow(1 + ratio, 1 / static_cast<double>(parameters + 1));
  for (std::size_t p = 0; p < p_count; ++p) {
    const double step = std::pow(ratio, -static_cast<double>(p + 1));
    std::vector<double> points;
    RunningMoments moments;
    for (std::size_t j = 0; j < count; ++j) {
      const double along = static_cast<double>(j) * step;
      points.push_back(along - std::floor(along));
      moments.add(points.back());
    }
    const double n = static_cast<double>(count), sd = moments.sd() * std::sqrt((n - 1) / n);
    for (std::size_t j = 0; j < count; ++j) {
      double* const component = all.data() + j * size;
      component[1 + p] = kApart * (points[j] - moments.mean()) / sd;
      component[1 + p_count + p * (p + 3) / 2] = 0.5 * std::log(1 - kApart * kApart);
    }
  }
  return all;
}

void initialize_weights(const Architecture& a, std::uint64_t seed, double* weights) {
  const Key key = step_key(seed, Purpose::initial_weights, 0);
  for (std::size_t t = 0; t < a.slots.size(); ++t) {
    const TensorSlot& slot = a.slots[t];
    for (Index i = 0; i < slot.size(); ++i) {
      Stream random(key, {static_cast<std::uint32_t>(t), 0, 0, static_cast<std::uint32_t>(i)});
      const double drawn = slot.bound * (2 * random.uniform_double() - 1);
      weights[slot.offset + i] = slot.initial == Initial::uniform  ? drawn
                                 : slot.initial == Initial::value  ? slot.bound
                                 : slot.initial == Initial::values ? slot.values[static_cast<std::size_t>(i)]
                                                                   : 0.0;
    }
  }
}

}  // namespace v0
}  // namespace alfi
