#include "alfi/inference/gaussian_state.hpp"

#include <cmath>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/inference/dense_solve.hpp"

namespace alfi {
inline namespace v0 {

GaussianState standard_gaussian(Index parameters) {
  const auto size = static_cast<std::size_t>(parameters);
  GaussianState g{std::vector<double>(size, 0.0), std::vector<double>(size * size, 0.0)};
  for (std::size_t p = 0; p < size; ++p) g.cholesky[p * size + p] = 1;
  return g;
}

void place(const GaussianState& g, const double* e, double* u) {
  const std::size_t size = g.mean.size();
  for (std::size_t r = 0; r < size; ++r) {
    u[r] = g.mean[r];
    for (std::size_t k = 0; k <= r; ++k) u[r] += g.cholesky[r * size + k] * e[k];
  }
}

void unplace(const GaussianState& g, const double* u, double* e) {
  for (std::size_t r = 0; r < g.mean.size(); ++r) e[r] = u[r] - g.mean[r];
  solve_lower(g.cholesky, static_cast<Index>(g.mean.size()), e);
}

void compose(GaussianState& g, const GaussianState& inner) {
  const std::size_t size = g.mean.size();
  GaussianState next{std::vector<double>(size), std::vector<double>(size * size, 0.0)};
  place(g, inner.mean.data(), next.mean.data());
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t c = 0; c <= r; ++c) {
      for (std::size_t k = c; k <= r; ++k) {
        next.cholesky[r * size + c] += g.cholesky[r * size + k] * inner.cholesky[k * size + c];
      }
    }
  }
  g = std::move(next);
}

GaussianState moments_of(const Points& points, const std::vector<double>& weights, double least_sd) {
  const auto size = static_cast<std::size_t>(points.cols);
  double sum = 0;
  GaussianState found{std::vector<double>(size, 0.0), std::vector<double>(size * size, 0.0)};
  for (Index i = 0; i < points.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    sum += w;
    for (std::size_t p = 0; p < size; ++p) found.mean[p] += w * points.row(i)[p];
  }
  for (double& m : found.mean) m /= sum;
  for (Index i = 0; i < points.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)] / sum;
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c <= r; ++c) {
        found.cholesky[r * size + c] += w * (points.row(i)[r] - found.mean[r]) * (points.row(i)[c] - found.mean[c]);
      }
    }
  }
  for (std::size_t p = 0; p < size; ++p) found.cholesky[p * size + p] += least_sd * least_sd;
  if (!cholesky_in_place(found.cholesky, points.cols)) {
    throw NumericError("moments_of: the points' covariance is not positive");
  }
  return found;
}

GaussianState moments_of(const MixtureState& mixture) {
  if (mixture.components.size() == 1) return mixture.components[0].gaussian;
  const std::size_t size = mixture.components[0].gaussian.mean.size();
  GaussianState all{std::vector<double>(size, 0.0), std::vector<double>(size * size, 0.0)};
  double sum = 0;
  for (const MixtureComponent& c : mixture.components) sum += std::exp(c.log_weight);
  for (const MixtureComponent& c : mixture.components) {
    for (std::size_t p = 0; p < size; ++p) all.mean[p] += std::exp(c.log_weight) / sum * c.gaussian.mean[p];
  }
  for (const MixtureComponent& c : mixture.components) {
    const double weight = std::exp(c.log_weight) / sum;
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t q = 0; q <= r; ++q) {
        double entry = (c.gaussian.mean[r] - all.mean[r]) * (c.gaussian.mean[q] - all.mean[q]);
        for (std::size_t k = 0; k <= q; ++k)
          entry += c.gaussian.cholesky[r * size + k] * c.gaussian.cholesky[q * size + k];
        all.cholesky[r * size + q] += weight * entry;
      }
    }
  }
  if (!cholesky_in_place(all.cholesky, static_cast<Index>(size))) {
    throw NumericError("moments_of: the mixture's covariance is not positive");
  }
  return all;
}

double square_of(const double* x, Index size) {
  double sum = 0;
  for (Index i = 0; i < size; ++i) sum += x[i] * x[i];
  return sum;
}

}  // namespace v0
}  // namespace alfi
