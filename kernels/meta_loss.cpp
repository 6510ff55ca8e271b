#include "alfi/kernels/meta_loss.hpp"

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

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

// The weight of iteration t before the weights are made to sum to 1.
double raw_weight(Weighting weighting, Index t, Index iterations, double beta) {
  if (iterations == 1 || weighting == Weighting::constant) return 1;
  if (weighting == Weighting::last) return t == iterations - 1 ? 1 : 0;
  const double s = weighting == Weighting::exponential ? static_cast<double>(t + 1) / static_cast<double>(iterations)
                                                       : static_cast<double>(t) / static_cast<double>(iterations - 1);
  // (exp(beta s) - 1) / (exp(beta) - 1) without overflow.
  return std::exp(beta * (s - 1)) * std::expm1(-beta * s) / std::expm1(-beta);
}

double weight_sum(Weighting weighting, Index iterations, double beta) {
  require_iterations(weighting, iterations, beta);
  double sum = 0;
  for (Index t = 0; t < iterations; ++t) sum += raw_weight(weighting, t, iterations, beta);
  return sum;
}

double limited(double loss, const LossLimit& limit) {
  if (limit.scale <= 0 || loss <= limit.from) return loss;
  return limit.from + limit.scale * std::log1p((loss - limit.from) / limit.scale);
}

double limited_slope(double loss, const LossLimit& limit) {
  if (limit.scale <= 0 || loss <= limit.from) return 1;
  return limit.scale / (limit.scale + loss - limit.from);
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
  require_cpu(context, "mean_error");
  require_mean_error<T>("mean_error", kind, mean, theta, loss);
  for (Index b = 0; b < mean.rows; ++b) {
    double sum = 0;
    for (Index p = 0; p < mean.cols; ++p) {
      const double error = static_cast<double>(mean(b, p)) - static_cast<double>(theta(b, p));
      sum += kind == LossKind::squared ? error * error : std::fabs(error);
    }
    loss[b] = static_cast<T>(sum);
  }
}

template <class T>
void mean_error_adjoint(const Context& context, LossKind kind, MatView<const T> mean, MatView<const T> theta,
                        VecView<const T> d_loss, MatView<T> d_mean) {
  require_cpu(context, "mean_error_adjoint");
  require_mean_error("mean_error_adjoint", kind, mean, theta, d_loss);
  if (d_mean.empty()) return;
  require_shape("mean_error_adjoint", "d_mean", d_mean, mean.rows, mean.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    for (Index p = 0; p < mean.cols; ++p) {
      const double error = static_cast<double>(mean(b, p)) - static_cast<double>(theta(b, p));
      const double slope = kind == LossKind::squared ? 2 * error : static_cast<double>((error > 0) - (error < 0));
      d_mean(b, p) += static_cast<T>(static_cast<double>(d_loss[b]) * slope);
    }
  }
}

template <class T>
void limited_mean(const Context& context, VecView<const T> loss, const LossLimit& limit, double divisor,
                  VecView<T> result) {
  require_cpu(context, "limited_mean");
  require_size("limited_mean", "result", result, 1);
  double sum = 0;
  for (Index b = 0; b < loss.size; ++b) sum += limited(static_cast<double>(loss[b]), limit);
  result[0] = static_cast<T>(sum / divisor);
}

template <class T>
void limited_mean_adjoint(const Context& context, VecView<const T> loss, const LossLimit& limit, double divisor,
                          VecView<const T> d_result, VecView<T> d_loss) {
  require_cpu(context, "limited_mean_adjoint");
  require_size("limited_mean_adjoint", "d_result", d_result, 1);
  if (d_loss.empty()) return;
  require_size("limited_mean_adjoint", "d_loss", d_loss, loss.size);
  const double g = static_cast<double>(d_result[0]) / divisor;
  for (Index b = 0; b < loss.size; ++b) {
    d_loss[b] += static_cast<T>(g * limited_slope(static_cast<double>(loss[b]), limit));
  }
}

template <class T>
void combine_iterations(const Context& context, Weighting weighting, double beta, VecView<const T> losses,
                        VecView<T> result) {
  require_cpu(context, "combine_iterations");
  require_size("combine_iterations", "result", result, 1);
  const Index n = losses.size;
  double sum = 0, least = 0, scale = static_cast<double>(n);
  if (weighting == Weighting::observed_improvement) {
    require_iterations(weighting, n, beta);
    for (Index t = 0; t < n; ++t) {
      const double loss = static_cast<double>(losses[t]);
      sum += loss - least;  // the first term is loss_0 itself
      least = t == 0 || loss < least ? loss : least;
    }
  } else {
    scale = weight_sum(weighting, n, beta);
    for (Index t = 0; t < n; ++t) sum += raw_weight(weighting, t, n, beta) * static_cast<double>(losses[t]);
  }
  result[0] = static_cast<T>(sum / scale);
}

template <class T>
void combine_iterations_adjoint(const Context& context, Weighting weighting, double beta, VecView<const T> losses,
                                VecView<const T> d_result, VecView<T> d_losses) {
  require_cpu(context, "combine_iterations_adjoint");
  require_size("combine_iterations_adjoint", "d_result", d_result, 1);
  if (d_losses.empty()) return;
  require_size("combine_iterations_adjoint", "d_losses", d_losses, losses.size);
  const Index n = losses.size;
  const double g = static_cast<double>(d_result[0]);
  if (weighting == Weighting::observed_improvement) {
    require_iterations(weighting, n, beta);
    const T share = static_cast<T>(g / static_cast<double>(n));
    Index least = 0;
    for (Index t = 0; t < n; ++t) {
      d_losses[t] += share;
      if (t > 0) d_losses[least] -= share;
      if (losses[t] < losses[least]) least = t;
    }
    return;
  }
  const double scale = weight_sum(weighting, n, beta);
  for (Index t = 0; t < n; ++t) d_losses[t] += static_cast<T>(g * raw_weight(weighting, t, n, beta) / scale);
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
