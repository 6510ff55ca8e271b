#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/jumps.hpp"

/// Predators x and prey y as a Markov jump process, from 50 predators and 100 prey at time 0:
///     x + 1 at rate exp(theta_0) x y     x - 1 at rate exp(theta_1) x
///     y + 1 at rate exp(theta_2) y       y - 1 at rate exp(theta_3) x y          theta_i ~ U(-5, 2)
/// recorded at 0, 0.2, ..., 30 (151 times, the start among them). A run of more than 10^4 events is too_long.
/// Source: Papamakarios and Murray 2016, "Fast epsilon-free inference of simulation models with Bayesian conditional
/// density estimation".

namespace alfi {
inline namespace v0 {

struct PredatorPrey {
  static constexpr int kSpecies = 2, kReactions = 4;
  double rate[kReactions];

  ALFI_HD void rates(const double* count, double* result) const {
    const double meetings = count[0] * count[1];
    result[0] = rate[0] * meetings;
    result[1] = rate[1] * count[0];
    result[2] = rate[2] * count[1];
    result[3] = rate[3] * meetings;
  }
  ALFI_HD static int change(int reaction, int species) {
    if (species != reaction / 2) return 0;
    return reaction % 2 == 0 ? 1 : -1;
  }
};

/// A sample: 151 rows of predators, prey.
/// Random: those of simulators/jumps.hpp.
/// Fails where a log rate is not finite or above 50 in size.
struct PredatorPreyJumpsSimulator {
  static constexpr int kTimes = 151;
  static constexpr double kSpacing = 0.2, kPredators = 50, kPrey = 100, kLargestLogRate = 50;
  static constexpr double kLeastLeap = 0.001;
  static constexpr std::int64_t kMostEvents = 10000;

  double tau = 0;  ///< longest leap, from kLeastLeap on; 0: every event

  struct Prepared {
    bool valid;
    PredatorPrey model;
  };

  ALFI_HD Prepared prepare(const float* theta) const {
    Prepared p{true, {}};
    for (int r = 0; r < PredatorPrey::kReactions; ++r) {
      const double log_rate = static_cast<double>(theta[r]);
      const bool valid = is_within(log_rate, kLargestLogRate);
      p.model.rate[r] = valid ? std::exp(log_rate) : 0;
      p.valid = p.valid && valid;
    }
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    const double start[PredatorPrey::kSpecies] = {kPredators, kPrey};
    const EvenTimes<double> times{0, kSpacing, kTimes};
    const auto record = [x](Index i, const double* count) {
      for (int s = 0; s < PredatorPrey::kSpecies; ++s) {
        x[i * PredatorPrey::kSpecies + s] = static_cast<float>(count[s]);
      }
    };
    const JumpReport report = tau > 0 ? run_leaps(p.model, tau, 0.0, start, times, kMostEvents, random, record)
                                      : run_jumps(p.model, 0.0, start, times, kMostEvents, random, record);
    return report.ended ? Status::ok : Status::too_long;
  }
};

/// Throws InputError unless tau is 0 or from kLeastLeap to kSpacing.
Simulator make_predator_prey_jumps(double tau = 0);

}  // namespace v0
}  // namespace alfi
