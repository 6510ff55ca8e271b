#include "alfi/kernels/layer_pair.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/layer_pair.hpp"
#include "alfi/kernels/gpu/weight_gradients.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_pair(const char* function, const ColumnParts<const T>& parts, const LayerPair<T>& pair,
                const LayerPairKept<T>& kept, MatView<const T> y) {
  Index inputs = 0;
  for (int p = 0; p < parts.count; ++p) {
    require_shape(function, "part", parts.part[p], y.rows, parts.part[p].cols);
    inputs += parts.part[p].cols;
  }
  const Index hidden = kept.hidden.cols, outputs = y.cols;
  require_shape(function, "first weight", pair.layer[0].weight, hidden, inputs);
  require_shape(function, "second weight", pair.layer[1].weight, outputs, hidden);
  for (const LinearWeights<T>& layer : pair.layer) {
    if (!layer.bias.empty()) require_size(function, "bias", layer.bias, layer.weight.rows);
  }
  require_shape(function, "hidden", kept.hidden, y.rows, hidden);
  if (parts.count > 1) require_shape(function, "joined", kept.joined, y.rows, inputs);
}

}  // namespace

template <class T>
bool has_layer_pair(const Context& context, const LayerPair<T>& pair) {
  return on_gpu(context) && LayerPairJob<T>::of(0, pair).bytes() <= kMostRowBlockBytes;
}

template <class T>
void layer_pair(const Context& context, const ColumnParts<const T>& parts, const LayerPair<T>& pair,
                const LayerPairKept<T>& kept, MatView<T> y) {
  check_pair<T>("layer_pair", parts, pair, kept, y);
  run_blocks(context, LayerPairForward<T>{LayerPairJob<T>::of(y.rows, pair), parts,
                                          parts.count > 1 ? kept.joined.data : nullptr, kept.hidden.data, y.data});
}

Index layer_pair_scratch_size(const Context& context, Index rows, Index outputs, Index hidden, Index inputs) {
  return rows * hidden + linear_scratch_size(context, rows, outputs, hidden) +
         linear_scratch_size(context, rows, hidden, inputs);
}

template <class T>
void layer_pair_adjoint(const Context& context, const ColumnParts<const T>& parts, const LayerPair<T>& pair,
                        const LayerPairKept<T>& kept, MatView<const T> y, MatView<T> d_y, const ColumnParts<T>& d_parts,
                        const LayerPairGradients<T>& d_weights, VecView<T> scratch) {
  const char* function = "layer_pair_adjoint";
  check_pair(function, parts, pair, kept, y);
  const Index rows = y.rows, outputs = y.cols, hidden = kept.hidden.cols, inputs = pair.layer[0].weight.cols;
  require_shape(function, "d_y", d_y, rows, outputs);
  for (int p = 0; p < parts.count; ++p) {
    require_shape(function, "d_part", d_parts.part[p], rows, parts.part[p].cols);
  }
  require_shape(function, "first d_weight", d_weights.layer[0].weight, hidden, inputs);
  require_shape(function, "second d_weight", d_weights.layer[1].weight, outputs, hidden);
  require_size(function, "scratch", scratch, layer_pair_scratch_size(context, rows, outputs, hidden, inputs));
  T *const d_hidden = scratch.data, *const second = d_hidden + rows * hidden,
           *const first = second + linear_scratch_size(context, rows, outputs, hidden);
  run_blocks(context, LayerPairAdjoint<T>{LayerPairJob<T>::of(rows, pair), kept.hidden.data, y.data, d_y.data, d_hidden,
                                          d_parts});
  const MatView<const T> x = parts.count > 1 ? MatView<const T>(kept.joined) : parts.part[0];
  GradientLaunches<T> launches(rows);
  WeightGradients<T>::of(rows, d_weights.layer[1], second, &launches).sum_all(context, d_y.data, kept.hidden);
  WeightGradients<T>::of(rows, d_weights.layer[0], first, &launches).sum_all(context, d_hidden, x);
  launches.run(context);
}

#define ALFI_INSTANTIATE(T)                                                                                         \
  template bool has_layer_pair<T>(const Context&, const LayerPair<T>&);                                             \
  template void layer_pair<T>(const Context&, const ColumnParts<const T>&, const LayerPair<T>&,                     \
                              const LayerPairKept<T>&, MatView<T>);                                                 \
  template void layer_pair_adjoint<T>(const Context&, const ColumnParts<const T>&, const LayerPair<T>&,             \
                                      const LayerPairKept<T>&, MatView<const T>, MatView<T>, const ColumnParts<T>&, \
                                      const LayerPairGradients<T>&, VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
