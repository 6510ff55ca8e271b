#include "alfi/simulators/regression_evidence.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/special.hpp"
#include "alfi/simulators/quadrature.hpp"

namespace alfi {
inline namespace v0 {
namespace {

using Vector = std::vector<double>;

const double kLogPi = std::log(std::acos(-1.0));

/// A = L L', in place (lower triangle). A is positive definite.
void cholesky(Vector& a, Index n) {
  for (Index j = 0; j < n; ++j) {
    for (Index i = j; i < n; ++i) {
      double sum = a[i * n + j];
      for (Index k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
}

/// x = (L L')^-1 x.
void solve(const Vector& l, Index n, double* x) {
  for (Index i = 0; i < n; ++i) {
    for (Index k = 0; k < i; ++k) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (Index i = n; i-- > 0;) {
    for (Index k = i + 1; k < n; ++k) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
}

/// A standard normal cut to [low, high] at its distribution function u; *log_mass gains log(Phi(high) - Phi(low)).
double cut_normal(double low, double high, double u, double* log_mass) {
  if (low > 0) return -cut_normal(-high, -low, 1 - u, log_mass);
  if (low < -9 && high > 9) return normal_quantile(u);  // the missing mass is below 1e-18
  if (high < -35) {                                     // phi falls like exp(-|high| x) there, to one part in high^2
    *log_mass += log_normal_interval(low, high);
    return std::max(low, high + std::log(u) / -high);
  }
  const double below = normal_cdf(low), mass = normal_cdf(high) - below;
  if (!(mass > 0)) {
    *log_mass += log_normal_interval(low, high);
    return low + u * (high - low);
  }
  *log_mass += std::log(mass);
  return std::min(high, std::max(low, normal_quantile(below + u * mass)));
}

/// Points of Richtmyer's sequence i sqrt(prime), folded so that the integrand becomes periodic.
class FoldedSequence {
 public:
  explicit FoldedSequence(Index dimensions) {
    for (int candidate = 2; static_cast<Index>(roots_.size()) < dimensions; ++candidate) {
      bool prime = true;
      for (int d = 2; d * d <= candidate; ++d) prime = prime && candidate % d != 0;
      if (prime) roots_.push_back(std::sqrt(static_cast<double>(candidate)));
    }
  }
  double at(int point, Index dimension) const {
    const double x = (point + 0.5) * roots_[static_cast<std::size_t>(dimension)];
    return std::min(1 - 1e-12, std::max(1e-12, std::abs(2 * (x - std::floor(x)) - 1)));
  }

 private:
  Vector roots_;
};

/// Slopes near the posterior's mode: the Gaussian that osculates each half-Cauchy is moved there a few times.
Vector slope_scales(const RegressionLikelihood& l) {
  const Index n = l.size;
  Vector mode(static_cast<std::size_t>(n), 0.0);
  for (int pass = 0; pass < 20; ++pass) {
    Vector a = l.precision, x = l.gradient;
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) x[i] += l.precision[i * n + j] * l.reference[j];
      if (i < n - 1) a[i * n + i] += 2 / (1 + mode[i] * mode[i]);
    }
    cholesky(a, n);
    solve(a, n, x.data());
    for (Index i = 0; i < n; ++i) mode[i] = std::max(0.0, x[i]);
  }
  return mode;
}

/// One point of the evidence: the scales t are drawn from exponentials of rate (1 + mode^2) / 2, which leaves the
/// weight exp(-t (slope^2 - mode^2) / 2) / (pi rate); then the cut Gaussian, offset first.
class EvidencePoint {
 public:
  EvidencePoint(const RegressionLikelihood& likelihood, double bound)
      : l_(likelihood), n_(likelihood.size), bound_(bound), mode_(slope_scales(likelihood)) {}

  double log_value(const FoldedSequence& sequence, int point) {
    double value = l_.constant;
    factor_ = l_.precision;
    centre_ = l_.gradient;  // of the right-hand side about the reference: gradient - t * reference
    for (Index i = 0; i + 1 < n_; ++i) {
      const double rate = 0.5 * (1 + mode_[i] * mode_[i]);
      const double t = -std::log(sequence.at(point, i)) / rate;
      factor_[i * n_ + i] += t;
      centre_[i] -= t * l_.reference[i];
      value += 0.5 * t * (mode_[i] * mode_[i] - l_.reference[i] * l_.reference[i]) - kLogPi - std::log(rate);
    }
    const Vector right = centre_;
    cholesky(factor_, n_);
    solve(factor_, n_, centre_.data());
    for (Index i = 0; i < n_; ++i) value += 0.5 * right[i] * centre_[i] - std::log(factor_[i * n_ + i]);
    return value + 0.5 * static_cast<double>(n_) * kLogTwoPi + log_box_mass(sequence, point);
  }

 private:
  /// log of the probability of the box under the Gaussian, an estimate from one point: coordinates are cut and drawn in
  /// turn, the last first, since L' is upper triangular.
  double log_box_mass(const FoldedSequence& sequence, int point) {
    double log_mass = 0;
    step_.assign(static_cast<std::size_t>(n_), 0.0);  // w - reference - centre
    for (Index i = n_; i-- > 0;) {
      double shift = 0;
      for (Index j = i + 1; j < n_; ++j) shift += factor_[j * n_ + i] * step_[j];
      const double scale = factor_[i * n_ + i], middle = l_.reference[i] + centre_[i];
      const bool offset = i == n_ - 1;
      const double low = offset ? -bound_ : 0.0, high = offset ? bound_ : 1e30;
      const double u = i > 0 ? sequence.at(point, n_ - 2 + i) : 0.5;
      const double y = cut_normal(scale * (low - middle) + shift, scale * (high - middle) + shift, u, &log_mass);
      step_[i] = (y - shift) / scale;
    }
    return log_mass;
  }

  const RegressionLikelihood& l_;
  Index n_;
  double bound_;
  Vector mode_, factor_, centre_, step_;
};

}  // namespace

RegressionLikelihood::RegressionLikelihood(MatView<const float> rows, double noise)
    : size(rows.cols - 1), count(static_cast<double>(rows.rows)) {
  const auto n = static_cast<std::size_t>(size);
  reference.assign(n, 0.0);
  precision.assign(n * n, 0.0);
  const double weight = 1 / (noise * noise);
  for (Index r = 0; r < rows.rows; ++r) {
    for (Index i = 0; i < size; ++i) {
      for (Index j = 0; j < size; ++j) {
        precision[i * size + j] += weight * static_cast<double>(rows(r, i)) * static_cast<double>(rows(r, j));
      }
    }
  }
  // Least squares with a ridge so light that it matters only where the data leave a direction open; once more from
  // there, since the first residuals may have lost digits.
  Vector factor = precision;
  for (Index i = 0; i < size; ++i) factor[i * size + i] += 1e-6 * weight;
  cholesky(factor, size);
  for (int pass = 0; pass < 3; ++pass) {
    gradient.assign(n, 0.0);
    double squares = 0;
    for (Index r = 0; r < rows.rows; ++r) {
      double residual = static_cast<double>(rows(r, size));
      for (Index i = 0; i < size; ++i) residual -= static_cast<double>(rows(r, i)) * reference[i];
      squares += residual * residual;
      for (Index i = 0; i < size; ++i) gradient[i] += weight * static_cast<double>(rows(r, i)) * residual;
    }
    constant = -0.5 * weight * squares - count * (std::log(noise) + 0.5 * kLogTwoPi);
    if (pass == 2) break;
    Vector step = gradient;
    solve(factor, size, step.data());
    for (Index i = 0; i < size; ++i) reference[i] += step[i];
  }
}

double RegressionLikelihood::log_density(const double* w) const {
  double value = constant;
  for (Index i = 0; i < size; ++i) {
    double slope = gradient[i];
    for (Index j = 0; j < size; ++j) slope -= 0.5 * precision[i * size + j] * (w[j] - reference[j]);
    value += slope * (w[i] - reference[i]);
  }
  return value;
}

std::vector<double> RegressionLikelihood::constrained_maximum(double offset_bound) const {
  Vector w = reference;
  const auto bounded = [&](Index i, double x) {
    return i + 1 < size ? std::max(0.0, x) : std::min(offset_bound, std::max(-offset_bound, x));
  };
  for (Index i = 0; i < size; ++i) w[i] = bounded(i, w[i]);
  for (int sweep = 0; sweep < 100000; ++sweep) {
    double moved = 0;
    for (Index i = 0; i < size; ++i) {
      const double curvature = precision[i * size + i];
      if (!(curvature > 0)) continue;
      double slope = gradient[i];
      for (Index j = 0; j < size; ++j) slope -= precision[i * size + j] * (w[j] - reference[j]);
      const double next = bounded(i, w[i] + slope / curvature);
      moved = std::max(moved, std::abs(next - w[i]) / (1 + std::abs(next)));
      w[i] = next;
    }
    if (moved < 1e-14) break;
  }
  return w;
}

double regression_log_evidence(const RegressionLikelihood& likelihood, double offset_bound, int points) {
  const FoldedSequence sequence(2 * likelihood.size - 2);
  EvidencePoint evidence(likelihood, offset_bound);
  Vector values(static_cast<std::size_t>(points));
  for (int i = 0; i < points; ++i) values[static_cast<std::size_t>(i)] = evidence.log_value(sequence, i);
  const double top = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += std::exp(value - top);
  return top + std::log(sum / points) - std::log(2 * offset_bound);
}

}  // namespace v0
}  // namespace alfi
