#include "alfi/kernels/prepared_encoder.hpp"

#include <type_traits>

#include "alfi/core/aside.hpp"
#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/chain_choice.hpp"
#include "alfi/kernels/gpu/encode_pieces_adjoint.hpp"
#include "alfi/kernels/gpu/find_pieces.hpp"
#include "alfi/kernels/gpu/set_encoder_adjoint.hpp"
#include "alfi/kernels/gpu/set_encoder_job.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

/// The chain that either pass takes.
template <class Run>
void with_either_chain(const Context& context, const EncoderLayout& layout, const Run& run) {
  if (!with_chain<EncodeChains>(context, layout, run)) with_chain<EncodeChainsAdjoint>(context, layout, run);
}

/// Sizes in elements, each a multiple of 16 bytes.
struct PreparedSizes {
  Index chain = 0, pieces = 0, pieces_sums = 0;

  static PreparedSizes of(const Context& context, const EncoderPasses& passes, const EncoderLayout& layout) {
    PreparedSizes sizes;
    with_either_chain(context, layout, [&](auto three, auto tiles) {
      sizes.chain = ChainWeights<decltype(three)::value, decltype(tiles)::value>::of(layout).bytes() /
                    static_cast<Index>(sizeof(float));
    });
    if (plan_encoder<float>(context, passes.sets, passes.n_max, layout, true).pieces) {
      const PieceTable table = PieceTable::of(layout);
      sizes.pieces = table.size;
      sizes.pieces_sums = SharedPieceSums::of(table, layout).size();
    }
    return sizes;
  }
  Index all() const { return chain + pieces + pieces_sums; }
};

template <class T>
constexpr bool kShared = kCudaCompiled&& std::is_same_v<T, float>;

}  // namespace

template <class T>
Index prepared_encoder_size(const Context& context, const EncoderPasses& passes, const EncoderWeights<T>& weights) {
  if constexpr (kShared<T>) {
    if (on_gpu(context)) return PreparedSizes::of(context, passes, EncoderLayout::of(weights)).all();
  }
  return 0;
}

template <class T>
bool encoder_shares_pieces(const Context& context, const EncoderPasses& passes, const EncoderWeights<T>& weights) {
  if constexpr (kShared<T>) {
    if (on_gpu(context)) return PreparedSizes::of(context, passes, EncoderLayout::of(weights)).pieces > 0;
  }
  return false;
}

template <class T>
PreparedEncoder<T> prepare_encoder(const Context& context, const EncoderPasses& passes,
                                   const EncoderWeights<T>& weights, VecView<T> memory) {
  require_size("prepare_encoder", "memory", memory, prepared_encoder_size(context, passes, weights));
  PreparedEncoder<T> prepared;
  if constexpr (kShared<T>) {
    if (!on_gpu(context)) return prepared;
    const EncoderLayout layout = EncoderLayout::of(weights);
    const PreparedSizes sizes = PreparedSizes::of(context, passes, layout);
    if (sizes.chain > 0) prepared.chain = {memory.data, sizes.chain};
    with_either_chain(context, layout, [&](auto three, auto tiles) {
      run_blocks(context, PrepareChain<decltype(three)::value, decltype(tiles)::value>{layout, weights, memory.data});
    });
    if (sizes.pieces == 0) return prepared;
    prepared.pieces = {memory.data + sizes.chain, sizes.pieces};
    prepared.pieces_sums = {memory.data + sizes.chain + sizes.pieces, sizes.pieces_sums};
    run_blocks(context, FindPieces{PieceTable::of(layout), weights, prepared.pieces.data});
    context.zero(prepared.pieces_sums.data, static_cast<std::size_t>(sizes.pieces_sums) * sizeof(T));
  }
  return prepared;
}

template <class T>
void finish_encoder_adjoint(const Context& context, const EncoderWeights<T>& weights,
                            const EncoderGradients<T>& d_weights) {
  if constexpr (kShared<T>) {
    const PreparedEncoder<T>& prepared = weights.prepared;
    if (prepared.pieces.empty()) return;
    const EncoderLayout layout = EncoderLayout::of(weights);
    const PieceTable at = PieceTable::of(layout);
    const SharedPieceSums places = SharedPieceSums::of(at, layout);
    float *const sums = prepared.pieces_sums.data, *const partials = sums + places.sums;
    const WorkAside aside(context);
    run_blocks(context,
               PiecesGradients{at, layout, weights, prepared.pieces.data, SharedPieceSums::kBlocks, sums, partials});
    run_blocks(context, SumBlocks<float>{layout, places.parts, partials, d_weights, at.parts(prepared.pieces.data)});
  }
}

#define ALFI_INSTANTIATE(T)                                                                                      \
  template Index prepared_encoder_size<T>(const Context&, const EncoderPasses&, const EncoderWeights<T>&);       \
  template bool encoder_shares_pieces<T>(const Context&, const EncoderPasses&, const EncoderWeights<T>&);        \
  template PreparedEncoder<T> prepare_encoder<T>(const Context&, const EncoderPasses&, const EncoderWeights<T>&, \
                                                 VecView<T>);                                                    \
  template void finish_encoder_adjoint<T>(const Context&, const EncoderWeights<T>&, const EncoderGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
