#pragma once
#include "alfi/core/counter.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/view.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/simulators/coordinates.hpp"
#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/simulator.hpp"

/// How a shard's problems are drawn, observed and checked, an item at a time, on either backend. Everything that these
/// point to is in the context's memory. B problems, N = n_max, D observation size, P parameters.

namespace alfi {
inline namespace v0 {

/// Simulator calls since a shard was made, and those of them that failed.
struct Tally {
  std::int64_t samples = 0, failed = 0;  ///< asked for, and those of them that are not there
  std::int64_t retried = 0;              ///< failures that were made again

  ALFI_HD std::int64_t calls() const { return samples + retried; }
  ALFI_HD std::int64_t failures() const { return failed + retried; }
};

/// What of a problem's proposals could be simulated.
struct Simulated {
  std::int32_t proposals;  ///< with at least one observation,
  std::int32_t calls;      ///< which have so many in all
};

/// The streams of one meta-step.
struct StepKeys {
  Key prior, counts, observed;  ///< of the problems
  Key pick;                     ///< which problem of a fixed meta-dataset
  Key start, noise, simulated;  ///< of the machine's own draws
};

/// The keys of a step (one item).
struct MakeStepKeys {
  static constexpr const char* kName = "step_keys";
  std::uint64_t seed, problem_seed;  ///< problem_seed: the meta-dataset's own where it is fixed, else seed
  bool fixed;                        ///< the problems of every step are those of step 0
  std::uint64_t step;
  const std::int64_t* step_place;  ///< where given, the step is read there
  StepKeys* keys;

  ALFI_HD void operator()(Index) const {
    const std::uint64_t now = step_place != nullptr ? static_cast<std::uint64_t>(*step_place) : step;
    const std::uint64_t problem_step = fixed ? 0 : now;
    keys->prior = step_key(problem_seed, Purpose::prior, problem_step);
    keys->counts = step_key(problem_seed, Purpose::counts, problem_step);
    keys->observed = step_key(problem_seed, Purpose::observed, problem_step);
    keys->pick = step_key(seed, Purpose::dataset, now);
    keys->start = step_key(seed, Purpose::start, now);
    keys->noise = step_key(seed, Purpose::noise, now);
    keys->simulated = step_key(seed, Purpose::simulated, now);
  }
};

/// Problem b: its name, the normal coordinates of its true parameters, and its number of observations.
struct DrawProblem {
  static constexpr const char* kName = "draw_problems";
  const StepKeys* keys;
  Index parameters;
  std::uint32_t first_problem;
  Index dataset;                               ///< problems of a fixed meta-dataset; 0: fresh ones
  Index observed, observed_min, observed_max;  ///< observed > 0: so many, else log-uniform
  std::uint32_t* names;                        ///< [B]
  double* normal;                              ///< [B,P]
  std::int32_t* counts;                        ///< [B]
  Tally* tally;

  ALFI_HD void operator()(Index b) const {
    std::uint32_t name = first_problem + static_cast<std::uint32_t>(b);
    if (dataset > 0) {
      Stream random(keys->pick, {name, 0, 0, 0});
      const Index picked = static_cast<Index>(random.uniform_double() * static_cast<double>(dataset));
      name = static_cast<std::uint32_t>(picked < dataset ? picked : dataset - 1);
    }
    names[b] = name;
    Stream prior_draws(keys->prior, {name, 0, 0, 0});
    for (Index p = 0; p < parameters; ++p) normal[b * parameters + p] = draw_coordinate(prior_draws);
    Stream count_draws(keys->counts, {name, 0, 0, 0});
    const Index n = observed > 0 ? observed : log_uniform(observed_min, observed_max, count_draws.uniform_double());
    counts[b] = static_cast<std::int32_t>(n);
    add_count(&tally->samples, n);
  }
};

/// Entry (row, p): theta at a coordinate. It holds the maps of the priors, which are long.
struct ThetaEntry {
  static constexpr const char* kName = "theta_of_coordinates";
  const PreparedPrior* priors = nullptr;  ///< [P]
  Index parameters = 0;
  bool normal = true;                 ///< coordinates are normal, else z-scored by the prior
  double furthest = 1e300;            ///< normal coordinates are cut to +- this
  const float* coordinate = nullptr;  ///< [R,P] in one of the two types, the other null
  const double* coordinate_double = nullptr;
  double* theta = nullptr;  ///< [R,P]

  ALFI_HD void operator()(Index i) const {
    const PreparedPrior& p = priors[i % parameters];
    const double v = coordinate != nullptr ? static_cast<double>(coordinate[i]) : coordinate_double[i];
    theta[i] = normal ? p.prior.theta(lesser(greater(v, -furthest), furthest)) : p.mean + p.sd * v;
  }
};

/// Entry (b, p) of the true parameters: theta as the simulator gets it, the truth, and the target of the machine.
template <class Real>
struct TargetEntry {
  static constexpr const char* kName = "targets";
  const PreparedPrior* priors;
  Index parameters;
  bool normal;
  const double *drawn, *value;  ///< [B,P] normal coordinates, and theta there
  float* theta;
  double* truth;
  Real* target;

  ALFI_HD void operator()(Index i) const {
    const PreparedPrior& prior = priors[i % parameters];
    // The observations know theta as a float: the truth is that float.
    theta[i] = static_cast<float>(value[i]);
    truth[i] = static_cast<double>(theta[i]);
    target[i] = static_cast<Real>(normal ? drawn[i] : (value[i] - prior.mean) / prior.sd);
  }
};

/// Row r of a rectangle [blocks * block, D]: what is not finite has failed, and failures are counted.
struct CheckRow {
  static constexpr const char* kName = "check_observations";
  const float* x;
  Index size;
  std::uint8_t* status;
  Index block;
  const std::int32_t* counts;  ///< [blocks] rows that exist, or null: all
  std::int32_t* valid;         ///< [blocks] is lowered by one for each failure; or null
  Tally* tally;

  ALFI_HD void operator()(Index r) const {
    if (counts != nullptr && r % block >= counts[r / block]) return;
    if (status[r] == 0 && !all_finite(x + r * size, size)) status[r] = static_cast<std::uint8_t>(Status::failed);
    if (status[r] == 0) return;
    add_count(&tally->failed, 1);
    if (valid != nullptr) add_count(&valid[r / block], -1);
  }
};

/// Set s of a fused simulation: how many of its observations failed.
struct CountFailed {
  static constexpr const char* kName = "count_failed";
  const std::int32_t* valid;  ///< [sets]
  Index observations;
  Tally* tally;

  ALFI_HD void operator()(Index s) const {
    if (valid[s] < observations) add_count(&tally->failed, observations - valid[s]);
  }
};

/// What a set's features are relative to, and what is told of it beside them.
template <class Real>
struct DescribeProblem {
  static constexpr const char* kName = "describe_problems";
  bool relative;                  ///< else everything is on the prior predictive's scale
  const double *mean, *sd;        ///< [D] of the prior predictive
  const double *median, *spread;  ///< [2D] of problems' locations and log scales
  const std::int32_t* valid;      ///< [B]
  Index size;
  Real *location, *scale;  ///< [B,D]: read, or written where not relative
  MatView<Real> absolute;  ///< [B,2D+2], perhaps wider, where relative

  ALFI_HD void operator()(Index b) const {
    Real *place = location + b * size, *width = scale + b * size, *told = absolute.data + b * absolute.cols;
    for (Index d = 0; d < size; ++d) {
      if (relative) {
        told[d] = seen(static_cast<double>(place[d]), d);
        told[size + d] = seen(std::log(static_cast<double>(width[d])), size + d);
      } else {
        place[d] = static_cast<Real>(mean[d]);
        width[d] = static_cast<Real>(sd[d]);
      }
    }
    if (!relative) return;
    const double count = valid[b] > 1 ? static_cast<double>(valid[b]) : 1.0;
    told[2 * size] = static_cast<Real>(std::log(count) / 6);
    told[2 * size + 1] = static_cast<Real>(1 / std::sqrt(count));
  }
  ALFI_HD Real seen(double raw, Index entry) const {
    return static_cast<Real>(std::asinh((raw - median[entry]) / spread[entry]));
  }
};

}  // namespace v0
}  // namespace alfi
