#pragma once
#include <cmath>

#include "alfi/core/view.hpp"
#include "alfi/kernels/rows/entries.hpp"
#include "alfi/kernels/triangle.hpp"

/// The normalized score of kernels/proposal.hpp, a parameter of a problem an item, on either backend; on a GPU where a
/// problem does not fit a block (gpu/proposal_score.hpp).

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A score, z-scored over a problem's proposals, is the same for any affine function of it: the first part is z itself,
/// z = (theta - mean) / sd, the second z^2. Their spread over the proposals, from the first of them (so that equal
/// proposals give exactly 0).
struct ScoreColumn {
  double first, mean, inverse_sd;  ///< the last: 0 where there is no spread
  ALFI_HD double normalized(double value) const { return inverse_sd > 0 ? (value - first - mean) * inverse_sd : 0; }
};

template <class Value>
ALFI_HD ScoreColumn spread(Index count, Value value) {
  ScoreColumn column{value(0), 0, 0};
  for (Index k = 0; k < count; ++k) column.mean += value(k) - column.first;
  column.mean /= static_cast<double>(count);
  if (count < 2) return column;
  double sum = 0;
  for (Index k = 0; k < count; ++k) {
    const double deviation = value(k) - column.first - column.mean;
    sum += deviation * deviation;
  }
  if (sum > 0) column.inverse_sd = std::sqrt(static_cast<double>(count - 1) / sum);
  return column;
}

/// a b, rounded by itself: a GPU would fuse it with what it is added to, and equal proposals would differ.
ALFI_HD inline double product_alone(double a, double b) {
#if defined(__CUDA_ARCH__)
  return __dmul_rn(a, b);
#else
  return a * b;
#endif
}

/// The K numbers behind a column of the score of a problem: z or its square.
template <class T, bool kSquare>
struct ScoreValues {
  const T* theta;  ///< of the first proposal
  Index stride;
  double centre, rate;
  ALFI_HD double z(Index k) const { return product_alone(static_cast<double>(theta[k * stride]) - centre, rate); }
  ALFI_HD double operator()(Index k) const { return kSquare ? product_alone(z(k), z(k)) : z(k); }
};

template <class T>
struct ScoreInputs {
  MatView<const T> mean, log_sd, theta;
  Index count;  ///< proposals of a problem
  template <bool kSquare>
  ALFI_HD ScoreValues<T, kSquare> values(Index b, Index p) const {
    return {theta.row(b * count).data + p, theta.cols, static_cast<double>(mean(b, p)),
            std::exp(-static_cast<double>(log_sd(b, p)))};
  }
};

/// Column col of the 2P of problem b.
template <class T>
struct NormalizedScore {
  static constexpr const char* kName = "normalized_score";
  ScoreInputs<T> in;
  MatView<T> normalized;
  ALFI_HD void operator()(Index b, Index col) const {
    if (col < in.mean.cols) return store(b, col, in.template values<false>(b, col));
    store(b, col, in.template values<true>(b, col - in.mean.cols));
  }
  template <class Values>
  ALFI_HD void store(Index b, Index col, const Values& value) const {
    const Index count = in.count;
    const ScoreColumn column = spread(count, value);
    T* out = normalized.row(b * count).data + col;
    for (Index k = 0; k < count; ++k) out[k * normalized.cols] = static_cast<T>(column.normalized(value(k)));
  }
};

/// Through n_k = (s_k - mean s) / sd s: d s_k = (g_k - mean g - n_k sum(g n) / (K - 1)) / sd. A common factor of the
/// s_k drops out of n, hence log_sd has no gradient at all; a common shift drops out of the first part.
template <class T>
struct NormalizedScoreAdjoint {
  static constexpr const char* kName = "normalized_score_adjoint";
  ScoreInputs<T> in;
  MatView<const T> d_normalized;
  MatView<T> d_mean, d_theta;
  ALFI_HD void operator()(Index b, Index p) const {
    add<false>(b, p, p);
    add<true>(b, p, in.mean.cols + p);
  }
  template <bool kSquare>
  ALFI_HD void add(Index b, Index p, Index col) const {
    const ScoreValues<T, kSquare> value = in.template values<kSquare>(b, p);
    const Index count = in.count, first = b * count;
    const ScoreColumn column = spread(count, value);
    if (!(column.inverse_sd > 0)) return;
    double mean_g = 0, along = 0;
    for (Index k = 0; k < count; ++k) {
      const double g = static_cast<double>(d_normalized(first + k, col));
      mean_g += g;
      along += g * column.normalized(value(k));
    }
    mean_g /= static_cast<double>(count);
    along /= static_cast<double>(count - 1);
    double sum = 0;
    for (Index k = 0; k < count; ++k) {
      const double g = static_cast<double>(d_normalized(first + k, col));
      const double slope = (kSquare ? 2 * value.z(k) : 1) * value.rate * column.inverse_sd;
      const double d = (g - mean_g - column.normalized(value(k)) * along) * slope;
      accumulate(d_theta, first + k, p, d);
      sum += d;
    }
    if (kSquare) accumulate(d_mean, b, p, -sum);
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
