#include "alfi/inference/gaussian_state.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/inference/dense_solve.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kNegligible = 1e-12;  // share of the weight

GaussianState nothing(std::size_t size) {
  return {std::vector<double>(size, 0.0), std::vector<double>(size * size, 0.0)};
}

/// C C' at r, c <= r, added to that.
double covariance(const GaussianState& g, std::size_t r, std::size_t c, double entry = 0) {
  const std::size_t size = g.mean.size();
  for (std::size_t k = 0; k <= c; ++k) entry += g.cholesky[r * size + k] * g.cholesky[c * size + k];
  return entry;
}

/// Mean and, in the place of its factor, covariance: without the points of a share below that.
GaussianState weighted_moments(const Points& points, const std::vector<double>& weights, double negligible) {
  const auto size = static_cast<std::size_t>(points.cols);
  double sum = 0;
  GaussianState found = nothing(size);
  for (Index i = 0; i < points.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    sum += w;
    for (std::size_t p = 0; p < size; ++p) found.mean[p] += w * points.row(i)[p];
  }
  for (double& m : found.mean) m /= sum;
  std::vector<double> away(size);
  for (Index i = 0; i < points.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)] / sum;
    if (w < negligible) continue;
    for (std::size_t p = 0; p < size; ++p) away[p] = points.row(i)[p] - found.mean[p];
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c <= r; ++c) found.cholesky[r * size + c] += w * away[r] * away[c];
    }
  }
  return found;
}

GaussianState factored(GaussianState g, const char* whose) {
  if (!cholesky_in_place(g.cholesky, static_cast<Index>(g.mean.size()))) {
    throw NumericError(std::string("moments_of: the ") + whose + " covariance is not positive");
  }
  return g;
}

}  // namespace

GaussianState standard_gaussian(Index parameters) {
  const auto size = static_cast<std::size_t>(parameters);
  GaussianState g = nothing(size);
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
  GaussianState next = nothing(size);
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

GaussianState moments_of(const Points& points, const std::vector<double>& weights) {
  return factored(weighted_moments(points, weights, 0), "points'");
}

GaussianState moments_of(const Points& points) {
  return moments_of(points, std::vector<double>(static_cast<std::size_t>(points.rows()), 1.0));
}

GaussianState moments_of(const Points& points, const std::vector<double>& weights, const GaussianState& least,
                         double times) {
  GaussianState found = weighted_moments(points, weights, kNegligible);
  const auto size = static_cast<std::size_t>(points.cols);
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t c = 0; c <= r; ++c) found.cholesky[r * size + c] += times * covariance(least, r, c);
  }
  return factored(std::move(found), "points'");
}

GaussianState moments_of(const MixtureState& mixture) {
  if (mixture.components.size() == 1) return mixture.components[0].gaussian;
  const std::size_t size = mixture.components[0].gaussian.mean.size();
  GaussianState all = nothing(size);
  double sum = 0;
  for (const MixtureComponent& c : mixture.components) sum += std::exp(c.log_weight);
  for (const MixtureComponent& c : mixture.components) {
    for (std::size_t p = 0; p < size; ++p) all.mean[p] += std::exp(c.log_weight) / sum * c.gaussian.mean[p];
  }
  for (const MixtureComponent& c : mixture.components) {
    const double weight = std::exp(c.log_weight) / sum;
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t q = 0; q <= r; ++q) {
        const double away = (c.gaussian.mean[r] - all.mean[r]) * (c.gaussian.mean[q] - all.mean[q]);
        all.cholesky[r * size + q] += weight * covariance(c.gaussian, r, q, away);
      }
    }
  }
  return factored(std::move(all), "mixture's");
}

double square_of(const double* x, Index size) {
  double sum = 0;
  for (Index i = 0; i < size; ++i) sum += x[i] * x[i];
  return sum;
}

}  // namespace v0
}  // namespace alfi
