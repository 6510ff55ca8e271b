#pragma once
#include "alfi/kernels/gpu/set_plan.hpp"

/// The set encoder on a GPU, for kernels/set_encoder.cpp and for simulators; defined where CUDA is compiled in.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// How the encoder's work on so many sets is split. shared: its pieces are found, and their gradients are made, once
/// for several passes.
template <class T>
SetPlan plan_encoder(const Context& context, Index sets, Index n_max, const EncoderLayout& layout, bool shared);

/// The encoding of a buffer's rows, and its adjoint (kernels/set_encoder.hpp).
template <class T>
struct BufferEncoding {
  MatView<const T> x;
  const SetPool& pool;
  const EncoderWeights<T>& weights;
  VecView<T> saved;
  VecView<std::int32_t> counted = {};  ///< [G] written: valid rows; or empty: not wanted
};
template <class T>
Index encode_saved_size_on_gpu(const Context& context, const SetPool& pool, const EncoderWeights<T>& weights);
template <class T>
void encode_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<T> encoding);
template <class T>
void encode_adjoint_on_gpu(const Context& context, const BufferEncoding<T>& pass, MatView<const T> d_encoding,
                           MatView<T> d_x, const EncoderGradients<T>& d_weights);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
