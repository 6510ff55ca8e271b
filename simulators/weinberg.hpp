#pragma once
#include "alfi/simulators/angular.hpp"

/// A toy of the Weinberg-angle measurement: the cosine c of the muon's angle in e+e- -> mu+mu- near the Z boson, with
/// density max(0, 1 + c^2 + a c) / norm(a) on (-1, 1) and a = 2 G tanh(10 (2 E - 90) / 90), E the beam energy,
/// U(40, 50) GeV, and G the Fermi constant, U(0.5, 1.5) of its nominal value. Only a enters: the posterior is a ridge.
/// Source: Louppe, Hermans, Cranmer 2017, "Adversarial variational optimization of non-differentiable simulators".

namespace alfi {
inline namespace v0 {

/// Fails where theta is not finite or |G| > 500.
struct WeinbergSimulator : AngularDraws {
  /// a(E, G).
  ALFI_HD static double asymmetry(double energy, double fermi) { return 2 * fermi * std::tanh((2 * energy - 90) / 9); }

  ALFI_HD Prepared prepare(const float* theta) const {
    const double energy = static_cast<double>(theta[0]), fermi = static_cast<double>(theta[1]);
    const bool valid = std::isfinite(energy) && is_within(fermi, 500);
    return {valid, AngularLaw::of(valid ? asymmetry(energy, fermi) : 0.0, 1.0)};
  }
};

Simulator make_weinberg();

}  // namespace v0
}  // namespace alfi
