#pragma once
#include <cmath>

#include "alfi/core/random.hpp"

/// Draws of a gamma law, of any positive shape, as logarithms: those of shapes near 0 are smaller than any double.

namespace alfi {
inline namespace v0 {

/// Of rate 1. Shapes from 1e-15 to 1e15. From shape 1 on Marsaglia and Tsang's squeeze around a cubed normal, below
/// that of shape + 1 and a power of a uniform. Exact in distribution but for the resolution of 2^-32 of a uniform:
/// normals beyond 6.7 sds never come. Random: three words for each of some 1.05 attempts (at most), one more below
/// shape 1. Source: Marsaglia and Tsang 2000, "A simple method for generating gamma variables".
struct GammaLaw {
  double shape;           ///< what was asked for
  double d, c, log_base;  ///< of the shape that is drawn: shape - 1/3, 1 / (3 sqrt d), log d

  ALFI_HD static GammaLaw of(double shape) {
    const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
    return {shape, d, 1 / (3 * std::sqrt(d)), std::log(d)};
  }

  ALFI_HD double draw_log(Stream& random) const {
    const double large = log_base + 3 * draw_log_root(random);
    // exp(-exponential) is uniform, its logarithm exact.
    return shape < 1 ? large - random.exponential_double() / shape : large;
  }

 private:
  /// log(1 + c x) of an accepted normal x.
  ALFI_HD double draw_log_root(Stream& random) const {
    for (;;) {
      const double x = random.normal_double(), w = c * x;
      const double u = random.uniform_double();
      if (w <= -1) continue;
      const double log_root = std::log1p(w), square = x * x;
      if (u < 1 - 0.0331 * square * square) return log_root;
      // x^2 / 2 + d (1 - v + log v) with v = (1 + w)^3: what cancels is of the size of w, not of 1.
      if (std::log(u) < 0.5 * square + 3 * d * (log_root - w * (1 + w * (1 + w * (1.0 / 3))))) return log_root;
    }
  }
};

}  // namespace v0
}  // namespace alfi
