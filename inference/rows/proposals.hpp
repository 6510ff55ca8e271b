#pragma once
#include "alfi/core/moments.hpp"
#include "alfi/inference/rows/problems.hpp"

/// What happens to a shard's proposals between the machine and the simulator, an item at a time, on either backend.
/// K = thetas proposals a problem; rows are proposals [B*K].

namespace alfi {
inline namespace v0 {

/// Row: eps, P normals.
template <class Real>
struct DrawNoise {
  static constexpr const char* kName = "draw_noise";
  const StepKeys* keys;
  std::uint32_t first_problem, iteration;
  Index thetas, parameters;
  Real* noise;  ///< [B*K,P]

  ALFI_HD void operator()(Index row) const {
    Stream random(keys->noise, {first_problem + static_cast<std::uint32_t>(row / thetas), iteration,
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

/// Column c of problem b, a series or vector: how far its proposals' simulations are from what was observed, typically:
/// the geometric mean over their entries, no less than kLeastZoom noise scales. The scale of relative features.
struct ZoomColumn {
  static constexpr const char* kName = "zoom_columns";
  static constexpr double kLeastZoom = 0.02;
  const float *x, *observed;   ///< [B*K,D], [B,D] as shown
  const std::uint8_t* status;  ///< [B*K]
  const double* noise;         ///< [D]
  Index thetas, length, columns;
  double* log_scale;  ///< [B,C] of the result over the noise scale

  ALFI_HD void operator()(Index i) const {
    const Index b = i / columns, c = i % columns, size = length * columns;
    double sum = 0, count = 0;
    for (Index k = b * thetas; k < (b + 1) * thetas; ++k) {
      if (status[k] != 0) continue;
      for (Index d = c; d < size; d += columns) {
        const double away = static_cast<double>(x[k * size + d]) - static_cast<double>(observed[b * size + d]);
        sum += std::log(std::fabs(away) / noise[d] + kLeastZoom);
        count += 1;
      }
    }
    log_scale[i] = count > 0 ? sum / count : 0;
  }
};

/// Entry d of problem b: its scale.
template <class Real>
struct ZoomEntry {
  static constexpr const char* kName = "zoom_entries";
  const double* log_scale;  ///< [B,C]
  const double* noise;      ///< [D]
  Index size, columns;
  Real* scale;  ///< [B,D]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / size, d = i % size;
    scale[i] = static_cast<Real>(2 * noise[d] * std::exp(log_scale[b * columns + d % columns]));
  }
};

/// Entry d of problem b's series: what its proposals simulated of it less what was observed, as features: their mean
/// (its square less that of its own scatter), sd, the mean in sds, and where on the prior predictive's scale the real
/// one lies.
template <class Real>
struct DescribeEntries {
  static constexpr const char* kName = "describe_entries";
  const Real* features;        ///< [B*K,D]
  const std::uint8_t* failed;  ///< [B*K], or null: none
  const Real* absolute;        ///< [B,D] of the real series
  Index thetas, size;
  Real* out;  ///< [B,D,4]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / size, d = i % size;
    RunningMoments moments;
    for (Index row = b * thetas; row < (b + 1) * thetas; ++row) {
      if (failed == nullptr || failed[row] == 0) moments.add(static_cast<double>(features[row * size + d]));
    }
    Real* const to = out + 4 * i;
    // The mean of K scatters, too: without that, so that K may differ from training's.
    const double scatter = moments.count() > 0 ? moments.sd() * moments.sd() / moments.count() : 0;
    const double square = moments.mean() * moments.mean() - scatter;
    to[0] = static_cast<Real>(std::copysign(std::sqrt(greater(square, 0.0)), moments.mean()));
    to[1] = static_cast<Real>(moments.sd());
    to[2] = static_cast<Real>(std::asinh(moments.mean() / (moments.sd() + 1e-3)));
    to[3] = absolute[i];
  }
};

/// Column c of problem b's series: the logarithms of the root mean square over its rows of the entries' mean and sd
/// (DescribeEntries). While proposals are close, what the real series' noise is and what the proposals' is.
template <class Real>
struct DescribeNoise {
  static constexpr const char* kName = "describe_noise";
  const Real* entries;      ///< [B,L,C,4]
  const double* log_scale;  ///< [B,C], of these entries
  Index length, columns;
  Real* out;  ///< [B,C,3]

  ALFI_HD void operator()(Index i) const {
    const Index b = i / columns, c = i % columns;
    double sum[2] = {0, 0};
    for (Index row = 0; row < length; ++row) {
      const Real* entry = entries + ((b * length + row) * columns + c) * 4;
      for (int j = 0; j < 2; ++j) sum[j] += static_cast<double>(entry[j]) * static_cast<double>(entry[j]);
    }
    for (int j = 0; j < 2; ++j) {
      out[3 * i + j] = static_cast<Real>(0.5 * std::log(sum[j] / static_cast<double>(length) + 1e-8));
    }
    out[3 * i + 2] = static_cast<Real>(log_scale[i]);
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
