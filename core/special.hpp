#pragma once
#include <cmath>
#include <vector>

#include "alfi/core/portable.hpp"

/// Scalar functions of statistics, stable in both tails. All double, pure, re-entrant, all but the quadrature also for
/// the device; finite arguments within the stated domains raise neither FE_INVALID, FE_DIVBYZERO nor FE_OVERFLOW.
/// Relative accuracies were held against 50-digit values (tests/core/special_test.cpp).

namespace alfi {
inline namespace v0 {

constexpr double kLogTwoPi = 1.8378770664093454836;

/// std::min and std::max by value, which the device has too; like those, a where either is NaN.
ALFI_HD constexpr double lesser(double a, double b) { return b < a ? b : a; }
ALFI_HD constexpr double greater(double a, double b) { return a < b ? b : a; }

/// log(1 + exp(x)) without overflow or cancellation.
template <class T>
ALFI_HD inline T softplus(T x) {
  return (x > T(0) ? x : T(0)) + std::log1p(std::exp(-std::fabs(x)));
}

/// log(exp(a) + exp(b)) of finite a, b.
template <class T>
ALFI_HD inline T log_add_exp(T a, T b) {
  return (a > b ? a : b) + std::log1p(std::exp(-std::fabs(a - b)));
}

/// log of the standard normal density.
ALFI_HD inline double normal_log_density(double u) { return -0.5 * u * u - 0.5 * kLogTwoPi; }

/// Phi(u); its lower tail to 1e-15 (1 + u^2), 0 below -38.5.
ALFI_HD inline double normal_cdf(double u);

/// log Phi(u), to 1e-14 relative for u < 37, then to the last bits of Phi(-u). Domain: |u| < 1e150.
ALFI_HD inline double log_normal_cdf(double u);

/// Phi^-1(p) for 0 <= p <= 1, to 1e-15 relative in the lower tail (-infinity at 0, infinity at 1). An upper tail q
/// is accurate as -normal_quantile(q).
/// Source: Wichura 1988, algorithm AS 241, and one step of Halley's method.
ALFI_HD inline double normal_quantile(double p);

/// log Gamma(x), x > 0, to 1e-15 absolute or relative, whichever is more. Unlike std::lgamma it writes no global.
ALFI_HD inline double log_gamma(double x);

/// log F and log(1 - F) of a distribution function at one point: neither tail is lost.
struct LogTails {
  double lower = 0;
  double upper = 0;
};

ALFI_HD inline LogTails normal_log_tails(double u);

/// u with these tails, from the smaller one; -infinity or infinity where that one is log 0.
ALFI_HD inline double normal_from_tails(const LogTails& tails);

/// log P(shape, x) and log Q(shape, x) (regularized incomplete gamma) at x = exp(log_x); relative accuracy of P and
/// of Q 1e-12 for 1e-2 <= shape <= 1e4. Source: series and continued fraction, Press et al. 2007, section 6.2, with
/// the prefactor in Loader's saddle-point form (2000).
ALFI_HD inline LogTails gamma_log_tails(double shape, double log_x);
/// log x with P(shape, x) = Phi(u).
ALFI_HD inline double gamma_log_quantile(double shape, double u);

/// log I_x(a, b) and log I_{1-x}(b, a) (regularized incomplete beta) at x = 1 / (1 + exp(-logit)); relative accuracy
/// 1e-12 for 1e-2 <= a, b <= 1e3. Source: continued fraction, Press et al. 2007, section 6.4.
ALFI_HD inline LogTails beta_log_tails(double a, double b, double logit);
/// logit x with I_x(a, b) = Phi(u).
ALFI_HD inline double beta_logit_quantile(double a, double b, double u);
/// log B(a, b).
ALFI_HD inline double log_beta(double a, double b);

/// Nodes and weights with sum w_i f(x_i) = E f(Z), Z standard normal, exact for polynomials of degree 2 n - 1.
struct NormalQuadrature {
  std::vector<double> nodes, weights;
};

/// Gauss-Hermite of order n, 1 <= n <= 256 (InputError), nodes ascending, to 1e-13.
NormalQuadrature gauss_hermite(Index n);

}  // namespace v0
}  // namespace alfi

#include "alfi/core/special_normal.hpp"
#include "alfi/core/special_tails.hpp"
