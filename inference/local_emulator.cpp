#include "alfi/inference/local_emulator.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/least_squares.hpp"
#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kRidge = 1e-6;       // of the weights' sum: solvable where simulations lie in a plane
constexpr double kLargestChange = 3;  // of a variance's logarithm
constexpr int kScoringSteps = 6;
constexpr double kMedianOfNormal = 0.6745;  // of |z|
constexpr double kFarOut = 5;               // sds: one in two millions of a Gaussian's
constexpr double kMostOutlying = 0.05;      // of all weight: more is how the noise is

Index quadratic_terms(Index p) { return 1 + p + p * (p + 1) / 2; }

double weighted_median(const std::vector<double>& values, const std::vector<double>& weights) {
  std::vector<std::pair<double, double>> sorted;
  double sum = 0, below = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sorted.emplace_back(values[i], weights[i]);
    sum += weights[i];
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& [value, weight] : sorted) {
    below += weight;
    if (2 * below >= sum) return value;
  }
  return 0;
}

}  // namespace

LocalEmulator::LocalEmulator(MatView<const double> points, MatView<const double> values,
                             const std::vector<double>& weights, const std::vector<double>& least)
    : parameters_(points.cols), size_(values.cols) {
  const double effective = effective_number(weights);
  if (effective < fewest(parameters_)) {
    throw NumericError("LocalEmulator: got " + number_text(effective, 3) + " simulations near by, expected at least " +
                       number_text(fewest(parameters_)));
  }
  quadratic_ = effective >= 2 * static_cast<double>(quadratic_terms(parameters_));
  terms_ = quadratic_ ? quadratic_terms(parameters_) : 1 + parameters_;
  fit(points, values, weights);
  std::vector<double> residual = residuals(points, values);
  fit_slopes(points, residual, weights);
  const std::vector<double> tamed = without_outliers(points, residual, weights, least);
  if (tamed != weights) {
    fit(points, values, tamed);
    residual = residuals(points, values);
    fit_slopes(points, residual, tamed);
  }
  fit_noise(points, std::move(residual), tamed, effective_number(tamed), least);
}

void LocalEmulator::basis(const double* e, double* row) const {
  *row++ = 1;
  for (Index p = 0; p < parameters_; ++p) *row++ = e[p];
  for (Index p = 0; quadratic_ && p < parameters_; ++p) {
    for (Index q = 0; q <= p; ++q) *row++ = e[p] * e[q];
  }
}

void LocalEmulator::fit(MatView<const double> points, MatView<const double> values,
                        const std::vector<double>& weights) {
  LeastSquares squares(terms_, size_);
  std::vector<double> row(static_cast<std::size_t>(terms_));
  double sum = 0;
  for (Index i = 0; i < points.rows; ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    sum += w;
    basis(points.row(i).data, row.data());
    squares.add(row.data(), values.row(i).data, w);
  }
  for (Index t = 0; t < terms_; ++t) squares.diagonal(t) += kRidge * sum;
  if (!squares.solve()) throw NumericError("LocalEmulator: the simulations cannot be regressed");
  normal_ = squares.factor();
  coefficients_ = squares.coefficients();
}

/// [n,D].
std::vector<double> LocalEmulator::residuals(MatView<const double> points, MatView<const double> values) const {
  const auto terms = static_cast<std::size_t>(terms_), size = static_cast<std::size_t>(size_);
  std::vector<double> row(terms), all(values.data, values.data + values.size());
  for (Index i = 0; i < points.rows; ++i) {
    basis(points.row(i).data, row.data());
    double* const residual = all.data() + i * size_;
    for (std::size_t r = 0; r < terms; ++r) {
      for (std::size_t d = 0; d < size; ++d) residual[d] -= row[r] * coefficients_[r * size + d];
    }
  }
  return all;
}

/// Weights that simulations far out, of which the regression knows nothing, do not rule: lowered where an entry is
/// further off than Gaussian noise ever is. As they were where that is the noise itself: many are, or few are left.
std::vector<double> LocalEmulator::without_outliers(MatView<const double> points, const std::vector<double>& residual,
                                                    const std::vector<double>& weights,
                                                    const std::vector<double>& least) const {
  const auto size = static_cast<std::size_t>(size_), count = weights.size();
  std::vector<double> furthest(count, 0.0), away(count);
  for (std::size_t d = 0; d < size; ++d) {
    for (std::size_t i = 0; i < count; ++i) {
      const double scale = std::exp(-half_log_change(points.row(static_cast<Index>(i)).data, static_cast<Index>(d)));
      away[i] = std::abs(residual[i * size + d] * scale);
    }
    const double sd = std::max(weighted_median(away, weights) / kMedianOfNormal, least[d]);
    for (std::size_t i = 0; i < count; ++i) furthest[i] = std::max(furthest[i], away[i] / sd);
  }
  std::vector<double> tamed = weights;
  double all = 0, left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (furthest[i] > kFarOut) tamed[i] *= std::pow(kFarOut / furthest[i], 4);
    all += weights[i];
    left += tamed[i];
  }
  return left < (1 - kMostOutlying) * all || effective_number(tamed) < fewest(parameters_) ? weights : tamed;
}

/// Half of how much larger the logarithm of entry d's variance is at e than at 0.
double LocalEmulator::half_log_change(const double* e, Index d) const {
  double sum = 0;
  for (Index p = 0; p < parameters_; ++p) sum += slopes_[static_cast<std::size_t>(d * parameters_ + p)] * e[p];
  return 0.5 * std::min(std::max(sum, -kLargestChange), kLargestChange);
}

void LocalEmulator::fit_slopes(MatView<const double> points, const std::vector<double>& residual,
                               const std::vector<double>& weights) {
  const auto p_count = static_cast<std::size_t>(parameters_);
  slopes_.assign(static_cast<std::size_t>(size_) * p_count, 0);
  std::vector<double> centre(p_count, 0.0), gram(p_count * p_count, 0.0);
  double sum = 0;
  for (Index i = 0; i < points.rows; ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    sum += w;
    for (std::size_t p = 0; p < p_count; ++p) centre[p] += w * points(i, static_cast<Index>(p));
  }
  for (double& c : centre) c /= sum;
  const auto away = [&](Index i, std::size_t p) { return points(i, static_cast<Index>(p)) - centre[p]; };
  for (Index i = 0; i < points.rows; ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    for (std::size_t p = 0; p < p_count; ++p) {
      for (std::size_t q = 0; q <= p; ++q) gram[p * p_count + q] += w * away(i, p) * away(i, q);
    }
  }
  for (std::size_t p = 0; p < p_count; ++p) gram[p * p_count + p] += kRidge * sum;
  if (!cholesky_in_place(gram, parameters_)) throw NumericError("LocalEmulator: the simulations cannot be regressed");
  const double usual = static_cast<double>(parameters_) + 2 * std::sqrt(2 * static_cast<double>(parameters_));
  for (Index d = 0; d < size_; ++d) {
    double kept = 0;
    double* const slope = slopes_.data() + d * parameters_;
    // Fisher's scoring for the likelihood of Gaussian noise whose variance is exp of something linear.
    for (int step = 0; step < kScoringSteps; ++step) {
      std::vector<double> score(p_count, 0.0);
      double square = 0, fourth = 0;
      const auto scaled = [&](Index i) {
        const double z =
            residual[static_cast<std::size_t>(i * size_ + d)] * std::exp(-half_log_change(points.row(i).data, d));
        return z * z;
      };
      for (Index i = 0; i < points.rows; ++i) square += weights[static_cast<std::size_t>(i)] * scaled(i) / sum;
      if (!(square > 0)) break;  // no noise at all
      for (Index i = 0; i < points.rows; ++i) {
        const double w = weights[static_cast<std::size_t>(i)], y = scaled(i) / square - 1;
        fourth += w * y * y / sum;
        for (std::size_t p = 0; p < p_count; ++p) score[p] += w * away(i, p) * y;
      }
      solve_lower(gram, parameters_, score.data());
      // At first their squares over the scatter are chi-squared of P, or a little less, if the noise is constant.
      double found = 0;
      for (const double value : score) found += value * value / fourth;
      if (step == 0 && !(found > usual)) break;
      if (step == 0) kept = 1 - usual / found;
      solve_lower_transposed(gram, parameters_, score.data());
      for (std::size_t p = 0; p < p_count; ++p) slope[p] += score[p];
    }
    for (std::size_t p = 0; p < p_count; ++p) slope[p] *= kept;
  }
}

/// Weighted by what an entry tells: the tails of one that hardly depends on the parameters matter little, and of many
/// entries there is always one of which they are long.
void LocalEmulator::find_fourth_moment(const std::vector<double>& z, const std::vector<double>& weights, double sum,
                                       const std::vector<double>& least) {
  const auto size = static_cast<std::size_t>(size_), terms = static_cast<std::size_t>(terms_),
             p_count = static_cast<std::size_t>(parameters_);
  double told = 0, logarithms = 0;
  for (std::size_t d = 0; d < size; ++d) {
    const double variance = noise_[d * size + d] / sum;
    if (variance <= least[d] * least[d]) continue;  // no noise to speak of
    double fourth = 0, tells = 0;                   // Fisher's information: of the mean, and of the noise's size
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double square = z[i * size + d] * z[i * size + d] / variance;
      fourth += weights[i] * square * square / sum;
    }
    for (std::size_t r = 1; r < terms; ++r) {
      tells += coefficients_[r * size + d] * coefficients_[r * size + d] / variance;
    }
    for (std::size_t p = 0; p < p_count; ++p) tells += 0.5 * slopes_[d * p_count + p] * slopes_[d * p_count + p];
    told += tells;
    logarithms += tells * std::log(fourth);
  }
  if (told > 0) fourth_moment_ = std::exp(logarithms / told);
}

/// Correlations, of which there are many, are shrunk where simulations are few.
void LocalEmulator::fit_noise(MatView<const double> points, std::vector<double> residual,
                              const std::vector<double>& weights, double effective, const std::vector<double>& least) {
  const auto size = static_cast<std::size_t>(size_);
  noise_.assign(size * size, 0);
  double sum = 0;
  for (Index i = 0; i < points.rows; ++i) {
    const double w = weights[static_cast<std::size_t>(i)];
    double* const z = residual.data() + i * size_;
    sum += w;
    for (Index d = 0; d < size_; ++d) z[d] *= std::exp(-half_log_change(points.row(i).data, d));
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c <= r; ++c) noise_[r * size + c] += w * z[r] * z[c];
    }
  }
  find_fourth_moment(residual, weights, sum, least);
  const double n = static_cast<double>(terms_), lost = effective / std::max(effective - n, 0.5 * effective);
  const double shrink = effective / (effective + static_cast<double>(size_));
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t c = 0; c < r; ++c) noise_[r * size + c] *= shrink * lost / sum;
    noise_[r * size + r] = std::max(noise_[r * size + r] * lost / sum, least[r] * least[r]);
  }
  if (!cholesky_in_place(noise_, size_)) throw NumericError("LocalEmulator: the residuals have no covariance");
  for (std::size_t r = 0; r < size; ++r) log_scale_ += std::log(noise_[r * size + r]);
}

double LocalEmulator::log_likelihood(const double* e, const double* observed) const {
  const auto terms = static_cast<std::size_t>(terms_), size = static_cast<std::size_t>(size_);
  std::vector<double> row(terms), away(observed, observed + size);
  basis(e, row.data());
  for (std::size_t r = 0; r < terms; ++r) {
    for (std::size_t d = 0; d < size; ++d) away[d] -= row[r] * coefficients_[r * size + d];
  }
  double change = 0;
  for (Index d = 0; d < size_; ++d) {
    const double half = half_log_change(e, d);
    away[static_cast<std::size_t>(d)] *= std::exp(-half);
    change += half;
  }
  solve_lower(noise_, size_, away.data());
  double square = 0;
  for (const double z : away) square += z * z;
  solve_lower(normal_, terms_, row.data());
  double leverage = 0;
  for (const double z : row) leverage += z * z;
  return -0.5 * square / (1 + leverage) - log_scale_ - change - 0.5 * static_cast<double>(size_) * std::log1p(leverage);
}

}  // namespace v0
}  // namespace alfi
