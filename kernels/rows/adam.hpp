#pragma once
#include <limits>

#include "alfi/kernels/adam.hpp"

/// Pieces of kernels/adam.hpp on either backend, and the functors that do them on a GPU: there the state is read where
/// it lives, by every item.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Squares of numbers from here on may overflow: sums of them are of numbers scaled by kSmall.
constexpr double kLarge = 1e150, kSmall = 0x1p-1000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The Euclidean norm from the largest magnitude (infinity where an element is not finite) and the one sum of squares
/// that is needed; infinity where the norm is not finite. Raises no floating-point exception.
ALFI_HD inline double norm_of(double largest, double squares, double scaled_squares) {
  if (largest < kLarge) return std::sqrt(squares);
  const double scaled = std::sqrt(scaled_squares);
  return largest < kInfinity && scaled < 0x1p23 ? scaled * 0x1p1000 : kInfinity;
}

/// Counts the step and sets its scales, or says that it is skipped; not where the training has stopped.
ALFI_HD inline void decide_step(double norm, const AdamOptions& options, StepState& state) {
  state.gradient_norm = norm;
  state.skipped = norm < kInfinity ? 0 : 1;
  if (state.skipped) {
    if (state.first_bad_step < 0) state.first_bad_step = state.step;
    return;
  }
  StepScales& scales = state.scales;
  const double rate = scales.learning_rate = options.learning_rate.at(state.step);
  ++state.step;
  scales.clip = options.clip_norm > 0 && norm > options.clip_norm ? options.clip_norm / norm : 1.0;
  const double steps = static_cast<double>(state.step);
  scales.first_scale = rate / (1 - std::pow(options.beta1, steps));
  scales.second_scale = 1 / (1 - std::pow(options.beta2, steps));
  scales.keep = 1 - rate * options.weight_decay;
}

ALFI_HD inline double square_root(double x) { return std::sqrt(x); }

#include "alfi/kernels/adam_entry.hpp"

/// An entry's update.
template <class T>
struct AdamUpdate {
  const T* gradient;
  T *parameters, *first, *second;
  double beta1, beta2, epsilon;
  double bound;    ///< a square of more would overflow T; the step is the same size there whatever the square
  double largest;  ///< T's

  AdamUpdate(const T* gradient_, T* parameters_, T* first_, T* second_, const AdamOptions& options)
      : gradient(gradient_),
        parameters(parameters_),
        first(first_),
        second(second_),
        beta1(options.beta1),
        beta2(options.beta2),
        epsilon(options.epsilon),
        bound(std::sqrt(static_cast<double>(std::numeric_limits<T>::max())) / 2),
        largest(static_cast<double>(std::numeric_limits<T>::max())) {}

  ALFI_HD void operator()(const StepScales& scales, Index i) const {
    const AdamEntryState<T> next =
        adam_entry<T>(*this, scales, gradient[i], AdamEntryState<T>{parameters[i], first[i], second[i]});
    first[i] = next.first;
    second[i] = next.second;
    parameters[i] = next.parameter;
  }
};

/// How much of the average stays.
ALFI_HD inline double average_kept(const StepState& state, double keep) {
  const double seen = static_cast<double>(state.step), early = seen / (seen + 10);
  return early < keep ? early : keep;
}
template <class T>
ALFI_HD T averaged(T kept, T average, T weight) {
  return kept * average + (T(1) - kept) * weight;
}

template <class T>
struct AdamEntry {
  static constexpr const char* kName = "adam";
  AdamUpdate<T> update;
  const StepState* state;

  ALFI_HD void operator()(Index i) const {
    if (state->skipped == 0) update(state->scales, i);
  }
};

template <class T>
struct AverageEntry {
  static constexpr const char* kName = "average";
  const T* weights;
  T* average;
  const StepState* state;
  double keep;

  ALFI_HD void operator()(Index i) const {
    if (state->skipped == 0) average[i] = averaged(static_cast<T>(average_kept(*state, keep)), average[i], weights[i]);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
