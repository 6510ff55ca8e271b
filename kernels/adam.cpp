#include "alfi/kernels/adam.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"

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
    if (!std::isfinite(g)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(static_cast<double>(g)));
  }
  if (largest < 1e150) return std::sqrt(sum_of_squares(gradient, 1.0));  // squares of a double stay finite
  const double scaled = std::sqrt(sum_of_squares(gradient, 0x1p-1000));
  return scaled < 0x1p23 ? scaled * 0x1p1000 : std::numeric_limits<double>::infinity();
}

/// To T without overflow.
template <class T>
T saturate(double value) {
  const double limit = static_cast<double>(std::numeric_limits<T>::max());
  return static_cast<T>(std::min(std::max(value, -limit), limit));
}

}  // namespace

template <class T>
void adam(const Context& context, VecView<const T> gradient, VecView<T> parameters, VecView<T> first, VecView<T> second,
          StepState& state, const AdamOptions& options) {
  require_cpu(context, "adam");
  require_size("adam", "gradient", gradient, parameters.size);
  require_size("adam", "first", first, parameters.size);
  require_size("adam", "second", second, parameters.size);
  state.gradient_norm = gradient_norm(gradient);
  if (!std::isfinite(state.gradient_norm)) {
    if (state.first_bad_step < 0) state.first_bad_step = state.step;
    return;
  }
  ++state.step;
  const double clip =
      options.clip_norm > 0 && state.gradient_norm > options.clip_norm ? options.clip_norm / state.gradient_norm : 1.0;
  const double steps = static_cast<double>(state.step);
  const double first_scale = options.learning_rate / (1 - std::pow(options.beta1, steps));
  const double second_scale = 1 / (1 - std::pow(options.beta2, steps));
  const double keep = 1 - options.learning_rate * options.weight_decay;
  // Beyond this a square would overflow T; the step is the same size there whatever the square.
  const double largest = std::sqrt(static_cast<double>(std::numeric_limits<T>::max())) / 2;
  for (Index i = 0; i < parameters.size; ++i) {
    const double g = std::min(std::max(clip * static_cast<double>(gradient[i]), -largest), largest);
    const double m = options.beta1 * static_cast<double>(first[i]) + (1 - options.beta1) * g;
    const double v = options.beta2 * static_cast<double>(second[i]) + (1 - options.beta2) * g * g;
    const double move = first_scale * m / (std::sqrt(second_scale * v) + options.epsilon);
    first[i] = saturate<T>(m);
    second[i] = saturate<T>(v);
    parameters[i] = saturate<T>(keep * static_cast<double>(parameters[i]) - move);
  }
}

template void adam<float>(const Context&, VecView<const float>, VecView<float>, VecView<float>, VecView<float>,
                          StepState&, const AdamOptions&);
template void adam<double>(const Context&, VecView<const double>, VecView<double>, VecView<double>, VecView<double>,
                           StepState&, const AdamOptions&);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
