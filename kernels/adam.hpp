#pragma once
#include <cmath>
#include <type_traits>

#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Adam with the gradient's norm clipped, and a running average of the parameters.
/// Where the gradient's norm is not finite nothing moves and a sticky flag records the step.
/// The whole update happens in the context's memory, step count and learning rate included: on a GPU it can be
/// recorded once and repeated.
/// Source: Kingma & Ba 2015; decoupled weight decay of Loshchilov & Hutter 2019.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The rate of a step: base, times a cosine's half wave from 1 to 0 plus one hundredth, times a linear warm-up.
struct LearningRate {
  double base = 1e-3;
  Index steps = 1;    ///< of the half wave; later ones stay at its end
  Index warm_up = 0;  ///< steps until the full rate
  bool cosine = false;

  static constexpr LearningRate constant(double rate) { return {rate, 1, 0, false}; }

  /// step: updates made before this one.
  ALFI_HD double at(Index step) const {
    double factor = 1;
    if (cosine) {
      const double done = static_cast<double>(step) / static_cast<double>(steps);
      factor = 0.5 * (1 + std::cos(3.141592653589793 * (done < 1.0 ? done : 1.0))) + 0.01;
    }
    if (step + 1 >= warm_up) return base * factor;
    return base * factor * (static_cast<double>(step + 1) / static_cast<double>(warm_up));
  }
};

/// What the parameters' update reads: the factors that its step, its rate and the gradient's norm give.
struct StepScales {
  double learning_rate = 0;
  double clip = 1;          ///< of the gradient
  double first_scale = 0;   ///< rate over the first moment's bias
  double second_scale = 0;  ///< 1 over the second moment's bias
  double keep = 1;          ///< of the parameters, by weight decay
};

/// A training's state in the context's memory: written there, read by the host once a step at most.
/// A new one is StepState(), copied in.
struct StepState {
  // Adam's own.
  std::int64_t step = 0;             ///< updates made
  std::int64_t first_bad_step = -1;  ///< the first step whose gradient was not finite, or -1
  double gradient_norm = 0;          ///< of the last gradient, before clipping
  StepScales scales;                 ///< of the last update
  std::int32_t skipped = 0;          ///< 1: the last adam() moved nothing, average() will not either

  // What steers it.
  std::int32_t stop = 0;  ///< not 0: adam() moves nothing and records nothing

  // What the other kernels of a step leave.
  std::int64_t calls = 0, failed = 0;  ///< of the simulator, since the start
  double loss = 0;                     ///< of the last step
  double square_error = 0;             ///< of the last step's posterior means, summed
};
static_assert(std::is_trivially_copyable_v<StepState> && sizeof(StepState) == 13 * 8, "no hidden padding");

struct AdamOptions {
  LearningRate learning_rate;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 0;     ///< 0: no clipping
  double weight_decay = 0;  ///< decoupled
};

/// What adam() needs of the context's memory, in doubles.
Index adam_scratch_size(const Context& context);

/// One update: parameters, first, second [n] moments; all sums in double. state: one, in the context's memory.
template <class T>
void adam(const Context& context, VecView<const T> gradient, VecView<T> parameters, VecView<T> first, VecView<T> second,
          StepState* state, const AdamOptions& options, VecView<double> scratch);

/// average = k average + (1 - k) weights with k = min(keep, seen / (seen + 10)), seen the updates made: a memory that
/// is short at first, so that the start is forgotten. After adam(), of which it shares the state; [n] both.
template <class T>
void average(const Context& context, VecView<const T> weights, VecView<T> average, const StepState* state, double keep);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
