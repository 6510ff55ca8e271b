#include "alfi/kernels/proposal.hpp"
#include "alfi/kernels/triangle.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void gaussian_full_sample(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                          MatView<const T> noise, MatView<T> theta) {
  constexpr const char* kName = "gaussian_full_sample";
  require_cpu(context, kName);
  const Index size = require_triangle(kName, mean, cholesky);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, size);
  require_shape(kName, "theta", theta, noise.rows, size);
  for (Index b = 0; b < mean.rows; ++b) {
    const Triangle<> c = unpack(cholesky.row(b), size);
    for (Index row = b * count; row < (b + 1) * count; ++row) {
      for (Index r = 0; r < size; ++r) {
        double sum = static_cast<double>(mean(b, r));
        for (Index k = 0; k <= r; ++k) sum += c(r, k) * static_cast<double>(noise(row, k));
        theta(row, r) = static_cast<T>(sum);
      }
    }
  }
}

template <class T>
void gaussian_full_sample_adjoint(const Context& context, MatView<const T> mean, MatView<const T> cholesky,
                                  MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                  MatView<T> d_cholesky) {
  constexpr const char* kName = "gaussian_full_sample_adjoint";
  require_cpu(context, kName);
  const Index size = require_triangle(kName, mean, cholesky);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, size);
  require_shape(kName, "d_theta", d_theta, noise.rows, size);
  require_gradient(kName, "d_mean", d_mean, mean.rows, size);
  require_gradient(kName, "d_cholesky", d_cholesky, mean.rows, cholesky.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    Triangle<> d_c;
    d_c.clear(size);
    for (Index r = 0; r < size; ++r) {
      double sum = 0;
      for (Index row = b * count; row < (b + 1) * count; ++row) {
        const double g = static_cast<double>(d_theta(row, r));
        sum += g;
        for (Index k = 0; k <= r; ++k) d_c(r, k) += g * static_cast<double>(noise(row, k));
      }
      accumulate(d_mean, b, r, sum);
    }
    if (!d_cholesky.empty()) add_outside(unpack(cholesky.row(b), size), d_c, d_cholesky.row(b));
  }
}

template <class T>
void gaussian_diagonal_sample(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                              MatView<const T> noise, MatView<T> theta) {
  constexpr const char* kName = "gaussian_diagonal_sample";
  require_cpu(context, kName);
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, mean.cols);
  require_shape(kName, "theta", theta, noise.rows, mean.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    for (Index p = 0; p < mean.cols; ++p) {
      const double sd = std::exp(static_cast<double>(log_sd(b, p))), centre = static_cast<double>(mean(b, p));
      for (Index row = b * count; row < (b + 1) * count; ++row) {
        theta(row, p) = static_cast<T>(centre + sd * static_cast<double>(noise(row, p)));
      }
    }
  }
}

template <class T>
void gaussian_diagonal_sample_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                                      MatView<const T> noise, MatView<const T> d_theta, MatView<T> d_mean,
                                      MatView<T> d_log_sd) {
  constexpr const char* kName = "gaussian_diagonal_sample_adjoint";
  require_cpu(context, kName);
  require_shape(kName, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(kName, "noise", noise, mean.rows, mean.cols);
  require_shape(kName, "d_theta", d_theta, noise.rows, mean.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  for (Index b = 0; b < mean.rows; ++b) {
    for (Index p = 0; p < mean.cols; ++p) {
      double sum = 0, scaled = 0;
      for (Index row = b * count; row < (b + 1) * count; ++row) {
        const double g = static_cast<double>(d_theta(row, p));
        sum += g;
        scaled += g * static_cast<double>(noise(row, p));
      }
      accumulate(d_mean, b, p, sum);
      accumulate(d_log_sd, b, p, scaled * std::exp(static_cast<double>(log_sd(b, p))));
    }
  }
}

namespace {

template <class T>
Index require_score(const char* function, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                    Index rows, Index cols) {
  require_shape(function, "log_sd", log_sd, mean.rows, mean.cols);
  const Index count = require_blocks(function, "theta", theta, mean.rows, mean.cols);
  require_shape(function, "normalized", MatView<const T>{nullptr, rows, cols}, theta.rows, 2 * mean.cols);
  return count;
}

// A score, z-scored over a problem's proposals, is the same for any affine function of it: the first part is z itself,
// z = (theta - mean) / sd, the second z^2. Their spread over the proposals, from the first of them (so that equal
// proposals give exactly 0).
struct Column {
  double first, mean, sd;
  double normalized(double value) const { return sd > 0 ? (value - first - mean) / sd : 0; }
};

template <class Value>
Column spread(Index count, Value value) {
  Column column{value(0), 0, 0};
  for (Index k = 0; k < count; ++k) column.mean += (value(k) - column.first) / static_cast<double>(count);
  if (count < 2) return column;
  double sum = 0;
  for (Index k = 0; k < count; ++k) {
    const double deviation = value(k) - column.first - column.mean;
    sum += deviation * deviation;
  }
  column.sd = std::sqrt(sum / static_cast<double>(count - 1));
  return column;
}

}  // namespace

template <class T>
void normalized_score(const Context& context, MatView<const T> mean, MatView<const T> log_sd, MatView<const T> theta,
                      MatView<T> normalized) {
  constexpr const char* kName = "normalized_score";
  require_cpu(context, kName);
  const Index count = require_score(kName, mean, log_sd, theta, normalized.rows, normalized.cols);
  if (count == 0) return;
  for (Index b = 0; b < mean.rows; ++b) {
    for (Index p = 0; p < mean.cols; ++p) {
      const double rate = std::exp(-static_cast<double>(log_sd(b, p))), centre = static_cast<double>(mean(b, p));
      const auto z = [&](Index k) { return (static_cast<double>(theta(b * count + k, p)) - centre) * rate; };
      const auto square = [&](Index k) { return z(k) * z(k); };
      const Column linear = spread(count, z), quadratic = spread(count, square);
      for (Index k = 0; k < count; ++k) {
        normalized(b * count + k, p) = static_cast<T>(linear.normalized(z(k)));
        normalized(b * count + k, mean.cols + p) = static_cast<T>(quadratic.normalized(square(k)));
      }
    }
  }
}

// Through n_k = (s_k - mean s) / sd s: d s_k = (g_k - mean g - n_k sum(g n) / (K - 1)) / sd. A common factor of the
// s_k drops out of n, hence log_sd has no gradient at all; a common shift drops out of the first part.
template <class T>
void normalized_score_adjoint(const Context& context, MatView<const T> mean, MatView<const T> log_sd,
                              MatView<const T> theta, MatView<const T> d_normalized, MatView<T> d_mean,
                              MatView<T> d_log_sd, MatView<T> d_theta) {
  constexpr const char* kName = "normalized_score_adjoint";
  require_cpu(context, kName);
  const Index count = require_score(kName, mean, log_sd, theta, d_normalized.rows, d_normalized.cols);
  require_gradient(kName, "d_mean", d_mean, mean.rows, mean.cols);
  require_gradient(kName, "d_log_sd", d_log_sd, mean.rows, mean.cols);
  require_gradient(kName, "d_theta", d_theta, theta.rows, theta.cols);
  if (count < 2) return;
  for (Index b = 0; b < mean.rows; ++b) {
    for (Index p = 0; p < 2 * mean.cols; ++p) {
      const Index col = p % mean.cols;
      const bool is_square = p >= mean.cols;
      const double rate = std::exp(-static_cast<double>(log_sd(b, col))), centre = static_cast<double>(mean(b, col));
      const auto z = [&](Index k) { return (static_cast<double>(theta(b * count + k, col)) - centre) * rate; };
      const auto value = [&](Index k) { return is_square ? z(k) * z(k) : z(k); };
      const Column column = spread(count, value);
      if (!(column.sd > 0)) continue;
      double mean_g = 0, along = 0;
      for (Index k = 0; k < count; ++k) {
        const double g = static_cast<double>(d_normalized(b * count + k, p));
        mean_g += g / static_cast<double>(count);
        along += g * column.normalized(value(k)) / static_cast<double>(count - 1);
      }
      double sum = 0;
      for (Index k = 0; k < count; ++k) {
        const double g = static_cast<double>(d_normalized(b * count + k, p));
        const double slope = (is_square ? 2 * z(k) : 1) * rate / column.sd;
        const double d = (g - mean_g - column.normalized(value(k)) * along) * slope;
        accumulate(d_theta, b * count + k, col, d);
        sum += d;
      }
      if (is_square) accumulate(d_mean, b, col, -sum);
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template void gaussian_full_sample<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,          \
                                        MatView<T>);                                                                   \
  template void gaussian_full_sample_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,  \
                                                MatView<const T>, MatView<T>, MatView<T>);                             \
  template void gaussian_diagonal_sample<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,      \
                                            MatView<T>);                                                               \
  template void gaussian_diagonal_sample_adjoint<T>(const Context&, MatView<const T>, MatView<const T>,                \
                                                    MatView<const T>, MatView<const T>, MatView<T>, MatView<T>);       \
  template void normalized_score<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>, MatView<T>); \
  template void normalized_score_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,      \
                                            MatView<const T>, MatView<T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
