#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

/// Solutions of equations whose Taylor coefficients follow from each other, in long double: references that share
/// nothing with the library's solvers.

namespace alfi_test {

/// Lotka and Volterra's equations by theta = alpha, beta, gamma, delta, -, -, u0, v0: record(i, u, v) at i = 0 .. last.
/// With u = sum u_n t^n: (n + 1) u_{n+1} = alpha u_n - beta sum_k u_k v_{n-k}, likewise v. A step is so short that the
/// last of 24 terms is 1e-20 of the first; errors of some thousand steps are 1e-16.
template <class Record>
void taylor_lotka_volterra(const std::vector<double>& theta, int last, const Record& record) {
  constexpr int kTerms = 24;
  using Real = long double;
  const Real alpha = theta[0], beta = theta[1], gamma = theta[2], delta = theta[3];
  Real u[kTerms] = {theta[6]}, v[kTerms] = {theta[7]}, t = 0;
  record(0, u[0], v[0]);
  for (int i = 1; i <= last;) {
    for (int n = 0; n + 1 < kTerms; ++n) {
      Real product = 0;
      for (int k = 0; k <= n; ++k) product += u[k] * v[n - k];
      u[n + 1] = (alpha * u[n] - beta * product) / static_cast<Real>(n + 1);
      v[n + 1] = (delta * product - gamma * v[n]) / static_cast<Real>(n + 1);
    }
    const auto shrinks = [](const Real* x) {  // h with |last| h^(kTerms - 1) = 1e-20 |first|
      return std::pow(1e-20L * x[0] / std::max(std::fabs(x[kTerms - 1]), 1e-300L), 1.0L / (kTerms - 1));
    };
    Real h = std::min(shrinks(u), shrinks(v));
    const bool lands = t + h >= static_cast<Real>(i);
    if (lands) h = static_cast<Real>(i) - t;
    Real next_u = 0, next_v = 0;
    for (int n = kTerms; n-- > 0;) next_u = next_u * h + u[n], next_v = next_v * h + v[n];
    u[0] = next_u, v[0] = next_v;
    t = lands ? static_cast<Real>(i) : t + h;
    if (lands) record(i++, u[0], v[0]);
  }
}

}  // namespace alfi_test
