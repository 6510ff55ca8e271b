#include "alfi/inference/shard_gradients.hpp"

#include "alfi/kernels/elementwise.hpp"

namespace alfi {
inline namespace v0 {

template <class Real>
ShardGradients<Real>::ShardGradients(const Context& context, Index weights, Index shards, Ranks& ranks)
    : context_(context),
      weights_(weights),
      shards_(shards),
      ranks_(ranks),
      block_(block_of(shards, ranks.rank(), ranks.size())) {
  for (Index i = 0; i < block_.count; ++i) own_.emplace_back(context, weights);
  if (ranks.size() == 1) return;
  received_ = Buffer<Real>(context, weights);
  total_ = Buffer<Real>(context, weights);
  if (context.backend() != Backend::cpu) host_.resize(static_cast<std::size_t>(weights));
}

/// Where MPI may read the buffer, or write what take() makes its content.
template <class Real>
Real* ShardGradients<Real>::shown(const Buffer<Real>& buffer) {
  if (host_.empty()) return buffer.data();
  buffer.copy_out(host_.data());
  return host_.data();
}

template <class Real>
void ShardGradients<Real>::take(Buffer<Real>& buffer) const {
  if (!host_.empty()) buffer.copy_in(host_.data());
}

template <class Real>
void ShardGradients<Real>::add_pair(Index to, Index from) {
  const std::size_t bytes = static_cast<std::size_t>(weights_) * sizeof(Real);
  const int here = ranks_.rank(), adds = owner_of(to, shards_, ranks_.size());
  const int gives = owner_of(from, shards_, ranks_.size());
  if (gives == here && adds != here) ranks_.send(shown(of_shard(from)), bytes, adds);
  if (adds != here) return;
  if (gives != here) {
    ranks_.receive(host_.empty() ? received_.data() : host_.data(), bytes, gives);
    take(received_);
  }
  const VecView<const Real> given = gives == here ? of_shard(from).view() : received_.view();
  kernels::add_scaled<Real>(context_, Real(1), given, of_shard(to).view());
}

template <class Real>
VecView<const Real> ShardGradients<Real>::sum() {
  // Every rank goes through the pairs in this order: what one waits for, the other comes to.
  for (Index stride = 1; stride < shards_; stride *= 2) {
    for (Index i = 0; i + stride < shards_; i += 2 * stride) add_pair(i, i + stride);
  }
  if (ranks_.size() == 1) return of_shard(0).view();
  const int root = owner_of(0, shards_, ranks_.size());
  Buffer<Real>& total = ranks_.rank() == root ? of_shard(0) : total_;
  ranks_.broadcast(shown(total), static_cast<std::size_t>(weights_) * sizeof(Real), root);
  take(total);
  return total.view();
}

template class ShardGradients<float>;
template class ShardGradients<double>;

}  // namespace v0
}  // namespace alfi
