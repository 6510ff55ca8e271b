#pragma once
#include <utility>
#include <vector>

#include "alfi/autodiff/cell.hpp"
#include "alfi/autodiff/encoder.hpp"
#include "alfi/inference/architecture.hpp"
#include "alfi/kernels/set_encoder.hpp"

/// The recurrent machine on a tape: reading the real observations once, then one update after another. It knows
/// nothing of simulators or randomness: proposals and what they simulated are given.

namespace alfi {
inline namespace v0 {

/// Samples as the encoder takes them.
template <class Real>
struct Samples {
  MatView<const Real> features;   ///< [R,D], as configured: relative to the real observations, or global
  MatView<const Real> absolute;   ///< [R,D] on the prior predictive's scale; of series and vectors, and of sets that
                                  ///< are seen along directions
  MatView<const Real> roughness;  ///< [R,Architecture::roughness]
  MatView<const Real> moments{};  ///< [G,Architecture::moments] of sets
};

/// What is known of the real observations before any simulation.
template <class Real>
struct Reading {
  autodiff::Var<Real> encoded;    ///< [B,E]
  autodiff::Var<Real> projected;  ///< [B,Architecture::projections]
  autodiff::Var<Real> context;    ///< [B,context], no columns where nothing absolute is given
  autodiff::Var<Real> at_zero;    ///< [B,S] the learned summary of a proposal that differs in nothing,
  autodiff::Var<Real> floor;      ///< [1,S] and the least variance of what is left of it; without the regression empty
};

/// A mixture of J full Gaussians, a problem's components in consecutive rows.
template <class Real>
struct Mixture {
  autodiff::Var<Real> logits;    ///< [B,J], weights are their softmax
  autodiff::Var<Real> mean;      ///< [B*J,P]
  autodiff::Var<Real> cholesky;  ///< [B*J,V]
};

/// A Gaussian proposal on the tape, and the mixture that is its head, where there is one.
template <class Real>
struct Psi {
  autodiff::Var<Real> mean;    ///< [B,P]
  autodiff::Var<Real> spread;  ///< Cholesky triangle [B,V], or log sds [B,P] (Architecture::spread)
  Mixture<Real> mixture{};     ///< empty: the answer is the proposal
};

/// Proposals of one iteration and what they simulated.
template <class Real>
struct Evidence {
  MatView<const Real> noise;             ///< [B*K,P]
  autodiff::Var<Real> theta;             ///< [B*K,P] in the machine's coordinates; read by absolute updates only
  autodiff::Var<Real> encoded;           ///< [B*K,E] of what they simulated, by the observations' encoder
  autodiff::Var<Real> projected;         ///< [B*K,Architecture::projections]
  VecView<const std::int32_t> observed;  ///< [B] real observations; read with projections only
  VecView<const Real> weights;  ///< [B*K], mean 1 over a problem's K: 0 where nothing could be simulated; empty: all 1
  VecView<const std::uint8_t> failed;  ///< [B*K] 1 where nothing could be simulated; empty: nowhere
  MatView<const Real> rows;            ///< [B*L,Architecture::row_inputs] of a series, where the machine reads its rows
  MatView<const Real> levels;          ///< [B,Architecture::levels], the same
  VecView<const Real> ratio;           ///< [B] M/N + 1/K: what the regression's residual variance is scaled by
  MatView<const Real> log_ratio;       ///< [B,1] log(M/N) / 4; shown with relative features only
};

template <class Real>
class Network {
 public:
  /// architecture must outlive the network. context: of the tapes that it will run on.
  explicit Network(const Architecture& architecture, const Context& context = Context());

  /// Leaves on the tape: weights [Architecture::weights]; gradients accumulate into `gradients` (null: none wanted).
  void bind(autodiff::Tape<Real>& tape, const Real* weights, Real* gradients);

  /// The same with leaves made elsewhere, one for each of Architecture::slots, in that order.
  void bind(std::vector<autodiff::Var<Real>> leaves) {
    leaves_ = std::move(leaves);
    prepared_ = {};
  }

  /// Makes what the passes of each encoder share until the tape is rewound, for so many problems and proposals of each,
  /// of so many observations each; after bind(). Where it is not called, each pass makes that for itself.
  void prepare(autodiff::Tape<Real>& tape, Index problems, Index proposals, Index observations);

  /// The encoder of sets.
  autodiff::Encoder<Real> observation_encoder() const { return encoder(a_.encoder, prepared_.encoder); }
  /// Encodings [G,E] of sets of samples, G*n_max rows; of series and vectors n_max is 1. Arrays must outlive the tape's
  /// use.
  autodiff::Var<Real> encode(autodiff::Tape<Real>& tape, const Samples<Real>& samples,
                             const kernels::SetPool& pool) const;

  /// Sets of samples along the learned directions [G,projections], of samples.absolute; without columns where the
  /// architecture has none. The same arrays must outlive the tape's use.
  autodiff::Var<Real> project(autodiff::Tape<Real>& tape, const Samples<Real>& samples,
                              const kernels::SetPool& pool) const;

  /// observed [B*n_max] samples, absolute [B,Architecture::absolute].
  Reading<Real> read(autodiff::Tape<Real>& tape, const Samples<Real>& observed, const kernels::SetPool& pool,
                     MatView<const Real> absolute) const;

  /// psi_0: the prior N(0, I), or a first guess from the real observations.
  Psi<Real> start(autodiff::Tape<Real>& tape, const Reading<Real>& reading) const;

  autodiff::Memory<Real> no_memory(autodiff::Tape<Real>& tape, Index problems) const;

  /// psi_t from psi_{t-1}; memory is replaced by the next.
  Psi<Real> update(autodiff::Tape<Real>& tape, const Reading<Real>& reading, const Psi<Real>& psi,
                   const Evidence<Real>& evidence, autodiff::Memory<Real>& memory) const;

  /// -log density of theta [B,P] (coordinates) under the answer, the mixture where psi has one: [B,1].
  autodiff::Var<Real> negative_log_density(autodiff::Tape<Real>& tape, const Psi<Real>& psi,
                                           autodiff::Var<Real> theta) const;

  /// What training lowers: the same, of a mixture the mean of its own and the proposal's, which so stays one to
  /// propose from: [B,1].
  autodiff::Var<Real> trained_loss(autodiff::Tape<Real>& tape, const Psi<Real>& psi, autodiff::Var<Real> theta) const;

  /// mean + C noise for every row of noise [B*K,P].
  autodiff::Var<Real> sample(autodiff::Tape<Real>& tape, const Psi<Real>& psi, MatView<const Real> noise) const;

 private:
  using Tape = autodiff::Tape<Real>;
  using Var = autodiff::Var<Real>;
  autodiff::Linear<Real> layer(const LinearSlot& slot) const;
  autodiff::Encoder<Real> encoder(const LinearSlot (&slots)[3], const kernels::PreparedEncoder<Real>& prepared) const;
  autodiff::Cell<Real> cell(const CellSlot& slot) const;
  Var rough(Tape& tape, const Samples<Real>& samples) const;
  Var encode_vectors(Tape& tape, const Samples<Real>& samples) const;
  Var encode_sequences(Tape& tape, const Samples<Real>& samples) const;
  Var pair(Tape& tape, Index rows, std::initializer_list<Var> parts, const LinearSlot (&slots)[2],
           kernels::Activation last = kernels::Activation::none) const;
  Var compare(Tape& tape, const Evidence<Real>& evidence, const Reading<Real>& reading) const;
  Var summaries(Tape& tape, Var difference, const Reading<Real>& reading) const;
  Var regress(Tape& tape, Var difference, const Reading<Real>& reading, const Psi<Real>& psi,
              const Evidence<Real>& evidence, Var* gated_values) const;
  Var see(Tape& tape, Var encoded, Var difference, const Reading<Real>& reading, const Psi<Real>& psi,
          const Evidence<Real>& evidence) const;
  Psi<Real> moved(Tape& tape, const Psi<Real>& psi, Var move) const;
  Mixture<Real> mixture(Tape& tape, Var state, Var shown, const Psi<Real>& psi) const;
  Var proposal_loss(Tape& tape, const Psi<Real>& psi, Var theta) const;
  Var full_triangle(Tape& tape, Var spread) const;
  Var shown_spread(Tape& tape, const Psi<Real>& psi) const;

  const Architecture& a_;
  std::vector<Var> leaves_;
  /// What prepare() made, of the weights that are bound.
  struct Prepared {
    kernels::PreparedEncoder<Real> encoder, aggregator, rows;
  } prepared_;
  Buffer<std::uint8_t> gate_group_;  ///< of each entry of a move: mean, diagonal, the rest
};

}  // namespace v0
}  // namespace alfi
