#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "alfi/autodiff/tape.hpp"

/// Networks that are trained on the spot, for one answer: three hidden layers and several last ones side by side,
/// trained by Adam on rows at random until rows held out are told no better.

namespace alfi {
inline namespace v0 {

class SmallNetwork {
 public:
  static constexpr Index kHeldOut = 10;  ///< every tenth row is, in training

  /// Of each row: what the last layers make [R,width], targets [R,D] -> [R,1].
  using Loss = std::function<autodiff::Var<float>(autodiff::Tape<float>&, const std::vector<autodiff::Var<float>>&,
                                                  MatView<const float>)>;

  /// inputs, and the widths of the last layers, whose weights are 0 at first. Random: streams of step_key(seed,
  /// initial_weights, 0).
  SmallNetwork(Index inputs, const std::vector<Index>& last, std::uint64_t seed);

  Index inputs() const { return layers_.front().inputs; }
  /// [width] of one of the last layers, 0 at first.
  float* bias(std::size_t last);

  /// in [n,inputs] and target [n,D], in no order; every kHeldOut-th row is held out, and the weights that tell those
  /// best are kept. steps: of batches of 256. Returns the mean loss of what is held out. Random: streams of
  /// step_key(seed, refine, step).
  double train(const std::vector<float>& in, const std::vector<float>& target, const Loss& loss, Index steps,
               std::uint64_t seed);

  /// [n].
  std::vector<double> losses(const std::vector<float>& in, const std::vector<float>& target, const Loss& loss) const;

 private:
  /// A layer's place in the flat weights.
  struct Slot {
    Index inputs = 0, outputs = 0, offset = 0;
    Index size() const { return outputs * (inputs + 1); }
  };

  void add(Index inputs, Index outputs);
  /// gradient: where weights' gradients are added; null: none are wanted.
  autodiff::Var<float> loss_of(autodiff::Tape<float>& tape, const std::vector<float>& weights, float* gradient,
                               MatView<const float> in, MatView<const float> target, const Loss& loss) const;
  std::vector<double> losses_by(const std::vector<float>& weights, const std::vector<float>& in,
                                const std::vector<float>& target, const Loss& loss) const;

  std::vector<Slot> layers_;  ///< hidden ones, last ones
  std::vector<float> weights_;
};

}  // namespace v0
}  // namespace alfi
