#pragma once
#include "alfi/simulators/angular.hpp"

/// The forward-backward asymmetry of e+e- -> mu+mu-: the cosine c of the angle between beam and negative muon has a
/// density proportional to 3/8 (1 + c^2) + A c on |c| < 0.9, A ~ U(-0.7, 0.7). Its integral, 0.85725, is free of A.
/// data/l3_muon_pairs.csv holds real ones.

namespace alfi {
inline namespace v0 {

/// Fails unless the density is positive on all of its range, that is where A is not finite or |A| >= 3/8 (1/0.9 + 0.9).
struct MuonAsymmetrySimulator : AngularDraws {
  static constexpr double kLimit = 0.9;

  /// The slope a of 1 + c^2 + a c.
  ALFI_HD static double slope(double asymmetry) { return 8 * asymmetry / 3; }

  /// Whether 1 + c^2 + a c is positive up to the limit.
  ALFI_HD static bool positive(double a) { return std::isfinite(a) && std::fabs(a) < 1 / kLimit + kLimit; }

  ALFI_HD Prepared prepare(const float* theta) const {
    const double a = slope(static_cast<double>(theta[0]));
    const bool valid = positive(a);
    return {valid, AngularLaw::of(valid ? a : 0.0, kLimit)};
  }
};

Simulator make_muon_asymmetry();

}  // namespace v0
}  // namespace alfi
