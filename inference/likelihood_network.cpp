#include "alfi/inference/likelihood_network.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/linear.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/autodiff/shape.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/architecture.hpp"
#include "alfi/inference/quadratic_regression.hpp"
#include "alfi/kernels/adam.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kHidden[] = {64, 64, 64};
constexpr Index kBatch = 256;         // simulations of a step
constexpr Index kHeldOut = 10;        // every tenth,
constexpr Index kMostHeldOut = 5000;  // of which so many are looked at,
constexpr Index kLooks = 20;          // so often
constexpr int kMostInVain = 8;        // and after so many without a gain training ends
constexpr Index kRows = 1024;         // of one pass forward
constexpr double kRate = 2e-3;
constexpr double kAverage = 0.99;  // of the weights
constexpr double kClip = 5;        // of the gradient's norm
constexpr float kSpreadBound = 6;  // of what a component's triangle may differ from the regression's noise
constexpr float kLogitBound = 8;

using autodiff::Activation;
using autodiff::Linear;
using autodiff::Tape;
using autodiff::Var;

}  // namespace

/// A layer's place in the flat weights.
struct LayerSlot {
  Index inputs = 0, outputs = 0, offset = 0;
  Index size() const { return outputs * (inputs + 1); }
};

struct LikelihoodNetwork::State {
  QuadraticRegression regression;
  Index inputs, size, components, triangle;
  std::vector<LayerSlot> layers;  ///< hidden ones, logits, means, triangles
  std::vector<float> weights, best;
  double held_out = 0, regression_held_out = 0;

  State(QuadraticRegression begun, Index of_components)
      : regression(std::move(begun)),
        inputs(regression.inputs()),
        size(regression.size()),
        components(of_components),
        triangle(size * (size + 1) / 2) {
    lay_out();
  }
  void lay_out();
  void initialize(std::uint64_t seed);

  /// log densities of targets [R,D] at inputs [R,I], negative: [R,1]. gradient: where weights' gradients are added;
  /// null: none are wanted.
  Var<float> loss(Tape<float>& tape, const std::vector<float>& w, float* gradient, MatView<const float> in,
                  MatView<const float> target) const;
  double mean_loss(Tape<float>& tape, const std::vector<float>& w, MatView<const float> in,
                   MatView<const float> target) const;
  void train(const std::vector<float>& in, const std::vector<float>& target, const LikelihoodPlan& plan);
};

void LikelihoodNetwork::State::lay_out() {
  Index from = inputs, offset = 0;
  const auto add = [&](Index outputs) {
    layers.push_back({from, outputs, offset});
    offset += layers.back().size();
  };
  for (const Index width : kHidden) {
    add(width);
    from = width;
  }
  add(components);
  add(components * size);
  add(components * triangle);
  weights.assign(static_cast<std::size_t>(offset), 0.0f);
}

/// Hidden layers as usual; the last ones nothing but their bias: components apart, as a machine's are.
void LikelihoodNetwork::State::initialize(std::uint64_t seed) {
  const Key key = step_key(seed, Purpose::initial_weights, 0);
  constexpr std::size_t kHiddenCount = sizeof(kHidden) / sizeof(kHidden[0]);
  for (std::size_t l = 0; l < kHiddenCount; ++l) {
    const LayerSlot& layer = layers[l];
    const double bound = std::sqrt(6.0 / static_cast<double>(layer.inputs));
    for (Index i = 0; i < layer.outputs * layer.inputs; ++i) {
      Stream random(key, {static_cast<std::uint32_t>(l), 0, 0, static_cast<std::uint32_t>(i)});
      weights[static_cast<std::size_t>(layer.offset + i)] =
          static_cast<float>(bound * (2 * random.uniform_double() - 1));
    }
  }
  const std::vector<double> apart = initial_components(components, size);
  const LayerSlot &means = layers[kHiddenCount + 1], &triangles = layers[kHiddenCount + 2];
  float* const mean_bias = weights.data() + means.offset + means.outputs * means.inputs;
  float* const triangle_bias = weights.data() + triangles.offset + triangles.outputs * triangles.inputs;
  for (Index j = 0; j < components; ++j) {
    const double* const component = apart.data() + j * (1 + size + triangle);
    for (Index d = 0; d < size; ++d) mean_bias[j * size + d] = static_cast<float>(component[1 + d]);
    for (Index v = 0; v < triangle; ++v) triangle_bias[j * triangle + v] = static_cast<float>(component[1 + size + v]);
  }
}

Var<float> LikelihoodNetwork::State::loss(Tape<float>& tape, const std::vector<float>& w, float* gradient,
                                          MatView<const float> in, MatView<const float> target) const {
  const auto layer = [&](std::size_t l) {
    const LayerSlot& s = layers[l];
    const MatView<const float> weight{w.data() + s.offset, s.outputs, s.inputs};
    const MatView<const float> bias{weight.data + weight.size(), 1, s.outputs};
    if (gradient == nullptr) return Linear<float>{tape.data(weight), tape.data(bias)};
    float* const to = gradient + s.offset;
    return Linear<float>{tape.leaf(weight, {to, s.outputs, s.inputs}),
                         tape.leaf(bias, {to + weight.size(), 1, s.outputs})};
  };
  Var<float> hidden = tape.data(in);
  const std::size_t last = layers.size() - 3;
  for (std::size_t l = 0; l < last; ++l) hidden = linear(tape, hidden, layer(l), Activation::relu);
  const Index rows = in.rows * components;
  const auto logits = autodiff::bounded(tape, linear(tape, hidden, layer(last)), kLogitBound);
  const auto means = autodiff::reshape(linear(tape, hidden, layer(last + 1)), rows, size);
  const auto triangles =
      autodiff::reshape(autodiff::bounded(tape, linear(tape, hidden, layer(last + 2)), kSpreadBound), rows, triangle);
  return gaussian_mixture_log_density(tape, logits, means, triangles, tape.data(target), -1.0f);
}

double LikelihoodNetwork::State::mean_loss(Tape<float>& tape, const std::vector<float>& w, MatView<const float> in,
                                           MatView<const float> target) const {
  double sum = 0;
  for (Index begin = 0; begin < in.rows; begin += kRows) {
    const Index rows = std::min(kRows, in.rows - begin);
    tape.rewind();
    const Var<float> losses =
        loss(tape, w, nullptr, {in.data + begin * inputs, rows, inputs}, {target.data + begin * size, rows, size});
    for (Index i = 0; i < rows; ++i) sum += static_cast<double>(losses.value(i, 0));
  }
  return sum / static_cast<double>(in.rows);
}

void LikelihoodNetwork::State::train(const std::vector<float>& in, const std::vector<float>& target,
                                     const LikelihoodPlan& plan) {
  const Index n = static_cast<Index>(in.size()) / inputs;
  std::vector<float> kept_in, kept_target, out_in, out_target;
  for (Index i = 0; i < n; ++i) {
    const bool out = i % kHeldOut == 0;
    if (out && static_cast<Index>(out_in.size()) == kMostHeldOut * inputs) continue;
    std::vector<float>&to_in = out ? out_in : kept_in, &to_target = out ? out_target : kept_target;
    to_in.insert(to_in.end(), in.begin() + i * inputs, in.begin() + (i + 1) * inputs);
    to_target.insert(to_target.end(), target.begin() + i * size, target.begin() + (i + 1) * size);
  }
  const Index kept = static_cast<Index>(kept_in.size()) / inputs, held = static_cast<Index>(out_in.size()) / inputs;
  const Context context;
  Tape<float> tape(context);
  const auto judged = [&](const std::vector<float>& w) {
    return mean_loss(tape, w, {out_in.data(), held, inputs}, {out_target.data(), held, size});
  };
  std::vector<float> gradient(weights.size()), first(weights.size()), second(weights.size()), averaged = weights;
  std::vector<double> scratch(static_cast<std::size_t>(kernels::adam_scratch_size(context)));
  std::vector<float> batch_in(static_cast<std::size_t>(kBatch * inputs)),
      batch_target(static_cast<std::size_t>(kBatch * size));
  const auto view = [](auto& v) {
    return VecView<typename std::remove_reference_t<decltype(v)>::value_type>{v.data(), static_cast<Index>(v.size())};
  };
  kernels::StepState state;
  kernels::AdamOptions options;
  options.learning_rate = {kRate, plan.steps, 50, true};
  options.clip_norm = kClip;
  best = weights;
  double least_loss = judged(weights);
  int in_vain = 0;
  for (Index step = 0; step < plan.steps; ++step) {
    Stream random(step_key(plan.seed, Purpose::refine, static_cast<std::uint64_t>(step)), {0, 0, 0, 0});
    for (Index b = 0; b < kBatch; ++b) {
      const Index i = std::min(kept - 1, static_cast<Index>(random.uniform_double() * static_cast<double>(kept)));
      std::copy_n(kept_in.data() + i * inputs, inputs, batch_in.data() + b * inputs);
      std::copy_n(kept_target.data() + i * size, size, batch_target.data() + b * size);
    }
    tape.rewind();
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    const Var<float> losses =
        loss(tape, weights, gradient.data(), {batch_in.data(), kBatch, inputs}, {batch_target.data(), kBatch, size});
    tape.backward(mean(tape, losses));
    kernels::adam<float>(context, {gradient.data(), static_cast<Index>(gradient.size())}, view(weights), view(first),
                         view(second), &state, options, view(scratch));
    kernels::average<float>(context, {weights.data(), static_cast<Index>(weights.size())}, view(averaged), &state,
                            kAverage);
    if ((step + 1) % std::max(Index{1}, plan.steps / kLooks) != 0) continue;
    const double now = judged(averaged);
    if (!(std::isfinite(now) && now < least_loss)) {
      if (++in_vain == kMostInVain) break;
      continue;
    }
    in_vain = 0;
    least_loss = now;
    best = averaged;
  }
  held_out = -least_loss - regression.log_scale();
  weights = best;
}

LikelihoodNetwork::LikelihoodNetwork(MatView<const double> places, Index quadratic, MatView<const double> values,
                                     const std::vector<double>& least, const LikelihoodPlan& plan)
    : state_(std::make_unique<State>(QuadraticRegression(places, quadratic, values, least), plan.components)) {
  State& s = *state_;
  s.initialize(plan.seed);
  const std::vector<double> in = s.regression.scaled(places), target = s.regression.whitened(places, values);
  double plain = 0;
  for (Index i = 0; i < places.rows; i += kHeldOut) {
    for (Index d = 0; d < s.size; ++d) plain += normal_log_density(target[static_cast<std::size_t>(i * s.size + d)]);
  }
  s.regression_held_out =
      plain / static_cast<double>((places.rows + kHeldOut - 1) / kHeldOut) - s.regression.log_scale();
  s.train({in.begin(), in.end()}, {target.begin(), target.end()}, plan);
}

LikelihoodNetwork::~LikelihoodNetwork() = default;
LikelihoodNetwork::LikelihoodNetwork(LikelihoodNetwork&&) noexcept = default;
LikelihoodNetwork& LikelihoodNetwork::operator=(LikelihoodNetwork&&) noexcept = default;

std::vector<double> LikelihoodNetwork::log_likelihood(MatView<const double> places,
                                                      MatView<const double> values) const {
  const State& s = *state_;
  const Context context;
  Tape<float> tape(context);
  std::vector<double> all;
  for (Index begin = 0; begin < places.rows; begin += kRows) {
    const Index rows = std::min(kRows, places.rows - begin);
    const MatView<const double> at{places.data + begin * places.cols, rows, places.cols};
    const bool one = values.rows == 1;
    const MatView<const double> made{values.data + (one ? 0 : begin * values.cols), one ? 1 : rows, values.cols};
    const std::vector<double> scaled = s.regression.scaled(at), whitened = s.regression.whitened(at, made);
    const std::vector<float> in(scaled.begin(), scaled.end()), target(whitened.begin(), whitened.end());
    tape.rewind();
    const Var<float> losses =
        s.loss(tape, s.weights, nullptr, {in.data(), rows, s.inputs}, {target.data(), rows, s.size});
    for (Index i = 0; i < rows; ++i) all.push_back(-static_cast<double>(losses.value(i, 0)) - s.regression.log_scale());
  }
  return all;
}

double LikelihoodNetwork::held_out() const { return state_->held_out; }
double LikelihoodNetwork::regression_held_out() const { return state_->regression_held_out; }

}  // namespace v0
}  // namespace alfi
