#pragma once
#include "alfi/kernels/linear.hpp"
#include "alfi/kernels/shape.hpp"

/// Two linear layers, one after the other, on matrices side by side: y = b(a([part_0, part_1, ..] W' + v) U' + u) as
/// one launch on a GPU, for layers whose weights have room in a block's shared memory. On a CPU they are two calls of
/// linear(), which is as fast there.
/// Shapes: parts [R, cols], W [H, sum of cols], v [H], U [O,H], u [O] (v, u: empty where there is none), y [R,O].
/// Throws: ShapeError where shapes disagree. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct LayerPair {
  LinearWeights<T> layer[2];
  Activation activation[2];
};
template <class T>
struct LayerPairGradients {
  LinearGradients<T> layer[2];
};

/// Whether the context has the pair as one launch: for a GPU only, and where it pays.
template <class T>
bool has_layer_pair(const Context& context, const LayerPair<T>& pair);

/// What the forward pass keeps for the adjoint: the first layer's results [R,H], and, of several parts, these side by
/// side. Not initialized.
template <class T>
struct LayerPairKept {
  MatView<T> hidden, joined;  ///< joined: empty where there is one part
};

/// Only where has_layer_pair().
template <class T>
void layer_pair(const Context& context, const ColumnParts<const T>& parts, const LayerPair<T>& pair,
                const LayerPairKept<T>& kept, MatView<T> y);

/// Elements of scratch that the adjoint needs.
Index layer_pair_scratch_size(const Context& context, Index rows, Index outputs, Index hidden, Index inputs);

/// d_y is overwritten. d_parts: those without data are not wanted; no two may be the same matrix.
template <class T>
void layer_pair_adjoint(const Context& context, const ColumnParts<const T>& parts, const LayerPair<T>& pair,
                        const LayerPairKept<T>& kept, MatView<const T> y, MatView<T> d_y, const ColumnParts<T>& d_parts,
                        const LayerPairGradients<T>& d_weights, VecView<T> scratch);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
