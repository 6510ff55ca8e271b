#pragma once
#include <cmath>

#include "alfi/core/view.hpp"
#include "alfi/kernels/meta_loss.hpp"
#include "alfi/kernels/rows/entries.hpp"

/// Problems, and the few numbers of the iterations, of kernels/meta_loss.hpp, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The weight of iteration t before the weights are made to sum to 1.
ALFI_HD inline double raw_weight(Weighting weighting, Index t, Index iterations, double beta) {
  if (iterations == 1 || weighting == Weighting::constant) return 1;
  if (weighting == Weighting::last) return t == iterations - 1 ? 1 : 0;
  const double s = weighting == Weighting::exponential ? static_cast<double>(t + 1) / static_cast<double>(iterations)
                                                       : static_cast<double>(t) / static_cast<double>(iterations - 1);
  // (exp(beta s) - 1) / (exp(beta) - 1) without overflow.
  return std::exp(beta * (s - 1)) * std::expm1(-beta * s) / std::expm1(-beta);
}

ALFI_HD inline double limited(double loss, const LossLimit& limit) {
  if (limit.scale <= 0 || loss <= limit.from) return loss;
  return limit.from + limit.scale * std::log1p((loss - limit.from) / limit.scale);
}

ALFI_HD inline double limited_slope(double loss, const LossLimit& limit) {
  if (limit.scale <= 0 || loss <= limit.from) return 1;
  return limit.scale / (limit.scale + loss - limit.from);
}

template <class T>
struct MeanError {
  static constexpr const char* kName = "mean_error";
  bool squared;
  MatView<const T> mean, theta;
  T* loss;
  ALFI_HD void operator()(Index b) const {
    double sum = 0;
    for (Index p = 0; p < mean.cols; ++p) {
      const double error = static_cast<double>(mean(b, p)) - static_cast<double>(theta(b, p));
      sum += squared ? error * error : std::fabs(error);
    }
    loss[b] = static_cast<T>(sum);
  }
};

template <class T>
struct MeanErrorAdjoint {
  static constexpr const char* kName = "mean_error_adjoint";
  bool squared;
  MatView<const T> mean, theta;
  const T* d_loss;
  MatView<T> d_mean;
  ALFI_HD void operator()(Index b, Index p) const {
    const double error = static_cast<double>(mean(b, p)) - static_cast<double>(theta(b, p));
    const double slope = squared ? 2 * error : static_cast<double>((error > 0) - (error < 0));
    d_mean(b, p) += static_cast<T>(static_cast<double>(d_loss[b]) * slope);
  }
};

template <class T>
struct LimitedMeanAdjoint {
  static constexpr const char* kName = "limited_mean_adjoint";
  LossLimit limit;
  double divisor;
  const T *loss, *d_result;
  T* d_loss;
  ALFI_HD void operator()(Index b) const {
    const double g = static_cast<double>(d_result[0]) / divisor;
    d_loss[b] += static_cast<T>(g * limited_slope(static_cast<double>(loss[b]), limit));
  }
};

/// The iterations' losses and how they count: one item. scale is what the sum of the terms is divided by.
template <class T>
struct CombineIterations {
  static constexpr const char* kName = "combine_iterations";
  Weighting weighting;
  double beta, scale;
  VecView<const T> losses;
  T* result;
  ALFI_HD void operator()(Index) const {
    double sum = 0, least = 0;
    for (Index t = 0; t < losses.size; ++t) {
      const double loss = static_cast<double>(losses[t]);
      if (weighting != Weighting::observed_improvement) {
        sum += raw_weight(weighting, t, losses.size, beta) * loss;
        continue;
      }
      sum += loss - least;  // the first term is loss_0 itself
      least = t == 0 || loss < least ? loss : least;
    }
    result[0] = static_cast<T>(sum / scale);
  }
};

template <class T>
struct CombineIterationsAdjoint {
  static constexpr const char* kName = "combine_iterations_adjoint";
  Weighting weighting;
  double beta, scale;
  VecView<const T> losses;
  const T* d_result;
  T* d_losses;
  ALFI_HD void operator()(Index) const {
    const double g = static_cast<double>(d_result[0]);
    const T share = static_cast<T>(g / scale);
    Index least = 0;
    for (Index t = 0; t < losses.size; ++t) {
      if (weighting != Weighting::observed_improvement) {
        d_losses[t] += static_cast<T>(g * raw_weight(weighting, t, losses.size, beta) / scale);
        continue;
      }
      d_losses[t] += share;
      if (t > 0) d_losses[least] -= share;
      if (losses[t] < losses[least]) least = t;
    }
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
