#pragma once
#include <vector>

#include "alfi/core/view.hpp"

/// A stand-in for a simulator in a small region of its parameters: entries of a sample as quadratic functions of e and
/// Gaussian noise of one correlation, by weighted least squares over simulations. The logarithms of the noise's
/// variances are linear in e, by maximum likelihood, their slopes shrunk to 0 where they are no larger than what
/// constant noise would seem to have. Its likelihood is a synthetic one.
/// Source: Wood 2010, "Statistical inference for noisy nonlinear ecological dynamic systems", Nature 466.

namespace alfi {
inline namespace v0 {

class LocalEmulator {
 public:
  /// points [n,P], values [n,D] what was simulated there, weights [n] from 0 to 1. least [D]: no entry's noise is taken
  /// smaller. Where weights add up to too few simulations for a quadratic the mean is linear.
  /// Throws NumericError where they are too few for that, too, or what they hold cannot be solved.
  LocalEmulator(MatView<const double> points, MatView<const double> values, const std::vector<double>& weights,
                const std::vector<double>& least);

  /// log density of observed [D] at e [P], how sure the mean is there included: beyond the simulations it flattens.
  double log_likelihood(const double* e, const double* observed) const;

  bool quadratic() const { return quadratic_; }
  /// Of the entries' noise, its fourth moment over its variance's square, 3 for a Gaussian's: the geometric mean,
  /// weighted by what each entry tells of the parameters (Fisher's information).
  double fourth_moment() const { return fourth_moment_; }
  /// The least effective number of simulations (the square of the weights' sum over the sum of their squares) that
  /// a fit of P parameters takes.
  static double fewest(Index parameters) { return static_cast<double>(2 * (parameters + 1) + 2); }

 private:
  void basis(const double* e, double* row) const;
  void fit(MatView<const double> points, MatView<const double> values, const std::vector<double>& weights);
  std::vector<double> residuals(MatView<const double> points, MatView<const double> values) const;
  void fit_slopes(MatView<const double> points, const std::vector<double>& residual,
                  const std::vector<double>& weights);
  std::vector<double> without_outliers(MatView<const double> points, const std::vector<double>& residual,
                                       const std::vector<double>& weights, const std::vector<double>& least) const;
  void fit_noise(MatView<const double> points, std::vector<double> residual, const std::vector<double>& weights,
                 double effective, const std::vector<double>& least);
  void find_fourth_moment(const std::vector<double>& residual, const std::vector<double>& weights, double sum,
                          const std::vector<double>& least);
  double half_log_change(const double* e, Index d) const;

  Index parameters_, size_;
  bool quadratic_;
  Index terms_;                       ///< of the basis
  std::vector<double> normal_;        ///< factor of the weighted normal equations [terms,terms]
  std::vector<double> coefficients_;  ///< [terms,D]
  std::vector<double> slopes_;        ///< of the logarithm of each entry's variance [D,P]
  std::vector<double> noise_;         ///< factor of the noise's covariance at e = 0 [D,D]
  double log_scale_ = 0;              ///< log of that factor's determinant
  double fourth_moment_ = 3;
};

}  // namespace v0
}  // namespace alfi
