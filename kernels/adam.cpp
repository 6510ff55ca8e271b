#include "alfi/kernels/adam.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/table.hpp"
#include "alfi/kernels/gpu/adam.hpp"
#include "alfi/kernels/rows/adam.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// Four partial sums, so that the order of the sum is fixed and the additions overlap.
template <class T>
double sum_of_squares(VecView<const T> v, double scale) {
  double sum[4] = {0, 0, 0, 0};
  for (Index i = 0; i < v.size; ++i) {
    const double scaled = scale * static_cast<double>(v[i]);
    sum[i % 4] += scaled * scaled;
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/// The Euclidean norm, or infinity where an element or the norm is not finite; raises no floating-point exception.
template <class T>
double gradient_norm(VecView<const T> gradient) {
  double largest = 0;
  for (const T g : gradient) {
    if (!std::isfinite(g)) return kInfinity;
    largest = std::max(largest, std::abs(static_cast<double>(g)));
  }
  const bool plain = largest < kLarge;
  return norm_of(largest, plain ? sum_of_squares(gradient, 1.0) : 0, plain ? 0 : sum_of_squares(gradient, kSmall));
}

template <class T>
void adam_on_gpu(const Context& context, VecView<const T> gradient, const AdamUpdate<T>& update, StepState* state,
                 const AdamOptions& options, double* scratch) {
  NormPart* const parts = reinterpret_cast<NormPart*>(scratch);
  run_blocks(context, AdamNorm<T>{gradient, parts});
  run_blocks(context, AdamDecision{parts, options, state});
  for_each(context, gradient.size, AdamEntry<T>{update, state});
}

}  // namespace

Index adam_scratch_size(const Context& context) {
  return on_gpu(context) ? kNormParts * static_cast<Index>(sizeof(NormPart) / sizeof(double)) : 0;
}

template <class T>
void adam(const Context& context, VecView<const T> gradient, VecView<T> parameters, VecView<T> first, VecView<T> second,
          StepState* state, const AdamOptions& options, VecView<double> scratch) {
  require_size("adam", "gradient", gradient, parameters.size);
  require_size("adam", "first", first, parameters.size);
  require_size("adam", "second", second, parameters.size);
  require_size("adam", "scratch", scratch, adam_scratch_size(context));
  const AdamUpdate<T> update(gradient.data, parameters.data, first.data, second.data, options);
  if (on_gpu(context)) return adam_on_gpu(context, gradient, update, state, options, scratch.data);
  if (state->stop != 0) {
    state->skipped = 1;
    return;
  }
  decide_step(gradient_norm(gradient), options, *state);
  if (state->skipped != 0) return;
  const StepScales& scales = state->scales;
  cpu::table<T>().adam({parameters.size, update.gradient, update.parameters, update.first, update.second, update.beta1,
                        update.beta2, update.epsilon, update.bound, update.largest, scales.clip, scales.first_scale,
                        scales.second_scale, scales.keep});
}

template <class T>
void average(const Context& context, VecView<const T> weights, VecView<T> average, const StepState* state,
             double keep) {
  require_size("average", "average", average, weights.size);
  if (on_gpu(context)) {
    return for_each(context, weights.size, AverageEntry<T>{weights.data, average.data, state, keep});
  }
  if (state->skipped != 0) return;
  const T kept = static_cast<T>(average_kept(*state, keep));
  for (Index i = 0; i < weights.size; ++i) average[i] = averaged(kept, average[i], weights[i]);
}

#define ALFI_INSTANTIATE(T)                                                                               \
  template void adam<T>(const Context&, VecView<const T>, VecView<T>, VecView<T>, VecView<T>, StepState*, \
                        const AdamOptions&, VecView<double>);                                             \
  template void average<T>(const Context&, VecView<const T>, VecView<T>, const StepState*, double);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
