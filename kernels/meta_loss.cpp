#include "alfi/kernels/meta_loss.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/kernels/gpu/limited_mean.hpp"
#include "alfi/kernels/rows/meta_loss.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

bool is_exponential(Weighting weighting) {
  return weighting == Weighting::exponential || weighting == Weighting::exponential_published;
}

void require_iterations(Weighting weighting, Index iterations, double beta) {
  if (iterations < 1) {
    throw InputError("iteration_weights: iterations: got " + std::to_string(iterations) + ", expected at least 1");
  }
  if (is_exponential(weighting) && !(beta > 0)) {
    throw InputError("iteration_weights: beta: got " + number_text(beta) + ", expected a positive number");
  }
}

double weight_sum(Weighting weighting, Index iterations, double beta) {
  require_iterations(weighting, iterations, beta);
  double sum = 0;
  for (Index t = 0; t < iterations; ++t) sum += raw_weight(weighting, t, iterations, beta);
  return sum;
}

// What the sum of the terms is divided by.
double term_scale(Weighting weighting, Index iterations, double beta) {
  if (weighting != Weighting::observed_improvement) return weight_sum(weighting, iterations, beta);
  require_iterations(weighting, iterations, beta);
  return static_cast<double>(iterations);
}

template <class T>
void require_mean_error(const char* function, LossKind kind, MatView<const T> mean, MatView<const T> theta,
                        VecView<const T> loss) {
  if (kind == LossKind::density) {
    throw InputError(std::string(function) + ": kind: got density, expected squared or absolute");
  }
  require_shape(function, "theta", theta, mean.rows, mean.cols);
  require_size(function, "loss", loss, mean.rows);
}

}  // namespace

std::vector<double> iteration_weights(Weighting weighting, Index iterations, double beta) {
  if (weighting == Weighting::observed_improvement) {
    throw InputError("iteration_weights: weighting: got observed_improvement, expected one with fixed weights");
  }
  const double sum = weight_sum(weighting, iterations, beta);
  std::vector<double> weights;
  for (Index t = 0; t < iterations; ++t) weights.push_back(raw_weight(weighting, t, iterations, beta) / sum);
  return weights;
}

template <class T>
void mean_error(const Context& context, LossKind kind, MatView<const T> mean, MatView<const T> theta, VecView<T> loss) {
  require_mean_error<T>("mean_error", kind, mean, theta, loss);
  for_each(context, mean.rows, MeanError<T>{kind == LossKind::squared, mean, theta, loss.data});
}

template <class T>
void mean_error_adjoint(const Context& context, LossKind kind, MatView<const T> mean, MatView<const T> theta,
                        VecView<const T> d_loss, MatView<T> d_mean) {
  require_mean_error("mean_error_adjoint", kind, mean, theta, d_loss);
  if (d_mean.empty()) return;
  require_shape("mean_error_adjoint", "d_mean", d_mean, mean.rows, mean.cols);
  for_each_entry(context, mean.rows, mean.cols,
                 MeanErrorAdjoint<T>{kind == LossKind::squared, mean, theta, d_loss.data, d_mean});
}

template <class T>
void limited_mean(const Context& context, VecView<const T> loss, const LossLimit& limit, double divisor,
                  VecView<T> result) {
  require_size("limited_mean", "result", result, 1);
  if (on_gpu(context)) {
    run_blocks(context, LimitedMean<T>{loss, limit, divisor, result.data});
    return;
  }
  double sum = 0;
  for (Index b = 0; b < loss.size; ++b) sum += limited(static_cast<double>(loss[b]), limit);
  result[0] = static_cast<T>(sum / divisor);
}

template <class T>
void limited_mean_adjoint(const Context& context, VecView<const T> loss, const LossLimit& limit, double divisor,
                          VecView<const T> d_result, VecView<T> d_loss) {
  require_size("limited_mean_adjoint", "d_result", d_result, 1);
  if (d_loss.empty()) return;
  require_size("limited_mean_adjoint", "d_loss", d_loss, loss.size);
  for_each(context, loss.size, LimitedMeanAdjoint<T>{limit, divisor, loss.data, d_result.data, d_loss.data});
}

template <class T>
void combine_iterations(const Context& context, Weighting weighting, double beta, VecView<const T> losses,
                        VecView<T> result) {
  require_size("combine_iterations", "result", result, 1);
  const double scale = term_scale(weighting, losses.size, beta);
  for_each(context, 1, CombineIterations<T>{weighting, beta, scale, losses, result.data});
}

template <class T>
void combine_iterations_adjoint(const Context& context, Weighting weighting, double beta, VecView<const T> losses,
                                VecView<const T> d_result, VecView<T> d_losses) {
  require_size("combine_iterations_adjoint", "d_result", d_result, 1);
  if (d_losses.empty()) return;
  require_size("combine_iterations_adjoint", "d_losses", d_losses, losses.size);
  const double scale = term_scale(weighting, losses.size, beta);
  for_each(context, 1, CombineIterationsAdjoint<T>{weighting, beta, scale, losses, d_result.data, d_losses.data});
}

#define ALFI_INSTANTIATE(T)                                                                                           \
  template void mean_error<T>(const Context&, LossKind, MatView<const T>, MatView<const T>, VecView<T>);              \
  template void mean_error_adjoint<T>(const Context&, LossKind, MatView<const T>, MatView<const T>, VecView<const T>, \
                                      MatView<T>);                                                                    \
  template void limited_mean<T>(const Context&, VecView<const T>, const LossLimit&, double, VecView<T>);              \
  template void limited_mean_adjoint<T>(const Context&, VecView<const T>, const LossLimit&, double, VecView<const T>, \
                                        VecView<T>);                                                                  \
  template void combine_iterations<T>(const Context&, Weighting, double, VecView<const T>, VecView<T>);               \
  template void combine_iterations_adjoint<T>(const Context&, Weighting, double, VecView<const T>, VecView<const T>,  \
                                              VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
