#pragma once
#include <vector>

#include "alfi/core/view.hpp"
#include "alfi/inference/posterior.hpp"

/// Gaussians in the coordinates of one another, and of points.

namespace alfi {
inline namespace v0 {

/// Points [n,cols] as rows.
struct Points {
  std::vector<double> data;
  Index cols = 0;
  Index rows() const { return static_cast<Index>(data.size()) / cols; }
  double* row(Index i) { return data.data() + i * cols; }
  const double* row(Index i) const { return data.data() + i * cols; }
  MatView<const double> view() const { return {data.data(), rows(), cols}; }
};

/// N(0, I).
GaussianState standard_gaussian(Index parameters);

/// u = mean + C e, and the way back, e = C^-1 (u - mean): [P] each.
void place(const GaussianState& g, const double* e, double* u);
void unplace(const GaussianState& g, const double* u, double* e);

/// g becomes what inner, a Gaussian in g's coordinates, is outside of them.
void compose(GaussianState& g, const GaussianState& inner);

/// Of weighted points, weights [n]. Throws NumericError where their covariance is not positive.
GaussianState moments_of(const Points& points, const std::vector<double>& weights);
/// Of points that count alike.
GaussianState moments_of(const Points& points);
/// As the first, but `times` the covariance of `least` is added. A point of less than 1e-12 of all weight has no part
/// in the covariance.
GaussianState moments_of(const Points& points, const std::vector<double>& weights, const GaussianState& least,
                         double times);
/// Of a mixture. Throws NumericError likewise.
GaussianState moments_of(const MixtureState& mixture);

/// |x|^2.
double square_of(const double* x, Index size);

}  // namespace v0
}  // namespace alfi
