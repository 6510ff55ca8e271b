#pragma once
#include <cmath>

#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/sbibm/task.hpp"

/// Spikes of a neuron driven by noise: y_t ~ Bernoulli(1 / (1 + exp(-(X theta)_t))), t = 0 .. 99, where a row of X is 1
/// and the last nine values of the stimulus, from that of t backwards (0 before the start). theta is a bias and nine
/// weights of a filter, with the benchmark's correlated prior Normal(0, B):
///     B^-1 = block diagonal (1/2; F'F),  F = (1 - S)^2 + diag sqrt(i / 9), i = 0 .. 8, S one below the diagonal.
/// This library's parameters are independent, z ~ Normal(0, I): theta = C z with C C' = B, that is theta_0 = sqrt 2 z_0
/// and F theta_1..9 = z_1..9. bernoulli_glm_theta and bernoulli_glm_z go from one to the other. Densities in z are
/// those in theta times |det C|. bernoulli_glm observes X'y, bernoulli_glm_raw y itself. Exact answers: the likelihood
/// of X'y is that of y, as long as no other y has the same X'y, which the stimulus' digits make as good as certain.

namespace alfi {
inline namespace v0 {
namespace sbibm {

constexpr int kGlmParameters = 10, kGlmTimes = 100;

/// theta [10] of z [10], which may be the same array. F is lower triangular: by substitution.
ALFI_HD inline void bernoulli_glm_theta(const double* z, double* theta) {
  theta[0] = std::sqrt(2.0) * z[0];
  double before = 0, last = 0;
  for (int i = 0; i < kGlmParameters - 1; ++i) {
    const double next = (z[1 + i] + 2 * last - before) / (1 + std::sqrt(i / 9.0));
    theta[1 + i] = next;
    before = last, last = next;
  }
}

/// z [10] of theta [10], which may be the same array.
ALFI_HD inline void bernoulli_glm_z(const double* theta, double* z) {
  z[0] = theta[0] / std::sqrt(2.0);
  double before = 0, last = 0;
  for (int i = 0; i < kGlmParameters - 1; ++i) {
    const double next = theta[1 + i];
    z[1 + i] = (1 + std::sqrt(i / 9.0)) * next - 2 * last + before;
    before = last, last = next;
  }
}

/// The stimulus: numpy.random.RandomState(42).randn(100), in floats.
struct GlmStimulus {
  float at[kGlmTimes];

  static GlmStimulus make();

  /// X's entry.
  ALFI_HD double design(int t, int column) const {
    if (column == 0) return 1;
    return t < column - 1 ? 0.0 : static_cast<double>(at[t - (column - 1)]);
  }
  /// (X theta)_t.
  ALFI_HD double drive(const double* theta, int t) const {
    double sum = 0;
    for (int j = 0; j < kGlmParameters; ++j) sum += design(t, j) * theta[j];
    return sum;
  }
};

/// Random: a hundred words, y_t's one: each probability within 2^-33.
/// Fails where z is not finite or |z_i| > 1e30.
template <bool kRaw>
struct BernoulliGlm {
  static constexpr int kSize = kRaw ? kGlmTimes : kGlmParameters;

  struct Prepared {
    bool valid;
    double theta[kGlmParameters];
  };

  GlmStimulus stimulus;

  ALFI_HD Prepared prepare(const float* z) const {
    Prepared p{};
    p.valid = all_within(z, kGlmParameters, 1e30);
    for (int i = 0; i < kGlmParameters && p.valid; ++i) p.theta[i] = static_cast<double>(z[i]);
    bernoulli_glm_theta(p.theta, p.theta);
    return p;
  }

  ALFI_HD Status operator()(const Prepared& p, Stream& random, float* x) const {
    if (!p.valid) return Status::failed;
    double sum[kGlmParameters] = {};
    for (int t = 0; t < kGlmTimes; ++t) {
      const double drive = stimulus.drive(p.theta, t), small = std::exp(-std::fabs(drive));
      const bool spike = random.uniform_double() * (1 + small) < (drive < 0 ? small : 1.0);
      if constexpr (kRaw) {
        x[t] = spike ? 1.0f : 0.0f;
      } else {
        for (int j = 0; j < kGlmParameters && spike; ++j) sum[j] += stimulus.design(t, j);
      }
    }
    for (int j = 0; j < kGlmParameters && !kRaw; ++j) x[j] = static_cast<float>(sum[j]);
    return Status::ok;
  }
};

Simulator make_bernoulli_glm();
Simulator make_bernoulli_glm_raw();

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
