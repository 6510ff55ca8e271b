#pragma once
#include "alfi/simulators/angular.hpp"
#include "alfi/simulators/functor.hpp"

/// A toy of the Weinberg-angle measurement: the cosine c of the muon's angle in e+e- -> mu+mu- near the Z boson, with
/// density max(0, 1 + c^2 + a c) / norm(a) on (-1, 1) and a = 2 G tanh(10 (2 E - 90) / 90), E the beam energy,
/// U(40, 50) GeV, and G the Fermi constant, U(0.5, 1.5) of its nominal value. Only a enters: the posterior is a ridge.
/// Source: Louppe, Hermans, Cranmer 2017, "Adversarial variational optimization of non-differentiable simulators".

namespace alfi {
inline namespace v0 {

/// Random: one word an observation (inversion).
/// Fails where theta is not finite or |G| > 500.
struct WeinbergSimulator {
  struct Prepared {
    bool valid;
    AngularLaw law;
  };

  /// a(E, G).
  ALFI_HD static double asymmetry(double energy, double fermi) { return 2 * fermi * std::tanh((2 * energy - 90) / 9); }

  ALFI_HD Prepared prepare(const float* theta) const {
    const double energy = static_cast<double>(theta[0]), fermi = static_cast<double>(theta[1]);
    const bool valid = std::isfinite(energy) && is_within(fermi, 500);
    return {valid, AngularLaw::of(valid ? asymmetry(energy, fermi) : 0.0, 1.0)};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    *x = p.law.quantile(random.uniform_double());
    return Status::ok;
  }

  void many(const Prepared& p, StreamBatch& random, MatView<float> x, std::uint8_t* status) const {
    if (!p.valid) return fail_all(random, status);
    float c[StreamBatch::kSize];
    random.angular(p.law, c);
    for (Index i = 0; i < x.rows; ++i) x(i, 0) = c[i];
  }
};

Simulator make_weinberg();

}  // namespace v0
}  // namespace alfi
