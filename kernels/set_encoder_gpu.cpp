#include <algorithm>
#include <optional>

#include "alfi/kernels/gpu/set_encoder_job.hpp"

#include "alfi/core/aside.hpp"
#include "alfi/kernels/gpu/chain_choice.hpp"
#include "alfi/kernels/gpu/encode_pieces.hpp"
#include "alfi/kernels/gpu/encode_pieces_adjoint.hpp"
#include "alfi/kernels/gpu/find_pieces.hpp"
#include "alfi/kernels/gpu/set_encoder_adjoint.hpp"
#include "alfi/kernels/rows/set_encoder.hpp"

/// The host's side of the set encoder on a GPU: how the work is split, and the launches.

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

Index parts_of(Index size, Index share) { return (size + share - 1) / share; }

}  // namespace

SetPlan SetPlan::of(Index sets, Index n_max, Index resident) {
  constexpr Index kEnough = kMultiprocessors;  // blocks
  constexpr Index kChunk = 64, kTile = 128;    // rows
  const Index most = resident * kEnough;       // more blocks would wait for these to end
  SetPlan plan;
  plan.sets = sets;
  plan.n_max = static_cast<int>(n_max);
  if (sets == 0 || n_max == 0) return plan;
  const Index chunks = std::min(parts_of(kEnough, sets), parts_of(n_max, kChunk)), rows = parts_of(n_max, chunks);
  plan.cut(rows);
  // A tile, or less where blocks are few.
  const Index spread = std::min(parts_of(plan.segments(), kEnough), std::max(kTile / rows, Index{1}));
  plan.per_block = static_cast<int>(std::max(parts_of(plan.segments(), most), spread));
  return plan;
}

void SetPlan::cut(Index rows) {
  chunk_rows = static_cast<int>(rows);
  chunks = static_cast<int>(parts_of(n_max, rows));
  by_chunk_rows = Divisor(rows);
}

namespace {

// Plans do not depend on what follows the pieces' lines.
using PiecesForward = EncodePieces<Bend::none>;
using PiecesAdjoint = EncodePiecesAdjoint<Bend::none>;

/// Shared by the blocks of the adjoint by pieces.
SetPlan adjoint_by_pieces(SetPlan plan) {
  plan.per_block = static_cast<int>(parts_of(plan.segments(), kMultiprocessors));
  return plan;
}

}  // namespace

template <class T>
SetPlan plan_encoder(const Context& context, Index sets, Index n_max, const EncoderLayout& layout, bool shared) {
  constexpr Index kChunk = 40;  // rows
  // Rows: fewer take less time than finding the pieces and what comes with them, or, these being shared, looking up.
  constexpr Index kWorthwhile = 1 << 17, kWorthwhileShared = 1 << 16;
  const SetPlan plan = SetPlan::of(sets, n_max);
  const Index least = shared ? kWorthwhileShared : kWorthwhile;
  if (!std::is_same_v<T, float> || sets * n_max < least || !PieceTable::fit(layout)) return plan;
  const PieceTable table = PieceTable::of(layout);
  const std::size_t limit = context.device()->properties().shared_limit;
  SetPlan by_pieces = plan;
  const Index chunks = parts_of(n_max, kChunk);
  by_pieces.cut(parts_of(n_max, chunks));
  const Index tile = PiecesForward::segments(table), tiles = parts_of(by_pieces.segments(), tile);
  by_pieces.per_block = static_cast<int>(tile * parts_of(tiles, PiecesForward::kResident * kMultiprocessors));
  by_pieces.pieces = PiecesForward::fit(table, by_pieces.chunk_rows, limit) &&
                     PiecesAdjoint::pieces_for(table, adjoint_by_pieces(by_pieces), static_cast<Index>(limit)) > 0;
  return by_pieces.pieces ? by_pieces : plan;
}

void EncoderLayout::place(bool pool_first) {
  layers = pool_first ? 2 : 3;
  for (int l = 0; l < 3; ++l) weight_at[l + 1] = weight_at[l] + width[l + 1] * weight_stride_of(width[l]);
  activation_at[0] = 1;
  for (int l = 0; l < layers; ++l) activation_at[l + 1] = activation_at[l] + width[l];
  activation_rows = activation_at[layers] + width[layers];
}

EncoderSaved EncoderSaved::of(const Context& context, const SetPlan& plan, const EncoderLayout& layout, bool shared) {
  EncoderSaved at;
  const auto take = [&at](Index size) {
    const Index place = at.size;
    at.size += parts_of(size, 4) * 4;  // aligned to 16 bytes
    return place;
  };
  at.weights = take(layout.weights_size());
  at.counts = take(plan.sets);
  if (layout.pool_first()) {
    at.means = take(plan.sets * layout.width[2]);
    at.d_means = take(plan.sets * layout.width[2]);
    at.d_encoding = take(plan.sets * layout.width[3]);
    at.scratch_size = linear_scratch_size(context, plan.sets, layout.width[3], layout.width[2]);
    at.scratch = take(at.scratch_size);
  }
  Index blocks = std::max(plan.blocks(), SetPlan::of(plan.sets, plan.n_max).blocks());
  if (ChainInputs::many(layout)) at.largest = take(plan.segments());
  if (plan.pieces) {
    const PieceTable table = PieceTable::of(layout);
    const Index adjoint_blocks = adjoint_by_pieces(plan).blocks();
    if (!shared) at.pieces = take(table.size);
    if (!shared) at.piece_sums = take(adjoint_blocks * PiecesGradients::kMost * table.groups() * 8);
    blocks = std::max({blocks, adjoint_blocks, static_cast<Index>(table.firsts())});
  }
  at.partials = take(std::max(plan.segments() * (layout.pooled() + 1), blocks * layout.weight_at[layout.layers]));
  return at;
}

namespace {

/// What a pass and its adjoint have in common.
template <class T>
struct EncoderJob {
  SetPlan plan;
  EncoderLayout layout;
  EncoderSaved at;
  EncoderWeights<T> weights;
  T* saved;

  static EncoderJob of(const Context& context, Index sets, Index n_max, const EncoderWeights<T>& weights, T* saved) {
    const EncoderLayout layout = EncoderLayout::of(weights);
    const bool shared = !weights.prepared.pieces.empty();
    const SetPlan plan = plan_encoder<T>(context, sets, n_max, layout, shared);
    return {plan, layout, EncoderSaved::of(context, plan, layout, shared), weights, saved};
  }
};

/// Where weights do not stay in shared memory: their copy for the programs.
template <class T>
void place_weights(const Context& context, const EncoderJob<T>& job) {
  for (int l = 0; l < job.layout.layers; ++l) {
    for_each(context, job.layout.weight_at[l + 1] - job.layout.weight_at[l],
             PlaceWeights<T>{job.weights.layer[l], job.saved + job.at.weights + job.layout.weight_at[l]});
  }
}

/// Where what is pooled goes from the sums of chunks; the kept counts, and, where wanted, valid [G].
template <class T>
MeanOfChunks<T> means_of(const EncoderJob<T>& job, VecView<std::int32_t> valid, MatView<T> encoding) {
  const Index pooled = job.layout.pooled();
  const T* const pools = job.saved + job.at.partials;
  T* const means = job.layout.pool_first() ? job.saved + job.at.means : encoding.data;
  return {pools,
          pools + job.plan.segments() * pooled,
          job.plan.chunks,
          pooled,
          means,
          job.saved + job.at.counts,
          valid.empty() ? nullptr : valid.data};
}

/// From what is pooled to the encodings [G,E].
template <class T>
void finish_encoding(const Context& context, const EncoderJob<T>& job, MatView<T> encoding) {
  if (!job.layout.pool_first()) return;
  linear<T>(context, {job.saved + job.at.means, job.plan.sets, job.layout.pooled()}, job.weights.layer[2],
            Activation::none, encoding);
  for_each(context, encoding.size(),
           CopyFilledSets<T>{job.saved + job.at.counts, encoding.cols, encoding.data, encoding.data});
}

/// The gradient of what was pooled [G,pooled]; where the last layer came after, its weights' gradients are done.
template <class T>
const T* begin_encoding_adjoint(const Context& context, const EncoderJob<T>& job, MatView<const T> d_encoding,
                                const EncoderGradients<T>& d_weights) {
  if (!job.layout.pool_first()) return d_encoding.data;
  const Index sets = job.plan.sets, pooled = job.layout.pooled();
  const MatView<T> filled{job.saved + job.at.d_encoding, sets, d_encoding.cols};
  const MatView<T> d_means{job.saved + job.at.d_means, sets, pooled};
  for_each(context, filled.size(),
           CopyFilledSets<T>{job.saved + job.at.counts, filled.cols, d_encoding.data, filled.data});
  context.zero(d_means.data, static_cast<std::size_t>(d_means.size()) * sizeof(T));
  linear_adjoint<T>(context, {job.saved + job.at.means, sets, pooled}, job.weights.layer[2], Activation::none,
                    d_encoding, filled, d_means, d_weights.layer[2], {job.saved + job.at.scratch, job.at.scratch_size});
  return d_means.data;
}

/// Chooses tiles and calls run(std::true_type or std::false_type, rows): whether weights stay in shared memory.
template <template <class, bool> class Program, class T, class Run>
void choose_tiles(const Context& context, const EncoderJob<T>& job, const Run& run) {
  const std::size_t limit = context.device()->properties().shared_limit;
  const auto resident = [&](int rows) { return Program<T, true>::bytes(job.layout, rows); };
  const auto streamed = [&](int rows) { return Program<T, false>::bytes(job.layout, rows); };
  const int rows = tile_rows_for(job.plan.block_rows(), limit, resident);
  if (resident(rows) <= limit) return run(std::true_type{}, rows);
  place_weights(context, job);
  run(std::false_type{}, tile_rows_for(job.plan.block_rows(), limit, streamed));
}

/// Calls run(null pointer to a program, its sets) for the chain that takes the layers (with_chain); false where none
/// does.
template <template <bool, int> class Program, class Run>
bool choose_chain(const Context& context, const EncoderJob<float>& job, const SetBuffer<float>& rows, const Run& run) {
  return with_chain<Program>(context, job.layout, [&](auto three, auto tiles) {
    using P = Program<decltype(three)::value, decltype(tiles)::value>;
    const SetPlan plan = SetPlan::of(job.plan.sets, job.plan.n_max, P::kResident);
    run(static_cast<P*>(nullptr), typename P::Sets{{rows, plan, P::Sets::kTileRows}, job.layout, job.weights});
  });
}

Bend bend_of(const Context& context, const PieceTable& at) {
  if (at.pool_first) return Bend::none;
  return context.products() == ProductPrecision::tf32 ? Bend::quick : Bend::exact;
}

/// To the sums of chunks; true: to the means at once.
template <class T>
bool run_encoding(const Context& context, const EncoderJob<T>& job, const SetBuffer<T>& rows,
                  const MeanOfChunks<T>& means) {
  T* const pools = job.saved + job.at.partials;
  const SetSums<T> sums{pools, pools + job.plan.segments() * job.layout.pooled()};
  if constexpr (sizeof(T) == sizeof(float)) {
    if (job.plan.pieces) {
      const PieceTable at = PieceTable::of(job.layout);
      const bool shared = !job.weights.prepared.pieces.empty();
      float* const table = shared ? job.weights.prepared.pieces.data : job.saved + job.at.pieces;
      if (!shared) run_blocks(context, FindPieces{at, job.weights, table});
      const int tile = PiecesForward::segments(at) * job.plan.chunk_rows;
      with_bend(bend_of(context, at), [&](auto bend) {
        run_blocks(context, EncodePieces<decltype(bend)::value>{{rows, job.plan, tile}, at, table, sums, means});
      });
      return job.plan.chunks == 1;
    }
    const auto chain = [&](auto* program, const auto& sets) {
      float* const largest = ChainInputs::many(job.layout) ? job.saved + job.at.largest : nullptr;
      run_blocks(context, std::remove_pointer_t<decltype(program)>{sets, sums, means, largest});
    };
    if (choose_chain<EncodeChains>(context, job, rows, chain)) return job.plan.chunks == 1;
  }
  choose_tiles<EncodeSets>(context, job, [&](auto is_resident, int tile_rows) {
    run_blocks(context, EncodeSets<T, decltype(is_resident)::value>{
                            {{rows, job.plan, tile_rows}, job.layout, job.weights, job.saved + job.at.weights}, sums});
  });
  return false;
}

/// How many blocks left weight gradients: at most so many, and where the device knows it.
struct GradientParts {
  Index most;
  const std::int32_t* counted = nullptr;
};
template <class T>
GradientParts run_encoding_adjoint(const Context& context, const EncoderJob<T>& job, const SetBuffer<T>& rows,
                                   const T* d_pooled, T* d_x) {
  const T* const counts = job.saved + job.at.counts;
  T* const partials = job.saved + job.at.partials;
  if constexpr (sizeof(T) == sizeof(float)) {
    if (job.plan.pieces && d_x == nullptr) {
      const PieceTable at = PieceTable::of(job.layout);
      const SetPlan plan = adjoint_by_pieces(job.plan);
      const auto room = static_cast<Index>(context.device()->properties().shared_limit);
      const PreparedEncoder<float>& prepared = job.weights.prepared;
      const bool shared = !prepared.pieces.empty();
      float* const table = shared ? prepared.pieces.data : job.saved + job.at.pieces;
      float* const sums = shared ? prepared.pieces_sums.data : job.saved + job.at.piece_sums;
      float* const gradients = shared ? sums + SharedPieceSums::of(at, job.layout).sums : partials;
      const int pieces = PiecesAdjoint::pieces_for(at, plan, room);
      with_bend(bend_of(context, at), [&](auto bend) {
        run_blocks(context, EncodePiecesAdjoint<decltype(bend)::value>{{rows, plan, plan.block_rows()},
                                                                       at,
                                                                       job.layout,
                                                                       job.weights,
                                                                       table,
                                                                       counts,
                                                                       d_pooled,
                                                                       room,
                                                                       pieces,
                                                                       sums,
                                                                       gradients,
                                                                       shared});
      });
      if (shared) return {0};
      run_blocks(context,
                 PiecesGradients{at, job.layout, job.weights, table, static_cast<int>(plan.blocks()), sums, partials});
      return {std::max(plan.blocks(), static_cast<Index>(at.firsts())), at.parts(table)};
    }
    Index blocks = 0;
    const auto chain = [&](auto* program, const auto& sets) {
      const bool measured =
          ChainInputs::many(job.layout) && with_chain<EncodeChains>(context, job.layout, [](auto, auto) {});
      const float* const seen = measured ? job.saved + job.at.largest : nullptr;
      run_blocks(context, std::remove_pointer_t<decltype(program)>{{sets, counts, d_pooled, seen}, d_x, partials});
      blocks = sets.plan.blocks();
    };
    if (choose_chain<EncodeChainsAdjoint>(context, job, rows, chain)) return {blocks};
  }
  choose_tiles<EncodeSetsAdjoint>(context, job, [&](auto is_resident, int tile_rows) {
    run_blocks(context, EncodeSetsAdjoint<T, decltype(is_resident)::value>{
                            {{rows, job.plan, tile_rows}, job.layout, job.weights, job.saved + job.at.weights},
                            counts,
                            d_pooled,
                            d_x,
                            partials});
  });
  return {job.plan.blocks()};
}

}  // namespace

template <class T>
Index encode_saved_size_on_gpu(const Context& context, const SetPool& pool, const EncoderWeights<T>& weights) {
  return EncoderJob<T>::of(context, pool.sets, pool.n_max, weights, nullptr).at.size;
}

template <class T>
void encode_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<T> encoding) {
  const auto job = EncoderJob<T>::of(context, pass.pool.sets, pass.pool.n_max, pass.weights, pass.saved.data);
  const MeanOfChunks<T> means = means_of<T>(job, pass.counted, encoding);
  const bool done = run_encoding(context, job, SetBuffer<T>::of(pass.x, pass.pool), means);
  if (!done) for_each(context, job.plan.sets * job.layout.pooled(), means);
  finish_encoding<T>(context, job, encoding);
}

template <class T>
void encode_adjoint_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<const T> d_encoding,
                           MatView<T> d_x, const EncoderGradients<T>& d_weights) {
  const auto job = EncoderJob<T>::of(context, pass.pool.sets, pass.pool.n_max, pass.weights, pass.saved.data);
  std::optional<WorkAside> aside;
  if (d_x.empty()) aside.emplace(context);  // the weights' gradients are all that it gives
  const T* d_pooled = begin_encoding_adjoint<T>(context, job, d_encoding, d_weights);
  const GradientParts parts = run_encoding_adjoint(context, job, SetBuffer<T>::of(pass.x, pass.pool), d_pooled,
                                                   d_x.empty() ? nullptr : d_x.data);
  if (!aside) aside.emplace(context);
  run_blocks(context, SumBlocks<T>{job.layout, parts.most, job.saved + job.at.partials, d_weights, parts.counted});
}

#define ALFI_INSTANTIATE(T)                                                                                      \
  template SetPlan plan_encoder<T>(const Context&, Index, Index, const EncoderLayout&, bool);                    \
  template Index encode_saved_size_on_gpu<T>(const Context&, const SetPool&, const EncoderWeights<T>&);          \
  template void encode_on_gpu<T>(const Context&, const BufferEncoding<T>&, MatView<T>);                          \
  template void encode_adjoint_on_gpu<T>(const Context&, const BufferEncoding<T>&, MatView<const T>, MatView<T>, \
                                         const EncoderGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
