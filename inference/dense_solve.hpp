#pragma once
#include <cmath>
#include <vector>

#include "alfi/core/portable.hpp"

/// Cholesky's factor of a symmetric positive matrix of any size and what is solved by it, on the host in doubles.
/// Matrices are row-major [n,n] in flat vectors; of a symmetric one the lower triangle is read.

namespace alfi {
inline namespace v0 {

/// Replaces a by L of a = L L', zero above the diagonal. False, a then unspecified, where a is not positive definite.
inline bool cholesky_in_place(std::vector<double>& a, Index n) {
  const auto at = [&](Index r, Index c) -> double& { return a[static_cast<std::size_t>(r * n + c)]; };
  for (Index c = 0; c < n; ++c) {
    for (Index r = c; r < n; ++r) {
      double sum = at(r, c);
      for (Index k = 0; k < c; ++k) sum -= at(r, k) * at(c, k);
      if (r > c) {
        at(r, c) = sum / at(c, c);
      } else if (std::isfinite(sum) && sum > 0) {
        at(c, c) = std::sqrt(sum);
      } else {
        return false;
      }
    }
    for (Index r = 0; r < c; ++r) at(r, c) = 0;
  }
  return true;
}

/// x = L^-1 x.
inline void solve_lower(const std::vector<double>& l, Index n, double* x) {
  for (Index r = 0; r < n; ++r) {
    for (Index k = 0; k < r; ++k) x[r] -= l[static_cast<std::size_t>(r * n + k)] * x[k];
    x[r] /= l[static_cast<std::size_t>(r * n + r)];
  }
}

/// x = L^-T x.
inline void solve_lower_transposed(const std::vector<double>& l, Index n, double* x) {
  for (Index r = n; r-- > 0;) {
    for (Index k = r + 1; k < n; ++k) x[r] -= l[static_cast<std::size_t>(k * n + r)] * x[k];
    x[r] /= l[static_cast<std::size_t>(r * n + r)];
  }
}

}  // namespace v0
}  // namespace alfi
