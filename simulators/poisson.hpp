#pragma once
#include <cmath>

#include "alfi/core/poisson_law.hpp"
#include "alfi/simulators/functor.hpp"

/// Counts of a Poisson process: x ~ Poisson(exp theta), theta = log rate ~ U(0.2, 7).

namespace alfi {
inline namespace v0 {

/// One count.
/// Random: one word below a rate of 10, above it four for each of some 1.2 attempts (core/poisson_law.hpp).
/// Fails where theta is not finite or the rate is above 1e7, since a float holds whole numbers up to 2^24 only.
struct PoissonSimulator {
  static constexpr double kLargestLogRate = 16.118095650958319;  ///< log 1e7
  static constexpr int kNumbers = 1;

  struct Prepared {
    bool valid;
    PoissonLaw law;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    const double log_rate = static_cast<double>(theta[0]);
    const bool valid = std::isfinite(log_rate) && log_rate <= kLargestLogRate;
    return {valid, PoissonLaw::of(valid ? log_rate : 0.0)};
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    *x = static_cast<float>(p.law.draw(random));
    return Status::ok;
  }

  ALFI_HD bool turn(const Prepared& p, Stream& random, std::uint32_t number, float* x, Status* status) const {
    *status = p.valid ? Status::ok : Status::failed;
    if (!p.valid) return true;
    double count = 0;
    const bool made = p.law.turn(random, number, &count);
    *x = static_cast<float>(count);
    return made;
  }

  void many(const Prepared& p, StreamBatch& random, MatView<float> x, std::uint8_t* status) const {
    if (!p.valid) return fail_all(random, status);
    float counts[StreamBatch::kSize];
    random.poisson(p.law, counts);
    for (Index i = 0; i < x.rows; ++i) x(i, 0) = counts[i];
  }
};

Simulator make_poisson();

}  // namespace v0
}  // namespace alfi
