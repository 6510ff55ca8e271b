#include "alfi/inference/small_network.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/linear.hpp"
#include "alfi/core/random.hpp"
#include "alfi/kernels/adam.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kHidden = 64;         // of each hidden layer,
constexpr std::size_t kDepth = 3;     // of which there are so many
constexpr Index kBatch = 256;         // rows of a step
constexpr Index kMostHeldOut = 5000;  // of the rows held out so many are looked at,
constexpr Index kLooks = 20;          // so often
constexpr int kMostInVain = 8;        // and after so many without a gain training ends
constexpr Index kRows = 1024;         // of one pass forward
constexpr double kRate = 2e-3;
constexpr double kAverage = 0.99;  // of the weights
constexpr double kClip = 5;        // of the gradient's norm

using autodiff::Activation;
using autodiff::Linear;
using autodiff::Tape;
using autodiff::Var;

VecView<float> view(std::vector<float>& v) { return {v.data(), static_cast<Index>(v.size())}; }
VecView<const float> const_view(const std::vector<float>& v) { return {v.data(), static_cast<Index>(v.size())}; }

double mean_of(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

}  // namespace

SmallNetwork::SmallNetwork(Index inputs, const std::vector<Index>& last, std::uint64_t seed) {
  const Key key = step_key(seed, Purpose::initial_weights, 0);
  for (std::size_t l = 0; l < kDepth; ++l) {
    add(l == 0 ? inputs : kHidden, kHidden);
    const Slot& slot = layers_.back();
    const double bound = std::sqrt(6.0 / static_cast<double>(slot.inputs));
    for (Index i = 0; i < slot.outputs * slot.inputs; ++i) {
      Stream random(key, {static_cast<std::uint32_t>(l), 0, 0, static_cast<std::uint32_t>(i)});
      weights_[static_cast<std::size_t>(slot.offset + i)] =
          static_cast<float>(bound * (2 * random.uniform_double() - 1));
    }
  }
  for (const Index width : last) add(kHidden, width);
}

void SmallNetwork::add(Index inputs, Index outputs) {
  layers_.push_back({inputs, outputs, static_cast<Index>(weights_.size())});
  weights_.resize(weights_.size() + static_cast<std::size_t>(layers_.back().size()), 0.0f);
}

float* SmallNetwork::bias(std::size_t last) {
  const Slot& slot = layers_[kDepth + last];
  return weights_.data() + slot.offset + slot.outputs * slot.inputs;
}

Var<float> SmallNetwork::loss_of(Tape<float>& tape, const std::vector<float>& weights, float* gradient,
                                 MatView<const float> in, MatView<const float> target, const Loss& loss) const {
  const auto layer = [&](const Slot& s) {
    const MatView<const float> weight{weights.data() + s.offset, s.outputs, s.inputs};
    const MatView<const float> bias{weight.data + weight.size(), 1, s.outputs};
    if (gradient == nullptr) return Linear<float>{tape.data(weight), tape.data(bias)};
    float* const to = gradient + s.offset;
    return Linear<float>{tape.leaf(weight, {to, s.outputs, s.inputs}),
                         tape.leaf(bias, {to + weight.size(), 1, s.outputs})};
  };
  Var<float> hidden = tape.data(in);
  for (std::size_t l = 0; l < kDepth; ++l) hidden = linear(tape, hidden, layer(layers_[l]), Activation::relu);
  std::vector<Var<float>> made;
  for (std::size_t l = kDepth; l < layers_.size(); ++l) made.push_back(linear(tape, hidden, layer(layers_[l])));
  return loss(tape, made, target);
}

std::vector<double> SmallNetwork::losses_by(const std::vector<float>& weights, const std::vector<float>& in,
                                            const std::vector<float>& target, const Loss& loss) const {
  const Index n = static_cast<Index>(in.size()) / inputs(), size = n > 0 ? static_cast<Index>(target.size()) / n : 0;
  const Context context;
  Tape<float> tape(context);
  std::vector<double> all;
  for (Index begin = 0; begin < n; begin += kRows) {
    const Index rows = std::min(kRows, n - begin);
    tape.rewind();
    const Var<float> some = loss_of(tape, weights, nullptr, {in.data() + begin * inputs(), rows, inputs()},
                                    {target.data() + begin * size, rows, size}, loss);
    all.insert(all.end(), some.value.data, some.value.data + rows);
  }
  return all;
}

std::vector<double> SmallNetwork::losses(const std::vector<float>& in, const std::vector<float>& target,
                                         const Loss& loss) const {
  return losses_by(weights_, in, target, loss);
}

double SmallNetwork::train(const std::vector<float>& in, const std::vector<float>& target, const Loss& loss,
                           Index steps, std::uint64_t seed) {
  const Index n = static_cast<Index>(in.size()) / inputs(), size = static_cast<Index>(target.size()) / n;
  std::vector<float> kept_in, kept_target, out_in, out_target;
  for (Index i = 0; i < n; ++i) {
    const bool out = i % kHeldOut == 0;
    if (out && static_cast<Index>(out_in.size()) == kMostHeldOut * inputs()) continue;
    std::vector<float>&to_in = out ? out_in : kept_in, &to_target = out ? out_target : kept_target;
    to_in.insert(to_in.end(), in.begin() + i * inputs(), in.begin() + (i + 1) * inputs());
    to_target.insert(to_target.end(), target.begin() + i * size, target.begin() + (i + 1) * size);
  }
  const Index kept = static_cast<Index>(kept_in.size()) / inputs();
  const auto judged = [&](const std::vector<float>& w) { return mean_of(losses_by(w, out_in, out_target, loss)); };
  const Context context;
  Tape<float> tape(context);
  std::vector<float> gradient(weights_.size()), first(weights_.size()), second(weights_.size());
  std::vector<float> now = weights_, averaged = weights_;
  std::vector<double> scratch(static_cast<std::size_t>(kernels::adam_scratch_size(context)));
  std::vector<float> batch_in(static_cast<std::size_t>(kBatch * inputs())),
      batch_target(static_cast<std::size_t>(kBatch * size));
  kernels::StepState state;
  kernels::AdamOptions options;
  options.learning_rate = {kRate, steps, 50, true};
  options.clip_norm = kClip;
  double least = judged(weights_);
  int in_vain = 0;
  for (Index step = 0; step < steps; ++step) {
    Stream random(step_key(seed, Purpose::refine, static_cast<std::uint64_t>(step)), {0, 0, 0, 0});
    for (Index b = 0; b < kBatch; ++b) {
      const Index i = std::min(kept - 1, static_cast<Index>(random.uniform_double() * static_cast<double>(kept)));
      std::copy_n(kept_in.data() + i * inputs(), inputs(), batch_in.data() + b * inputs());
      std::copy_n(kept_target.data() + i * size, size, batch_target.data() + b * size);
    }
    tape.rewind();
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    const Var<float> some = loss_of(tape, now, gradient.data(), {batch_in.data(), kBatch, inputs()},
                                    {batch_target.data(), kBatch, size}, loss);
    tape.backward(autodiff::mean(tape, some));
    kernels::adam<float>(context, const_view(gradient), view(now), view(first), view(second), &state, options,
                         {scratch.data(), static_cast<Index>(scratch.size())});
    kernels::average<float>(context, const_view(now), view(averaged), &state, kAverage);
    if ((step + 1) % std::max(Index{1}, steps / kLooks) != 0) continue;
    const double found = judged(averaged);
    if (!(std::isfinite(found) && found < least)) {
      if (++in_vain == kMostInVain) break;
      continue;
    }
    in_vain = 0;
    least = found;
    weights_ = averaged;
  }
  return least;
}

}  // namespace v0
}  // namespace alfi
