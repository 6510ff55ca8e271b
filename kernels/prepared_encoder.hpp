#pragma once
#include "alfi/kernels/set_encoder.hpp"

/// What passes of one encoder over the same weights share on a GPU, made once for all of them: the weights in the form
/// that blocks keep, and, of one input and many rows, its pieces (kernels/gpu/pieces.hpp), over which the adjoint
/// passes then add up together. On a CPU, and in double, nothing is shared, and all of this does nothing.
/// Passes read it from EncoderWeights::prepared; it is as old as the weights it was made from.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// The largest of the passes to come.
struct EncoderPasses {
  Index sets = 0, n_max = 0;
};

/// Elements of memory that prepare_encoder() takes: a function of the context and of sizes.
template <class T>
Index prepared_encoder_size(const Context& context, const EncoderPasses& passes, const EncoderWeights<T>& weights);

/// Whether passes share pieces, which changes what set_encoder_saved_size() says of those with weights.prepared.
template <class T>
bool encoder_shares_pieces(const Context& context, const EncoderPasses& passes, const EncoderWeights<T>& weights);

/// memory [prepared_encoder_size] is written, and read until the last of the passes is done.
template <class T>
PreparedEncoder<T> prepare_encoder(const Context& context, const EncoderPasses& passes,
                                   const EncoderWeights<T>& weights, VecView<T> memory);

/// After the last adjoint pass with weights.prepared, once: what these passes left there is added to the gradients.
template <class T>
void finish_encoder_adjoint(const Context& context, const EncoderWeights<T>& weights,
                            const EncoderGradients<T>& d_weights);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
