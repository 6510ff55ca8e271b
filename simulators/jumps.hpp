#pragma once
#include <cmath>

#include "alfi/core/poisson_law.hpp"
#include "alfi/simulators/even_times.hpp"

/// Markov jump processes: counts of a few species that change by reactions, each with a rate that depends on the
/// counts, for simulators on a CPU and on a GPU. A model is a struct with
///     static constexpr int kSpecies, kReactions;
///     ALFI_HD void rates(const double* count, double* rate) const;      finite, >= 0; 0 where a reactant is missing
///     ALFI_HD static int change(int reaction, int species);             what one event does
/// PredatorPrey (simulators/predator_prey_jumps.hpp) is an example. Time does not enter the rates.

namespace alfi {
inline namespace v0 {

struct JumpReport {
  bool ended = true;  ///< false: past the most events
  std::int64_t events = 0;
};

/// The process itself, from `count` [kSpecies] at time t: record(i, count) for each of `times` in order, with what
/// happened until then; past most_events events it gives up.
/// Random: two words an event: the wait, of which reaction (one rarer than 2^-32 of all may never come).
/// Source: Gillespie 1977, "Exact stochastic simulation of coupled chemical reactions", the direct method.
template <class Model, class Times, class Record>
ALFI_HD JumpReport run_jumps(const Model& model, double t, const double* count, const Times& times,
                             std::int64_t most_events, Stream& random, const Record& record) {
  double state[Model::kSpecies], rate[Model::kReactions];
  for (int s = 0; s < Model::kSpecies; ++s) state[s] = count[s];
  JumpReport report;
  Index i = 0;
  for (; i < times.count && times(i) <= t; ++i) record(i, state);
  while (i < times.count) {
    model.rates(state, rate);
    double total = 0;
    for (int r = 0; r < Model::kReactions; ++r) total += rate[r];
    const double wait = random.exponential_double();  // over total
    for (; i < times.count && (times(i) - t) * total < wait; ++i) record(i, state);
    if (i == times.count) break;
    if (++report.events > most_events) return {false, report.events};
    t += wait / total;
    double left = random.uniform_double() * total;
    int chosen = 0;
    for (int r = 0; r < Model::kReactions; ++r) {
      if (rate[r] == 0) continue;
      chosen = r;
      if (left < rate[r]) break;
      left -= rate[r];
    }
    for (int s = 0; s < Model::kSpecies; ++s) state[s] += Model::change(chosen, s);
  }
  return report;
}

/// The same in leaps of at most tau within which rates stay what they were at its start: Poisson many events of each
/// reaction, in their order at most as many as there is of what they consume. Its error is of the order of tau.
/// Random: those of core/poisson_law.hpp for each leap and reaction of positive rate.
/// Source: Gillespie 2001, "Approximate accelerated stochastic simulation of chemically reacting systems".
template <class Model, class Times, class Record>
ALFI_HD JumpReport run_leaps(const Model& model, double tau, double t, const double* count, const Times& times,
                             std::int64_t most_events, Stream& random, const Record& record) {
  double state[Model::kSpecies], rate[Model::kReactions];
  for (int s = 0; s < Model::kSpecies; ++s) state[s] = count[s];
  JumpReport report;
  for (Index i = 0; i < times.count; ++i) {
    const double span = times(i) - t;
    // Half a thousandth of a leap less: 0.2 is two leaps of 0.1 whatever the last bits.
    const double leaps = span > 0 ? std::ceil(span / tau - 5e-4) : 0;
    for (double leap = 0; leap < leaps; leap += 1) {
      model.rates(state, rate);
      for (int r = 0; r < Model::kReactions; ++r) {
        const double mean = rate[r] * (span / leaps);
        if (mean > static_cast<double>(most_events)) return {false, report.events};
        double events = mean > 0 ? PoissonLaw::of(std::log(mean)).draw(random) : 0;
        for (int s = 0; s < Model::kSpecies; ++s) {
          const int change = Model::change(r, s);
          if (change < 0 && events * -change > state[s]) events = std::floor(state[s] / -change);
        }
        for (int s = 0; s < Model::kSpecies; ++s) state[s] += events * Model::change(r, s);
        report.events += static_cast<std::int64_t>(events);
        if (report.events > most_events) return {false, report.events};
      }
    }
    if (span > 0) t = times(i);
    record(i, state);
  }
  return report;
}

}  // namespace v0
}  // namespace alfi
