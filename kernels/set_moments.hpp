#pragma once
#include "alfi/kernels/features.hpp"

/// Pooled first and second moments of sets, as comparable numbers: each column regressed on those before it has an
/// intercept, slopes, and the logarithm of the residuals' sd. For Gaussian observations that is all there is to know,
/// for a linear model whose response is the last column, too. They are seen on the real observations' own scale,
/// z = (x - location) / scale, and simulated ones as how far they are from the real ones in standard errors of those.
/// Data: no gradient passes. All in double: a steep slope hides its residuals behind ten digits.
/// D columns, S = D (D + 3) / 2 moments: for each column its intercept at z = 0, its slopes, its log sd.
/// Throws: ShapeError, and InputError for more than kMostMomentColumns columns.

namespace alfi {
inline namespace v0 {
namespace kernels {

constexpr Index kMostMomentColumns = 16;

inline Index set_moments_size(Index columns) { return columns * (columns + 3) / 2; }

/// Sets are rectangles of n_max rows; of set g the first counts[g] rows exist (empty: all), those with status 0 are
/// valid (empty: all). location, scale [B,D]: B divides the sets; consecutive sets share a row.
template <class T>
struct MomentSets {
  MatView<const float> x;  ///< [G*n_max,D]
  Index sets = 0;          ///< G
  Index n_max = 0;
  VecView<const std::int32_t> counts;
  VecView<const std::uint8_t> status;
  MatView<const T> location, scale;
};

/// Doubles of working memory that describe_moments and compare_moments want.
Index set_moments_scratch(Index sets, Index n_max, Index columns);

/// What real observations are compared by: for each set its moments [S] and their standard errors [S], to reference
/// [G,2S], and what the networks are told of them outright: told (g, first + ..) gets D (D + 1) / 2 numbers of order
/// one, for each column its slopes in the columns' typical sds (asinh of them; typical [D], logarithms) and its log sd
/// (over 8). A set of no valid row has moments 0.
template <class T>
void describe_moments(const Context& context, const MomentSets<T>& sets, VecView<const double> typical,
                      VecView<double> scratch, MatView<double> reference, MatView<T> told, Index first);

/// asinh((moments - the real ones') / (3 standard errors)) -> out [G,S]; reference [B,2S] of the B problems.
/// A set of no valid row gets 0.
template <class T>
void compare_moments(const Context& context, const MomentSets<T>& sets, MatView<const double> reference,
                     VecView<double> scratch, MatView<T> out);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
