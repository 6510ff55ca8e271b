#pragma once
#include "alfi/core/angular_law.hpp"
#include "alfi/simulators/functor.hpp"

/// The angular law of fermion pairs, shared by weinberg and muon_asymmetry: the cosine c of an angle has density
///     max(0, 1 + c^2 + a c) / norm(a)    on -limit < c < limit.
/// For |a| > 2 the polynomial is negative between -limit and its root r (mirrored for a < 0), and the density is 0
/// there.

namespace alfi {
inline namespace v0 {

/// The part of a functor (simulators/functor.hpp) behind prepare().
/// Random: one word an observation (inversion).
struct AngularDraws {
  struct Prepared {
    bool valid;
    AngularLaw law;
  };

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

/// Integral of the density's numerator: norm(a).
double angular_norm(double a, double limit);

/// Sum of log(1 + c^2 + a c) over observations [N,1]; -infinity where one of them is impossible for this a.
double angular_log_sum(double a, Observations observations);

/// Whether all |c| < limit (<= where closed).
bool angular_within(Observations observations, double limit, bool closed);

/// The values of a for which every observation has a positive density, cut to [-largest, largest].
struct AngularRange {
  double low, high;
};
AngularRange angular_range(Observations observations, double largest);

}  // namespace v0
}  // namespace alfi
