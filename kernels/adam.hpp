#pragma once
#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// Adam with the gradient's norm clipped, and a running average of the parameters.
/// Where the gradient's norm is not finite nothing moves and a sticky flag records the step.
/// Source: Kingma & Ba 2015; decoupled weight decay of Loshchilov & Hutter 2019.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Lives in the context's memory; advanced by adam() itself, polled by the host.
struct StepState {
  std::int64_t step = 0;             ///< updates made
  double gradient_norm = 0;          ///< of the last gradient, before clipping
  std::int64_t first_bad_step = -1;  ///< the step whose gradient was not finite, or -1
};

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double clip_norm = 0;     ///< 0: no clipping
  double weight_decay = 0;  ///< decoupled
};

/// One update: parameters, first, second [n] moments; all sums in double.
template <class T>
void adam(const Context& context, VecView<const T> gradient, VecView<T> parameters, VecView<T> first, VecView<T> second,
          StepState& state, const AdamOptions& options);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
