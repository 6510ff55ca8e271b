#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "alfi/core/aside.hpp"
#include "alfi/inference/bank.hpp"
#include "alfi/inference/host_simulation.hpp"
#include "alfi/inference/network.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/inference/posterior.hpp"
#include "alfi/inference/rows/proposals.hpp"
#include "alfi/inference/series_view.hpp"
#include "alfi/inference/simulate_encode.hpp"
#include "alfi/kernels/set_moments.hpp"
#include "alfi/simulators/simulator.hpp"

/// Problems carried through the loop together, resumable: start(), then propose(t), simulate(t), update(t) for
/// t = 0 .. T-1, then backward(). It has its own tape and buffers in a context's memory and allocates nothing after the
/// first round. On a CPU a shard is a few problems; on a GPU all of a meta-batch, every step a launch of kernels, and
/// the host reads nothing until it is asked for something.

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
  Context context;
  ThreadPool* pool = nullptr;  ///< for a simulator that runs on the host beside a GPU, or that answers rows; null: the
                               ///< caller's thread
  const Bank* bank = nullptr;  ///< what stands for the simulator, on a CPU; null: nothing
  bool keeps_simulated = false;  ///< what the last iteration simulates is asked for afterwards: simulated()
  bool unattended = false;       ///< failures are counted in the tally, not thrown: for work that is replayed
};

/// Where a shard's draws come from.
struct ShardDraws {
  std::uint64_t seed = 0;  ///< of proposals and simulations
  std::uint64_t step = 0;
  const std::int64_t* step_place = nullptr;  ///< where given, in the context's memory, kernels read the step there
  Index first_problem = 0;                   ///< number of the shard's first problem in its meta-batch
  bool training = false;  ///< problems come from the fixed meta-dataset where the configuration has one
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

  /// After the setting's normalization was replaced.
  void load_normalization();

  /// Draws count problems from the prior (or the fixed meta-dataset) and observes them. observed > 0: that many
  /// observations each, else log-uniform in the configuration's range.
  void draw_problems(const ShardDraws& draws, Index count, Index observed = 0);
  /// The three parts of it, for a GPU whose simulator runs on the host (simulates_on_host()): only observe() waits.
  void draw_truth(const ShardDraws& draws, Index count, Index observed);
  void observe();
  void load_observed();
  /// What observe() and simulate(t) ask of a simulator: where it answers rows, several shards' requests may be answered
  /// together (Simulator::simulate_together) in their place. In the context's memory, until the next call.
  SimulateRequest observation_request();
  SimulateRequest simulation_request(Index t);
  /// Given observations, in the host's memory: [count*n_max,D], of which the first counts[b] of each block exist.
  void give_problems(const ShardDraws& draws, MatView<const float> observations, VecView<const std::int32_t> counts,
                     Index n_max);

  /// Reads the observations and places psi_0. gradients null: inference, nothing is kept for an adjoint. Both in the
  /// context's memory.
  void start(const Real* weights, Real* gradients);
  void propose(Index t);
  /// Makes the observations of iteration t; where they are encoded as they are made, update() makes them.
  void simulate(Index t);
  void update(Index t);

  /// Adjoint of this shard's part of the meta-batch's loss; gradients accumulate where start() said.
  void backward();
  /// What backward() found; waits for it. The same in the context's memory: results() [loss, square error].
  ShardLoss loss() const;
  const double* results() const { return results_.data(); }
  /// Sum over problems of the last iteration's loss, without an adjoint.
  double last_loss();

  /// The answer after the latest update (or start) of every problem, in coordinates: a proposal, or a mixture.
  /// Into all [B], whose memory is used again where it has the size.
  void answers(std::vector<MixtureState>& all);
  std::vector<MixtureState> answers() {
    std::vector<MixtureState> all;
    answers(all);
    return all;
  }

  /// On a GPU whose simulator has no code for it.
  bool simulates_on_host() const { return on_gpu_ && !s_.simulator->offers_gpu(); }
  Index problems() const { return problems_; }
  const Tally* tally() const { return tally_.data(); }         ///< in the context's memory
  Index simulator_calls() const { return counted().calls(); }  ///< since construction
  Index failed_calls() const { return counted().failures(); }  ///< of them
  Index thetas() const { return s_.plan.thetas; }              ///< K
  Index n_max() const { return n_max_; }
  const Simulator& simulator() const { return *s_.simulator; }
  const Normalization& normalization() const { return *s_.normalization; }

  /// Copies what the following five show to where the host can read it; does nothing on a CPU.
  void fetch();
  MatView<const double> truth() const { return {host(truth_, fetched_.truth), problems_, a_.parameters}; }  ///< [B,P]
  MatView<const float> observed() const { return {host(observed_, fetched_.observed), problems_ * n_max_, a_.size}; }
  VecView<const std::int32_t> counts() const { return {host(counts_, fetched_.counts), problems_}; }
  /// What the latest simulate() made, where the setting keeps it: [B*K*M,D].
  MatView<const float> simulated() const { return {host(simulated_, fetched_.simulated), calls_now(), a_.size}; }
  /// Of them 0 where valid, or empty: all are.
  VecView<const std::uint8_t> simulated_status() const;
  std::size_t bytes() const;  ///< of its buffers, without the tape's
  /// About what the tape of a meta-step will hold, its arenas' unused ends apart.
  Index planned_tape_bytes() const;

 private:
  struct Fetched {
    std::vector<double> truth;
    std::vector<float> observed, simulated;
    std::vector<std::int32_t> counts;
    std::vector<std::uint8_t> status;
  };
  /// What an iteration's simulator calls are made with, on the tape: the adjoint may need it again. Taken by propose(),
  /// since simulate() may run where nothing is recorded.
  struct Calls {
    MatView<float> theta;          ///< [B*K,P]
    VecView<std::uint8_t> status;  ///< [B*K*M], where the observations are stored
  };
  template <class T>
  const T* host(const Buffer<T>& buffer, const std::vector<T>& copy) const {
    return on_gpu_ ? copy.data() : buffer.data();
  }
  bool single() const { return a_.kind != EncoderKind::set; }  ///< a problem is one series or vector
  void copy_to_host(const autodiff::Var<Real>& v, std::vector<Real>& copy) const;
  const std::vector<GaussianState>& gaussians(const autodiff::Var<Real>& mean, const autodiff::Var<Real>& spread);
  Index calls_now() const { return problems_ * s_.plan.thetas * m_; }
  Tally counted() const;
  kernels::EncoderWeights<Real> shapes(const LinearSlot (&slots)[3]) const;
  void make_keys(const ShardDraws& draws, std::uint64_t problem_seed, bool fixed);
  void allocate();
  ThetaEntry theta_entry(ThetaEntry entry);
  ThetaEntry prior_theta();
  ThetaEntry theta_of(const autodiff::Var<Real>& v, double furthest);
  void simulate_now(const SimulateRequest& request);
  SimulateRequest request_of_policy();
  SimulateRequest simulation(Index t);
  bool fused(Index t) const;
  Index failed_since(Index before, const char* what) const;
  void draw_start();
  void draw_from_bank(const ShardDraws& draws, Index count, Index observed);
  void observe_from_bank();
  void propose_from_bank(Index t, MatView<Real> noise);
  void simulate_from_bank(Index t);
  void describe_sets();
  void describe_moments();
  kernels::FeatureScale<Real> feature_scale() const {
    return {location_.matrix(problems_, a_.size), scale_.matrix(problems_, a_.size), a_.relative_features};
  }
  kernels::MomentSets<Real> moment_sets(MatView<const float> x, Index sets, VecView<const std::uint8_t> status) const;
  MatView<const Real> moments_of(MatView<const float> made, VecView<const std::uint8_t> mask);
  kernels::FeatureScale<Real> prior_scale() const {
    return {prior_mean_.matrix(1, a_.size), prior_sd_.matrix(1, a_.size), false};
  }
  MatView<const Real> simulated_directions(MatView<const float> made, VecView<const std::uint8_t> mask);
  void whiten(MatView<const Real> features, MatView<Real> out) const;
  Samples<Real> simulated_samples(MatView<const float> made, VecView<const std::uint8_t> status);
  bool some_may_fail() const { return s_.configuration->train.nan_policy != "error"; }
  const Simulated* weigh_proposals(VecView<const std::uint8_t> status, VecView<const std::int32_t> valid);
  void check(MatView<const float> rows, VecView<std::uint8_t> status, Index block, VecView<const std::int32_t> counts,
             VecView<std::int32_t> valid);
  WeighEffort<Real> effort(const Simulated* simulated);
  void draw_noise(Index t);
  VecView<const std::int32_t> present() const { return {counts_.data(), problems_}; }
  MatView<const float> observed_rows() const { return {observed_.data(), problems_ * n_max_, a_.size}; }
  void encode(Index t);
  autodiff::Var<Real> loss_of(const Psi<Real>& psi, bool trained);
  autodiff::Var<Real> shard_loss();
  void keep_loss();
  void detach_psi();
  void carry();

  ShardSetting s_;
  const Architecture& a_;
  Context context_;
  bool on_gpu_;
  autodiff::Tape<Real> tape_;
  Network<Real> network_;
  ShardDraws draws_;
  Index problems_ = 0, n_max_ = 0;
  Index m_ = 0;  ///< M of this iteration
  bool learning_ = false;

  Buffer<PreparedPrior> priors_;                                      ///< [P]
  Buffer<double> normal_mean_, normal_sd_, least_, median_, spread_;  ///< of the normalization, of sets
  Buffer<StepKeys> keys_;
  Buffer<Tally> tally_;
  Buffer<std::uint32_t> names_;  ///< of the problems
  Buffer<double> truth_, drawn_, value_, errors_, results_;
  Buffer<Real> target_;  ///< truth in coordinates [B,P]
  Buffer<float> observed_, theta_, simulated_;
  Buffer<std::int32_t> counts_, valid_;  ///< observations of each problem, and those that did not fail
  Buffer<std::uint8_t> observed_status_, kept_status_;
  Buffer<Real> features_, location_, scale_, absolute_;  ///< of sets
  /// Of sets seen along directions: the normalization's, and the real observations on that scale, before and after they
  /// are made uncorrelated.
  Buffer<Real> prior_mean_, prior_sd_, whitening_, standard_, global_;
  Buffer<double> moment_sums_, reference_;     ///< of sets: what their moments are compared with [B,2S],
  Buffer<Real> alike_;                         ///< and how far those are from themselves [B,S]
  std::unique_ptr<SeriesView<Real>> series_;   ///< of series and vectors: how they are seen
  Buffer<Real> carried_;                       ///< reading, psi and memory between iterations of an inference
  VecView<const std::uint8_t> observed_mask_;  ///< empty where no observation failed
  std::vector<SimulateRequest> asked_;         ///< of a simulator that answers rows
  Fetched fetched_;
  struct {
    std::vector<Real> logits, mean, spread;
    std::vector<GaussianState> gaussians;
  } answer_;                                       ///< of all rows, in the host's memory
  std::vector<Index> truth_rows_, proposal_rows_;  ///< [B], [B*K] of a bank; -1: of none
  std::vector<double> bank_noise_;                 ///< [K,P]
  VecView<Real> noise_;                            ///< of the iterations, or of one [..,B*K,P], on the tape
  VecView<const Real> proposal_weights_;           ///< [B*K] of proposals that psi did not draw; empty: all 1

  Reading<Real> reading_;
  autodiff::Memory<Real> memory_;
  Psi<Real> psi_;
  Evidence<Real> evidence_;
  std::vector<Calls> calls_;                 ///< of each iteration
  bool any_failed_ = false;                  ///< of it, or, unattended, unknown
  std::vector<autodiff::Var<Real>> losses_;  ///< [1,1] of each iteration
  std::optional<AsideAllowed> losses_aside_;
};

}  // namespace v0
}  // namespace alfi
