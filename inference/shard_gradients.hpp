#pragma once
#include <vector>

#include "alfi/core/buffer.hpp"
#include "alfi/inference/ranks.hpp"

/// The gradients of a meta-step's shards, of which a rank holds its block, and their sum: pairwise by index, so that it
/// has the same bits on any number of ranks and threads. Sums of two shards stay where the lower one is; only where
/// they are on two ranks does one travel, so that a rank of R takes part in about log2 R exchanges. The total comes
/// back by a broadcast.

namespace alfi {
inline namespace v0 {

template <class Real>
class ShardGradients {
 public:
  /// [weights] for each of so many shards, in the context's memory; what travels from a GPU goes through the host's.
  /// ranks must outlive it.
  ShardGradients(const Context& context, Index weights, Index shards, Ranks& ranks);

  /// Shard i of this rank's block.
  Buffer<Real>& of_shard(Index i) { return own_[static_cast<std::size_t>(i - block_.first)]; }

  /// The sum over the shards of all ranks, which all call this; what of_shard() holds is used up.
  VecView<const Real> sum();

  Index held() const { return static_cast<Index>(own_.size()) + (ranks_.size() > 1 ? 2 : 0); }  ///< times [weights]

 private:
  void add_pair(Index to, Index from);
  Real* shown(const Buffer<Real>& buffer);
  void take(Buffer<Real>& buffer) const;

  Context context_;
  Index weights_, shards_;
  Ranks& ranks_;
  Block block_;
  std::vector<Buffer<Real>> own_;
  Buffer<Real> received_, total_;  ///< of several ranks
  std::vector<Real> host_;         ///< of several with GPUs
};

}  // namespace v0
}  // namespace alfi
