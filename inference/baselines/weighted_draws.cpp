#include "alfi/inference/baselines/weighted_draws.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/least_squares.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kRidge = 1e-6;       // of a slope, in simulations, where summaries have variance 1
constexpr double kKernelShare = 0.5;  // of Silverman's width

double sum_of(const std::vector<double>& weights) {
  double sum = 0;
  for (const double w : weights) sum += w;
  return sum;
}

/// Each column's weighted mean and, where it varies, one over its sd; else 0.
struct ColumnScale {
  std::vector<double> mean, per_sd;
};

ColumnScale scale_of(const Points& x, const std::vector<double>& weights) {
  const auto size = static_cast<std::size_t>(x.cols);
  const double sum = sum_of(weights);
  ColumnScale scale{std::vector<double>(size, 0.0), std::vector<double>(size, 0.0)};
  for (Index i = 0; i < x.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)] / sum;
    for (std::size_t s = 0; s < size; ++s) scale.mean[s] += w * x.row(i)[s];
  }
  for (Index i = 0; i < x.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)] / sum;
    for (std::size_t s = 0; s < size; ++s) {
      const double away = x.row(i)[s] - scale.mean[s];
      scale.per_sd[s] += w * away * away;
    }
  }
  for (double& value : scale.per_sd) value = value > 1e-24 ? 1 / std::sqrt(value) : 0;
  return scale;
}

double cut(double u) { return std::min(std::max(u, -kFurthest), kFurthest); }

}  // namespace

std::vector<double> epanechnikov(const std::vector<double>& distances, double furthest) {
  std::vector<double> weights;
  double sum = 0;
  for (const double d : distances) {
    const double share = furthest > 0 ? d / furthest : 1;
    weights.push_back(std::max(0.0, 1 - share * share));
    sum += weights.back();
  }
  if (!(sum > 0)) weights.assign(distances.size(), 1.0);
  return weights;
}

bool adjust_by_regression(Points& points, const Points& differences, const std::vector<double>& weights) {
  const Index terms = differences.cols + 1, parameters = points.cols;
  if (effective_number(weights) <= static_cast<double>(terms)) return false;
  const ColumnScale scale = scale_of(differences, weights);
  const auto standardized = [&](Index i, std::vector<double>& row) {
    row.assign(1, 1.0);
    for (std::size_t s = 0; s < scale.mean.size(); ++s) {
      row.push_back((differences.row(i)[s] - scale.mean[s]) * scale.per_sd[s]);
    }
  };
  LeastSquares squares(terms, parameters);
  std::vector<double> row;
  for (Index i = 0; i < points.rows(); ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    if (!(w > 0)) continue;
    standardized(i, row);
    squares.add(row.data(), points.row(i), w);
  }
  for (Index t = 0; t < terms; ++t) squares.diagonal(t) += kRidge * sum_of(weights);
  if (!squares.solve()) return false;
  const std::vector<double>& slopes = squares.coefficients();
  for (Index i = 0; i < points.rows(); ++i) {
    for (Index p = 0; p < parameters; ++p) {
      double& u = points.row(i)[p];
      for (Index s = 0; s < differences.cols; ++s) {
        const double slope = slopes[static_cast<std::size_t>((s + 1) * parameters + p)];
        u -= slope * scale.per_sd[static_cast<std::size_t>(s)] * differences.row(i)[s];
      }
      u = cut(u);
    }
  }
  return true;
}

Points smoothed_draws(const Points& points, const std::vector<double>& weights, const BaselineProblem& problem) {
  const double number = effective_number(weights), dimensions = static_cast<double>(points.cols);
  const double width = kKernelShare * std::pow(number * (dimensions + 2) / 4, -1 / (dimensions + 4));
  GaussianState moments = standard_gaussian(points.cols);
  double kernel = std::min(width, 1.0), shrink = std::sqrt(1 - kernel * kernel);
  try {
    moments = moments_of(points, weights);
  } catch (const NumericError&) {
    kernel = 0;
    shrink = 1;
  }
  Stream start(step_key(problem.seed, Purpose::draws, 0), {problem.number, 0, 0, 0});
  Points drawn;
  drawn.cols = points.cols;
  std::vector<double> e(static_cast<std::size_t>(points.cols)), noise(e.size());
  std::uint32_t draw = 0;
  for (const Index at : systematic_choice(weights, problem.draws, start.uniform_double())) {
    Stream random(step_key(problem.seed, Purpose::draws, 0), {problem.number, 0, 1, draw++});
    for (double& value : e) value = random.normal_double();
    place(moments, e.data(), noise.data());
    for (std::size_t p = 0; p < e.size(); ++p) {
      const double mean = moments.mean[p];
      drawn.data.push_back(cut(mean + shrink * (points.row(at)[p] - mean) + kernel * (noise[p] - mean)));
    }
  }
  return drawn;
}

}  // namespace v0
}  // namespace alfi
