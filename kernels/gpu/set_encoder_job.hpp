#pragma once
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
template <template <class, class, bool> class Program, class Source, class Products, class Job, class Run>
void choose_tiles(const Context& context, const Job& job, const Run& run) {
  const std::size_t limit = context.device()->properties().shared_limit;
  const auto resident = [&](int rows) { return Program<Source, Products, true>::bytes(job.plan, job.layout, rows); };
  const auto streamed = [&](int rows) { return Program<Source, Products, false>::bytes(job.plan, job.layout, rows); };
  const int rows = tile_rows_for(job.plan.block_rows(), limit, resident);
  if (resident(rows) <= limit) return run(std::true_type{}, rows);
  place_weights(context, job);
  run(std::false_type{}, tile_rows_for(job.plan.block_rows(), limit, streamed));
}

template <class Products, class Source, class Launch>
void run_encoding(const Context& context, const EncoderJob<typename Source::Scalar>& job, const Source& source,
                  const Launch& launch) {
  typename Source::Scalar *pools = job.saved + job.at.partials,
                          *counts = pools + job.plan.segments() * job.layout.pooled();
  choose_tiles<EncodeSets, Source, Products>(context, job, [&](auto is_resident, int rows) {
    constexpr bool kResident = decltype(is_resident)::value;
    launch(EncodeSets<Source, Products, kResident>{
        {source, job.plan, job.layout, job.weights, job.saved + job.at.weights, rows}, pools, counts});
  });
}

template <class Products, class Source, class Launch>
void run_encoding_adjoint(const Context& context, const EncoderJob<typename Source::Scalar>& job, const Source& source,
                          const typename Source::Scalar* d_pooled, typename Source::Scalar* d_x, const Launch& launch) {
  choose_tiles<EncodeSetsAdjoint, Source, Products>(context, job, [&](auto is_resident, int rows) {
    constexpr bool kResident = decltype(is_resident)::value;
    launch(EncodeSetsAdjoint<Source, Products, kResident>{
        {source, job.plan, job.layout, job.weights, job.saved + job.at.weights, rows},
        job.saved + job.at.counts,
        d_pooled,
        d_x,
        job.saved + job.at.partials});
  });
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
