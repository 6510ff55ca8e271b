#pragma once
#include "alfi/inference/rows/problems.hpp"

/// What happens to a shard's proposals between the machine and the simulator, an item at a time, on either backend.
/// K = thetas proposals a problem; rows are proposals [B*K].

namespace alfi {
inline namespace v0 {

/// Row of one iteration after the other, each of problems * thetas: eps, P normals.
template <class Real>
struct DrawNoise {
  static constexpr const char* kName = "draw_noise";
  const StepKeys* keys;
  std::uint32_t first_problem, first_iteration;
  Index problems, thetas, parameters;
  Real* noise;  ///< [..,B*K,P]

  ALFI_HD void operator()(Index row) const {
    const Index b = row / thetas % problems, later = row / (thetas * problems);
    Stream random(keys->noise,
                  {first_problem + static_cast<std::uint32_t>(b), first_iteration + static_cast<std::uint32_t>(later),
                   static_cast<std::uint32_t>(row % thetas), 0});
    for (Index p = 0; p < parameters; ++p) noise[row * parameters + p] = static_cast<Real>(random.normal());
  }
};

/// Problem b: where psi_0 is drawn from the prior, its normal coordinates.
struct DrawStart {
  static constexpr const char* kName = "draw_start";
  const StepKeys* keys;
  Index parameters;
  std::uint32_t first_problem;
  double* normal;  ///< [B,P]

  ALFI_HD void operator()(Index b) const {
    Stream random(keys->start, {first_problem + static_cast<std::uint32_t>(b), 0, 0, 0});
    for (Index p = 0; p < parameters; ++p) normal[b * parameters + p] = random.normal_double();
  }
};

/// Entry (b, p) of a drawn psi_0: its mean, and log_sd on the diagonal of its spread.
template <class Real>
struct StartEntry {
  static constexpr const char* kName = "start_at_draws";
  const PreparedPrior* priors;
  Index parameters, spread_size;  ///< spread_size: P log sds, or a triangle
  bool normal;
  double log_sd;
  const double *drawn, *value;  ///< [B,P] normal coordinates, and theta there
  Real *mean, *spread;          ///< [B,P], [B,spread_size]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / parameters, p = i % parameters;
    mean[i] = static_cast<Real>(normal ? drawn[i] : (value[i] - priors[p].mean) / priors[p].sd);
    spread[b * spread_size + (spread_size == parameters ? p : p * (p + 3) / 2)] = static_cast<Real>(log_sd);
  }
};

/// Entry (row, p): theta as the simulator gets it, never outside the prior's support.
struct ProposalEntry {
  static constexpr const char* kName = "proposal_theta";
  const PreparedPrior* priors;
  Index parameters;
  bool normal;
  const double* value;
  float* theta;

  ALFI_HD void operator()(Index i) const {
    const PreparedPrior& prior = priors[i % parameters];
    theta[i] = static_cast<float>(normal ? value[i] : lesser(greater(value[i], prior.lower), prior.upper));
  }
};

/// Problem b: which of its proposals count.
template <class Real>
struct WeighProposals {
  static constexpr const char* kName = "weigh_proposals";
  const std::uint8_t* status;  ///< [B*K*M] of their observations, or null, and then
  const std::int32_t* valid;   ///< [B*K] how many of them count
  const Real* given;           ///< [B*K] weights of proposals that psi did not draw, or null: all 1
  Index thetas, observations;
  Real* weights;         ///< [B*K] of mean 1 over those with an observation, 0 elsewhere
  std::uint8_t* failed;  ///< [B*K] 1 where there is none
  Simulated* simulated;  ///< [B]

  ALFI_HD void operator()(Index b) const {
    Simulated sum{0, 0};
    for (Index row = b * thetas; row < (b + 1) * thetas; ++row) {
      std::int32_t count = 0;
      if (status == nullptr) {
        count = valid[row];
      } else {
        for (Index m = 0; m < observations; ++m) count += status[row * observations + m] == 0 ? 1 : 0;
      }
      failed[row] = count > 0 ? 0 : 1;
      sum.proposals += count > 0 ? 1 : 0;
      sum.calls += count;
    }
    simulated[b] = sum;
    Real total = 0;
    for (Index row = b * thetas; row < (b + 1) * thetas; ++row) {
      weights[row] = failed[row] != 0 ? Real(0) : given != nullptr ? given[row] : Real(1);
      total += weights[row];
    }
    const Real scale = static_cast<Real>(thetas) / (total > 0 ? total : Real(1));
    for (Index row = b * thetas; row < (b + 1) * thetas; ++row) weights[row] *= scale;
  }
};

/// Problem b: what scales the regression's residual variance, and what is told of the effort. Item 0 counts the calls.
template <class Real>
struct WeighEffort {
  static constexpr const char* kName = "weigh_effort";
  const std::int32_t* valid;  ///< [B]
  Index observations, thetas, calls;
  const Simulated* simulated;  ///< [B], or null: everything
  Real *ratio, *log_ratio;     ///< [B]
  Tally* tally;

  ALFI_HD void operator()(Index b) const {
    double k = static_cast<double>(thetas), m = static_cast<double>(observations);
    if (simulated != nullptr && simulated[b].proposals > 0) {
      k = static_cast<double>(simulated[b].proposals);
      m = static_cast<double>(simulated[b].calls) / k;
    }
    const double share = m / (valid[b] > 1 ? static_cast<double>(valid[b]) : 1.0);
    // N observations scatter by share of what M simulations do, and the regression's own offset by another 1/K.
    ratio[b] = static_cast<Real>(share + 1 / k);
    log_ratio[b] = static_cast<Real>(std::log(share) / 4);
    if (b == 0) tally->samples += calls;
  }
};

/// Problem b: squared error of theta in prior sds, summed over parameters.
struct SquareError {
  static constexpr const char* kName = "square_error";
  const PreparedPrior* priors;
  Index parameters;
  const double *theta, *truth;  ///< [B,P]
  double* error;                ///< [B]

  ALFI_HD void operator()(Index b) const {
    double sum = 0;
    for (Index i = b * parameters; i < (b + 1) * parameters; ++i) {
      const double away = (theta[i] - truth[i]) / priors[i - b * parameters].sd;
      sum += away * away;
    }
    error[b] = sum;
  }
};

/// The loss, for the host.
template <class Real>
struct KeepLoss {
  static constexpr const char* kName = "keep_loss";
  const Real* loss;
  double* kept;
  ALFI_HD void operator()(Index) const { *kept = static_cast<double>(*loss); }
};

}  // namespace v0
}  // namespace alfi
