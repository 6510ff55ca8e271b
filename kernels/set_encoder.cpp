#include "alfi/kernels/set_encoder.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_encoder(const char* function, MatView<const T> x, const SetPool& pool, const EncoderWeights<T>& weights,
                   VecView<T> saved) {
  require_shape(function, "x", x, pool.sets * pool.n_max, weights.layer[0].weight.cols);
  for (int l = 0; l < 3; ++l) {
    const LinearWeights<T>& layer = weights.layer[l];
    if (l > 0) require_shape(function, "weight", layer.weight, layer.weight.rows, weights.layer[l - 1].weight.rows);
    if (!layer.bias.empty()) require_size(function, "bias", layer.bias, layer.weight.rows);
  }
  if (!pool.status.empty()) require_size(function, "status", pool.status, pool.sets * pool.n_max);
  if (!pool.counts.empty()) require_size(function, "counts", pool.counts, pool.sets);
  for (Index g = 0; g < pool.counts.size; ++g) {
    if (pool.counts[g] >= 0 && pool.counts[g] <= pool.n_max) continue;
    throw ShapeError(std::string(function) + ": counts[" + std::to_string(g) + "] is " +
                     std::to_string(pool.counts[g]) + ", expected 0 to " + std::to_string(pool.n_max));
  }
  if (weights.last == Activation::relu)
    throw InputError(std::string(function) + ": got last relu, expected none or tanh");
  require_size(function, "saved", saved, set_encoder_saved_size(pool, weights));
}

bool valid(const SetPool& pool, Index set, Index i) {
  if (!pool.counts.empty() && i >= pool.counts[set]) return false;
  return pool.status.empty() || pool.status[set * pool.n_max + i] == 0;
}
Index valid_count(const SetPool& pool, Index set) {
  Index count = 0;
  for (Index i = 0; i < pool.n_max; ++i) count += valid(pool, set, i) ? 1 : 0;
  return count;
}

template <class T>
MatView<T> row_of(T* data, Index cols) {
  return {data, 1, cols};
}

/// One row's activations inside saved: the outputs of the three layers, one after the other.
template <class T>
struct SavedRow {
  SavedRow(const EncoderWeights<T>& weights, VecView<T> saved, Index row)
      : widths{weights.layer[0].weight.rows, weights.layer[1].weight.rows, weights.layer[2].weight.rows} {
    T* start = saved.data + row * (widths[0] + widths[1] + widths[2]);
    layer[0] = row_of(start, widths[0]);
    layer[1] = row_of(start + widths[0], widths[1]);
    layer[2] = row_of(start + widths[0] + widths[1], widths[2]);
  }
  Index widths[3];
  MatView<T> layer[3];
};

template <class T>
Activation activation_of(const EncoderWeights<T>& weights, int layer) {
  return layer < 2 ? Activation::relu : weights.last;
}

}  // namespace

template <class T>
Index set_encoder_saved_size(const SetPool& pool, const EncoderWeights<T>& weights) {
  Index widths = 0;
  for (const LinearWeights<T>& layer : weights.layer) widths += layer.weight.rows;
  return pool.sets * pool.n_max * widths;
}

template <class T>
void set_encoder(const Context& context, MatView<const T> x, const SetPool& pool, const EncoderWeights<T>& weights,
                 VecView<T> saved, MatView<T> encoding) {
  require_cpu(context, "set_encoder");
  check_encoder("set_encoder", x, pool, weights, saved);
  require_shape("set_encoder", "encoding", encoding, pool.sets, weights.layer[2].weight.rows);
  std::fill(encoding.data, encoding.data + encoding.size(), T(0));
  for (Index g = 0; g < pool.sets; ++g) {
    const Index count = valid_count(pool, g);
    for (Index i = 0; i < pool.n_max; ++i) {
      if (!valid(pool, g, i)) continue;
      const Index row = g * pool.n_max + i;
      const SavedRow<T> kept(weights, saved, row);
      MatView<const T> input = row_of(x.row(row).data, x.cols);
      for (int l = 0; l < 3; ++l) {
        linear(context, input, weights.layer[l], activation_of(weights, l), kept.layer[l]);
        input = kept.layer[l];
      }
      for (Index e = 0; e < encoding.cols; ++e) encoding(g, e) += kept.layer[2](0, e) / static_cast<T>(count);
    }
  }
}

template <class T>
void set_encoder_adjoint(const Context& context, MatView<const T> x, const SetPool& pool,
                         const EncoderWeights<T>& weights, VecView<T> saved, MatView<const T> d_encoding,
                         MatView<T> d_x, const EncoderGradients<T>& d_weights) {
  const char* function = "set_encoder_adjoint";
  require_cpu(context, function);
  check_encoder(function, x, pool, weights, saved);
  require_shape(function, "d_encoding", d_encoding, pool.sets, weights.layer[2].weight.rows);
  if (!d_x.empty()) require_shape(function, "d_x", d_x, x.rows, x.cols);
  static thread_local std::vector<T> scratch;
  Index widest = 0;
  for (const LinearWeights<T>& layer : weights.layer) widest = std::max(widest, layer.weight.rows);
  if (scratch.size() < static_cast<std::size_t>(2 * widest)) scratch.resize(static_cast<std::size_t>(2 * widest));
  for (Index g = 0; g < pool.sets; ++g) {
    const Index count = valid_count(pool, g);
    for (Index i = 0; i < pool.n_max; ++i) {
      if (!valid(pool, g, i)) continue;
      const Index row = g * pool.n_max + i;
      const SavedRow<T> kept(weights, saved, row);
      T* d_output = scratch.data();
      T* d_input = scratch.data() + widest;
      for (Index e = 0; e < d_encoding.cols; ++e) d_output[e] = d_encoding(g, e) / static_cast<T>(count);
      for (int l = 2; l >= 0; --l) {
        const Index inputs = weights.layer[l].weight.cols;
        const MatView<const T> input = l > 0 ? MatView<const T>(kept.layer[l - 1]) : row_of(x.row(row).data, x.cols);
        MatView<T> d_input_row = row_of(d_input, inputs);
        if (l == 0) d_input_row = d_x.empty() ? MatView<T>{} : row_of(d_x.row(row).data, inputs);
        if (l > 0) std::fill(d_input, d_input + inputs, T(0));
        linear_adjoint(context, input, weights.layer[l], activation_of(weights, l), MatView<const T>(kept.layer[l]),
                       row_of(d_output, kept.widths[l]), d_input_row, d_weights.layer[l]);
        std::swap(d_output, d_input);
      }
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template Index set_encoder_saved_size<T>(const SetPool&, const EncoderWeights<T>&);                                  \
  template void set_encoder<T>(const Context&, MatView<const T>, const SetPool&, const EncoderWeights<T>&, VecView<T>, \
                               MatView<T>);                                                                            \
  template void set_encoder_adjoint<T>(const Context&, MatView<const T>, const SetPool&, const EncoderWeights<T>&,     \
                                       VecView<T>, MatView<const T>, MatView<T>, const EncoderGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
