#pragma once
#include <vector>

#include "alfi/inference/network.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/inference/posterior.hpp"
#include "alfi/simulators/simulator.hpp"

/// A few problems carried through the loop together, resumable: start(), then propose(t), simulate(t), update(t) for
/// t = 0 .. T-1, then backward(). It has its own tape and buffers and allocates nothing after the first round.

namespace alfi {
inline namespace v0 {

/// How much is simulated for a problem.
struct Plan {
  Index iterations = 0;        ///< T
  Index thetas = 0;            ///< K
  Index observations = 0;      ///< M of the last iteration
  Index observations_min = 0;  ///< M of the first, growing geometrically; 0: the same in all
};

/// M of iteration t = 0, 1, ..: the early ones find the place, the last ones measure it.
Index observations_at(const Plan& plan, Index t);

/// What does not change between the shards of a run. Everything referred to must outlive the shard.
struct ShardSetting {
  const Architecture* architecture = nullptr;
  const Simulator* simulator = nullptr;
  const Normalization* normalization = nullptr;
  const Configuration* configuration = nullptr;
  Coordinates coordinates = Coordinates::normal;
  Index problems = 0;  ///< most of a shard
  Index observed = 0;  ///< most real observations of a problem
  Plan plan;
};

/// Where a shard's draws come from.
struct ShardDraws {
  std::uint64_t seed = 0;  ///< of proposals and simulations
  std::uint64_t step = 0;
  Index first_problem = 0;  ///< number of the shard's first problem in its meta-batch
  bool training = false;    ///< problems come from the fixed meta-dataset where the configuration has one
};

/// The loss of a shard, to be added over shards.
struct ShardLoss {
  double loss = 0;          ///< sum over problems, iterations weighted
  double square_error = 0;  ///< of the last proposal's centre, in prior sds: sum over problems and parameters
};

template <class Real>
class Shard {
 public:
  explicit Shard(const ShardSetting& setting);

  /// Draws count problems from the prior (or the fixed meta-dataset) and observes them. observed > 0: that many
  /// observations each, else log-uniform in the configuration's range.
  void draw_problems(const ShardDraws& draws, Index count, Index observed = 0);
  /// Given observations: [count*n_max,D], of which the first counts[b] of each block exist.
  void give_problems(const ShardDraws& draws, MatView<const float> observations, VecView<const std::int32_t> counts,
                     Index n_max);

  /// Reads the observations and places psi_0. gradients null: inference, nothing is kept for an adjoint.
  void start(const Real* weights, Real* gradients);
  void propose(Index t);
  void simulate(Index t);
  void update(Index t);

  /// Adjoint of this shard's part of the meta-batch's loss; gradients accumulate where start() said.
  ShardLoss backward();
  /// Sum over problems of the last iteration's loss, without an adjoint.
  double last_loss();

  /// psi after the latest update (or start), problem b, in coordinates.
  GaussianState state(Index b) const;

  Index problems() const { return problems_; }
  Index simulator_calls() const { return calls_; }                                         ///< since construction
  Index failed_calls() const { return failed_; }                                           ///< of them
  MatView<const double> truth() const { return truth_.matrix(problems_, a_.parameters); }  ///< theta [B,P]
  MatView<const float> observed() const { return {observed_.data(), problems_ * n_max_, a_.size}; }
  VecView<const std::int32_t> counts() const { return {counts_.data(), problems_}; }
  Index n_max() const { return n_max_; }
  Index thetas() const { return s_.plan.thetas; }  ///< K
  const Simulator& simulator() const { return *s_.simulator; }
  /// What the latest simulate() made: [B*K*M,D].
  MatView<const float> simulated() const { return {simulated_.data(), problems_ * s_.plan.thetas * m_, a_.size}; }
  /// Of them 0 where valid, or empty: all are.
  VecView<const std::uint8_t> simulated_status() const { return evidence_.pool.status; }
  std::size_t bytes() const;  ///< of its buffers, without the tape's

 private:
  void load_observed();
  void draw_start();
  Index check(MatView<const float> rows, VecView<std::uint8_t> status, Index block, VecView<const std::int32_t> counts,
              const char* what);
  float proposal_theta(const Prior& prior, double coordinate) const;
  autodiff::Var<Real> loss_of(const Psi<Real>& psi);
  autodiff::Var<Real> shard_loss();
  void detach_psi();
  void carry();

  ShardSetting s_;
  const Architecture& a_;
  Context context_;
  autodiff::Tape<Real> tape_;
  Network<Real> network_;
  ShardDraws draws_;
  Index problems_ = 0, n_max_ = 0, calls_ = 0, failed_ = 0;
  Index m_ = 0;  ///< M of this iteration
  const Real* weights_ = nullptr;
  bool learning_ = false;

  Buffer<double> truth_;
  Buffer<Real> target_;  ///< truth in coordinates [B,P]
  Buffer<float> observed_, theta_, simulated_;
  Buffer<std::int32_t> counts_, valid_;  ///< observations of each problem, and those that did not fail
  Buffer<std::uint8_t> observed_status_, status_;
  Buffer<Real> features_, location_, scale_, absolute_;
  Buffer<Real> carried_;                       ///< reading, psi and memory between iterations of an inference
  VecView<const std::uint8_t> observed_mask_;  ///< empty where no observation failed

  Reading<Real> reading_;
  autodiff::Memory<Real> memory_;
  Psi<Real> psi_;
  Evidence<Real> evidence_;
  std::vector<autodiff::Var<Real>> losses_;  ///< [1,1] of each iteration
};

}  // namespace v0
}  // namespace alfi
