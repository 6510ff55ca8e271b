#pragma once
#include "alfi/kernels/linear.hpp"

/// Set encoder: three layers (ReLU, ReLU, none or tanh) on every row of each set, then the mean over the set's valid
/// rows. Sets are rectangles: G sets of n_max rows, of which the first counts[g] exist and those with status 0 are
/// valid. A set without valid rows encodes to 0. Where the last layer is linear the pool comes before it (the same
/// number for less work).
/// Shapes: x [G*n_max, D], encoding [G,E], layer widths as the weights say.
/// What rows that are not valid hold does not matter. A set's encoding does not depend on the other sets.
/// Throws: ShapeError where shapes or counts disagree. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

struct SetPool {
  Index sets = 0;                      ///< G
  Index n_max = 0;                     ///< rows of the rectangle per set
  VecView<const std::int32_t> counts;  ///< [G] rows that exist, or empty: all n_max
  VecView<const std::uint8_t> status;  ///< [G*n_max] 0 valid, or empty: all valid
};

/// What passes over the same weights share on a GPU, where it was made for them (kernels/prepared_encoder.hpp); each is
/// empty where it was not, and made by every pass for itself.
template <class T>
struct PreparedEncoder {
  VecView<T> chain;        ///< the weights as blocks keep them
  VecView<T> pieces;       ///< of one input, where rows are many: its pieces,
  VecView<T> pieces_sums;  ///< and what all adjoint passes add up for the weights' gradients
};

template <class T>
struct EncoderWeights {
  LinearWeights<T> layer[3];
  Activation last = Activation::tanh;  ///< none or tanh
  PreparedEncoder<T> prepared{};
};
template <class T>
struct EncoderGradients {
  LinearGradients<T> layer[3];
};

/// Throw ShapeError or InputError, naming function, unless weights take inputs and fit each other, and gradients fit.
template <class T>
void check_encoder_weights(const char* function, const EncoderWeights<T>& weights, Index inputs);
template <class T>
void check_encoder_gradients(const char* function, const EncoderWeights<T>& weights,
                             const EncoderGradients<T>& d_weights);

/// How many elements of T the forward pass keeps for the adjoint: a function of the context, of sizes, and of whether
/// weights.prepared holds pieces.
template <class T>
Index set_encoder_saved_size(const Context& context, const SetPool& pool, const EncoderWeights<T>& weights);

/// saved [set_encoder_saved_size] is written; its layout is the implementation's own.
template <class T>
void set_encoder(const Context& context, MatView<const T> x, const SetPool& pool, const EncoderWeights<T>& weights,
                 VecView<T> saved, MatView<T> encoding);

/// saved is what the forward pass wrote (and may be overwritten); d_x may be empty (not wanted).
template <class T>
void set_encoder_adjoint(const Context& context, MatView<const T> x, const SetPool& pool,
                         const EncoderWeights<T>& weights, VecView<T> saved, MatView<const T> d_encoding,
                         MatView<T> d_x, const EncoderGradients<T>& d_weights);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
