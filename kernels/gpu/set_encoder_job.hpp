#pragma once
#include "alfi/kernels/gpu/encode_chain_adjoint.hpp"
#include "alfi/kernels/gpu/set_encoder_adjoint.hpp"

/// The launches that make a set encoder on a GPU. What depends on the Source is a template here, for simulators to be
/// compiled elsewhere; the rest is the library's. `launch` runs a block program.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What a pass and its adjoint have in common.
template <class T>
struct EncoderJob {
  SetPlan plan;
  EncoderLayout layout;
  EncoderSaved at;
  EncoderWeights<T> weights;
  T* saved;

  static EncoderJob of(const Context& context, Index sets, Index n_max, const EncoderWeights<T>& weights, T* saved) {
    const SetPlan plan = SetPlan::of(sets, n_max);
    const EncoderLayout layout = EncoderLayout::of(weights);
    return {plan, layout, EncoderSaved::of(context, plan, layout), weights, saved};
  }
};

/// The encoding of a buffer's rows, and its adjoint (kernels/set_encoder.hpp).
template <class T>
struct BufferEncoding {
  MatView<const T> x;
  const SetPool& pool;
  const EncoderWeights<T>& weights;
  VecView<T> saved;
};
template <class T>
void encode_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<T> encoding);
template <class T>
void encode_adjoint_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<const T> d_encoding,
                           MatView<T> d_x, const EncoderGradients<T>& d_weights);

/// Where weights do not stay in shared memory: their copy for the programs.
template <class T>
void place_weights(const Context& context, const EncoderJob<T>& job);
/// From the sums of chunks to the encodings [G,E], the kept counts, and, where wanted, valid [G].
template <class T>
void finish_encoding(const Context& context, const EncoderJob<T>& job, VecView<std::int32_t> valid,
                     MatView<T> encoding);
/// The gradient of what was pooled [G,pooled]; where the last layer came after, its weights' gradients are done.
template <class T>
const T* begin_encoding_adjoint(const Context& context, const EncoderJob<T>& job, MatView<const T> d_encoding,
                                const EncoderGradients<T>& d_weights);
/// Adds the blocks' weight gradients to d_weights.
template <class T>
void finish_encoding_adjoint(const Context& context, const EncoderJob<T>& job, const EncoderGradients<T>& d_weights);

/// Chooses tiles and calls run(std::true_type or std::false_type, rows): whether weights stay in shared memory.
template <template <class, bool> class Program, class Source, class Job, class Run>
void choose_tiles(const Context& context, const Job& job, const Run& run) {
  const std::size_t limit = context.device()->properties().shared_limit;
  const auto resident = [&](int rows) { return Program<Source, true>::bytes(job.plan, job.layout, rows); };
  const auto streamed = [&](int rows) { return Program<Source, false>::bytes(job.plan, job.layout, rows); };
  const int rows = tile_rows_for(job.plan.block_rows(), limit, resident);
  if (resident(rows) <= limit) return run(std::true_type{}, rows);
  place_weights(context, job);
  run(std::false_type{}, tile_rows_for(job.plan.block_rows(), limit, streamed));
}

/// Calls run(null pointer to a program, its sets) for the narrowest chain that takes the layers; false where none does or has room.
template <template <class, bool, int> class Program, class Source, class Run>
bool choose_chain(const Context& context, const EncoderJob<float>& job, const Source& source, const Run& run) {
  const auto try_chain = [&](auto three, auto tiles) {
    using P = Program<Source, decltype(three)::value, decltype(tiles)::value>;
    if (!P::Weights::fit(job.layout)) return false;
    if (P::bytes(job.plan, job.layout) > context.device()->properties().shared_limit) return false;
    run(static_cast<P*>(nullptr), typename P::Sets{{source, job.plan, P::Sets::kTileRows}, job.layout, job.weights});
    return true;
  };
  // Both widths that the published and the default machines have, without a tile too much.
  using Narrow = std::integral_constant<int, 4>;
  using Wide = std::integral_constant<int, 7>;
  if (context.products() == ProductPrecision::tf32) {
    return try_chain(std::false_type{}, Narrow{}) || try_chain(std::false_type{}, Wide{});
  }
  return try_chain(std::true_type{}, Narrow{}) || try_chain(std::true_type{}, Wide{});
}

template <class Source, class Launch>
void run_encoding(const Context& context, const EncoderJob<typename Source::Scalar>& job, const Source& source,
                  const Launch& launch) {
  using T = typename Source::Scalar;
  T* const pools = job.saved + job.at.partials;
  const SetSums<T> sums{pools, pools + job.plan.segments() * job.layout.pooled()};
  if constexpr (sizeof(T) == sizeof(float)) {
    const auto chain = [&](auto* program, const auto& sets) {
      launch(std::remove_pointer_t<decltype(program)>{sets, sums});
    };
    if (choose_chain<EncodeChains>(context, job, source, chain)) return;
  }
  choose_tiles<EncodeSets, Source>(context, job, [&](auto is_resident, int rows) {
    launch(EncodeSets<Source, decltype(is_resident)::value>{
        {{source, job.plan, rows}, job.layout, job.weights, job.saved + job.at.weights}, sums});
  });
}

template <class Source, class Launch>
void run_encoding_adjoint(const Context& context, const EncoderJob<typename Source::Scalar>& job, const Source& source,
                          const typename Source::Scalar* d_pooled, typename Source::Scalar* d_x, const Launch& launch) {
  using T = typename Source::Scalar;
  const T* const counts = job.saved + job.at.counts;
  T* const partials = job.saved + job.at.partials;
  if constexpr (sizeof(T) == sizeof(float)) {
    const auto chain = [&](auto* program, const auto& sets) {
      launch(std::remove_pointer_t<decltype(program)>{sets, counts, d_pooled, d_x, partials});
    };
    if (choose_chain<EncodeChainsAdjoint>(context, job, source, chain)) return;
  }
  choose_tiles<EncodeSetsAdjoint, Source>(context, job, [&](auto is_resident, int rows) {
    launch(EncodeSetsAdjoint<Source, decltype(is_resident)::value>{
        {{source, job.plan, rows}, job.layout, job.weights, job.saved + job.at.weights},
        counts,
        d_pooled,
        d_x,
        partials});
  });
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
