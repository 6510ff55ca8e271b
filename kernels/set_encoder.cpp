#include "alfi/kernels/set_encoder.hpp"

#include <algorithm>
#include <string>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/row_major.hpp"
#include "alfi/kernels/cpu/scratch.hpp"
#include "alfi/kernels/cpu/tile_layers.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/set_encoder_job.hpp"
#include "alfi/kernels/gpu/set_plan.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
void check_encoder_weights(const char* function, const EncoderWeights<T>& weights, Index inputs) {
  for (const LinearWeights<T>& layer : weights.layer) {
    require_shape(function, "weight", layer.weight, layer.weight.rows, inputs);
    if (!layer.bias.empty()) require_size(function, "bias", layer.bias, layer.weight.rows);
    inputs = layer.weight.rows;
  }
  if (weights.last == Activation::relu) {
    throw InputError(std::string(function) + ": got last relu, expected none or tanh");
  }
}

template <class T>
void check_encoder_gradients(const char* function, const EncoderWeights<T>& weights,
                             const EncoderGradients<T>& d_weights) {
  for (int l = 0; l < 3; ++l) {
    const MatView<const T> weight = weights.layer[l].weight;
    require_shape(function, "d_weight", d_weights.layer[l].weight, weight.rows, weight.cols);
    if (!d_weights.layer[l].bias.empty()) require_size(function, "d_bias", d_weights.layer[l].bias, weight.rows);
  }
}

namespace {

using cpu::Tile;

/// Values are looked at on a CPU only: a GPU's memory is out of the host's reach.
template <class T>
void check_encoder(const Context& context, const char* function, MatView<const T> x, const SetPool& pool,
                   const EncoderWeights<T>& weights, VecView<T> saved) {
  require_shape(function, "x", x, pool.sets * pool.n_max, weights.layer[0].weight.cols);
  check_encoder_weights(function, weights, x.cols);
  if (!pool.status.empty()) require_size(function, "status", pool.status, pool.sets * pool.n_max);
  if (!pool.counts.empty()) require_size(function, "counts", pool.counts, pool.sets);
  for (Index g = 0; g < pool.counts.size && context.backend() == Backend::cpu; ++g) {
    if (pool.counts[g] >= 0 && pool.counts[g] <= pool.n_max) continue;
    throw ShapeError(std::string(function) + ": counts[" + std::to_string(g) + "] is " +
                     std::to_string(pool.counts[g]) + ", expected 0 to " + std::to_string(pool.n_max));
  }
  require_size(function, "saved", saved, set_encoder_saved_size(context, pool, weights));
}

/// Below this input width the first layer is computed again by the adjoint: that takes less than storing it.
constexpr Index kRecomputedInputs = 8;

/// What is kept for the adjoint: the means of the second layer's output where they are pooled, then for each tile the
/// outputs of the first layer (unless recomputed), the second and the third (unless pooled before).
template <class T>
struct Saved {
  explicit Saved(const EncoderWeights<T>& weights)
      : hidden{weights.layer[0].weight.rows, weights.layer[1].weight.rows},
        output(weights.layer[2].weight.rows),
        recompute(weights.layer[0].weight.cols <= kRecomputedInputs),
        pool_first(weights.last == Activation::none) {}

  Index means_size(Index sets) const { return pool_first ? cpu::rounded_up(sets * hidden[1], cpu::kLane) : 0; }
  Index features() const { return (recompute ? 0 : hidden[0]) + hidden[1] + (pool_first ? 0 : output); }
  Index size(const SetPool& pool) const {
    const Index rows = pool.sets * pool.n_max, full = rows / cpu::kTileRows, rest = rows % cpu::kTileRows;
    const Index strides = full * cpu::tile_stride(cpu::kTileRows) + (rest > 0 ? cpu::tile_stride(rest) : 0);
    return means_size(pool.sets) + strides * features();
  }

  Index hidden[2], output;
  bool recompute, pool_first;
};

/// Where a tile's activations and their gradients are.
template <class T>
struct TileMemory {
  T *x, *hidden[2], *output;
};

template <class T>
TileMemory<T> tile_memory(const Saved<T>& layout, const Tile& tile, Index inputs, T* saved, T* scratch) {
  TileMemory<T> memory{};
  memory.x = scratch;
  memory.hidden[0] = layout.recompute ? scratch + inputs * tile.stride : saved;
  memory.hidden[1] = saved + (layout.recompute ? 0 : layout.hidden[0]) * tile.stride;
  memory.output = memory.hidden[1] + layout.hidden[1] * tile.stride;
  return memory;
}

/// values(set) /= the set's number of valid rows.
template <class T>
void divide_by_counts(const SetPool& pool, MatView<T> values) {
  for (Index g = 0; g < pool.sets; ++g) {
    const Index count = cpu::valid_count(pool, g);
    for (Index f = 0; f < values.cols && count > 1; ++f) values(g, f) /= static_cast<T>(count);
  }
}

/// Rows of sets without valid rows become 0.
template <class T>
void clear_empty_sets(const SetPool& pool, MatView<T> values) {
  for (Index g = 0; g < pool.sets; ++g) {
    if (cpu::valid_count(pool, g) == 0) std::fill(values.row(g).begin(), values.row(g).end(), T(0));
  }
}

}  // namespace

template <class T>
Index set_encoder_saved_size(const Context& context, const SetPool& pool, const EncoderWeights<T>& weights) {
  if constexpr (kCudaCompiled) {
    if (on_gpu(context)) return encode_saved_size_on_gpu<T>(context, pool, weights);
  }
  return Saved<T>(weights).size(pool);
}

template <class T>
void set_encoder(const Context& context, MatView<const T> x, const SetPool& pool, const EncoderWeights<T>& weights,
                 VecView<T> saved, MatView<T> encoding) {
  check_encoder(context, "set_encoder", x, pool, weights, saved);
  require_shape("set_encoder", "encoding", encoding, pool.sets, weights.layer[2].weight.rows);
  if constexpr (kCudaCompiled) {
    if (on_gpu(context)) return encode_on_gpu<T>(context, {x, pool, weights, saved}, encoding);
  }
  const Saved<T> layout(weights);
  T* scratch = cpu::Scratch<T>::get((x.cols + layout.hidden[0]) * cpu::tile_stride(cpu::kTileRows));
  T* kept = saved.data + layout.means_size(pool.sets);
  const MatView<T> pooled = layout.pool_first ? MatView<T>{saved.data, pool.sets, layout.hidden[1]} : encoding;
  std::fill(pooled.data, pooled.data + pooled.size(), T(0));
  cpu::TileWalk walk(pool, cpu::table<T>().lanes);
  for (Tile tile; walk.next(tile); kept += layout.features() * tile.stride) {
    const TileMemory<T> memory = tile_memory(layout, tile, x.cols, kept, scratch);
    cpu::gather_rows(tile, x, memory.x);
    cpu::tile_layer<T>(tile, weights.layer[0], Activation::relu, memory.x, memory.hidden[0]);
    cpu::tile_layer<T>(tile, weights.layer[1], Activation::relu, memory.hidden[0], memory.hidden[1]);
    if (!layout.pool_first) {
      cpu::tile_layer<T>(tile, weights.layer[2], weights.last, memory.hidden[1], memory.output);
    }
    cpu::pool_rows<T>(tile, layout.pool_first ? memory.hidden[1] : memory.output, pooled);
  }
  divide_by_counts(pool, pooled);
  if (!layout.pool_first) return;
  linear<T>(context, pooled, weights.layer[2], Activation::none, encoding);
  clear_empty_sets(pool, encoding);
}

namespace {

/// The adjoint's working memory: a tile's input, activations and gradients, and for pooled sets their gradients.
template <class T>
struct AdjointScratch {
  AdjointScratch(const Saved<T>& layout, Index inputs, Index sets) {
    const Index stride = cpu::tile_stride(cpu::kTileRows);
    const Index pooled = layout.pool_first ? sets * (layout.hidden[1] + layout.output) : 0;
    const Index features = 2 * inputs + 2 * layout.hidden[0] + layout.hidden[1] + layout.output;
    tile = cpu::Scratch<T>::get(features * stride + pooled);
    d_hidden[0] = tile + (inputs + layout.hidden[0]) * stride;
    d_hidden[1] = d_hidden[0] + layout.hidden[0] * stride;
    d_output = d_hidden[1] + layout.hidden[1] * stride;
    d_x = d_output + layout.output * stride;
    d_means = {d_x + inputs * stride, sets, layout.hidden[1]};
    d_encoding = {d_means.data + d_means.size(), sets, layout.output};
  }
  T *tile, *d_hidden[2], *d_output, *d_x;
  MatView<T> d_means, d_encoding;
};

/// The last layer where it acts on the pooled means.
template <class T>
void pooled_layer_adjoint(const Context& context, const SetPool& pool, const EncoderWeights<T>& weights,
                          MatView<const T> means, MatView<const T> d_encoding, const AdjointScratch<T>& scratch,
                          const LinearGradients<T>& d_layer) {
  std::copy(d_encoding.data, d_encoding.data + d_encoding.size(), scratch.d_encoding.data);
  clear_empty_sets(pool, scratch.d_encoding);
  std::fill(scratch.d_means.data, scratch.d_means.data + scratch.d_means.size(), T(0));
  const MatView<const T> unused{d_encoding.data, d_encoding.rows, d_encoding.cols};
  linear_adjoint<T>(context, means, weights.layer[2], Activation::none, unused, scratch.d_encoding, scratch.d_means,
                    d_layer);
}

/// d_hidden[1] of a tile, and the last layer's gradients where it acts on rows.
template <class T>
void last_layer_adjoint(const Tile& tile, const SetPool& pool, const EncoderWeights<T>& weights,
                        const TileMemory<T>& memory, MatView<const T> d_encoding, const AdjointScratch<T>& scratch,
                        const LinearGradients<T>& d_layer) {
  if (weights.last == Activation::none) {
    const MatView<const T> d_means = scratch.d_means;
    cpu::spread_rows<T>(tile, pool, d_means, Activation::relu, memory.hidden[1], scratch.d_hidden[1]);
    return;
  }
  cpu::spread_rows<T>(tile, pool, d_encoding, Activation::tanh, memory.output, scratch.d_output);
  cpu::tile_layer_weights<T>(tile, memory.hidden[1], scratch.d_output, d_layer);
  cpu::tile_layer_input<T>(tile, weights.layer[2].weight, scratch.d_output, memory.hidden[1], scratch.d_hidden[1]);
}

}  // namespace

template <class T>
void set_encoder_adjoint(const Context& context, MatView<const T> x, const SetPool& pool,
                         const EncoderWeights<T>& weights, VecView<T> saved, MatView<const T> d_encoding,
                         MatView<T> d_x, const EncoderGradients<T>& d_weights) {
  const char* function = "set_encoder_adjoint";
  check_encoder(context, function, x, pool, weights, saved);
  check_encoder_gradients(function, weights, d_weights);
  require_shape(function, "d_encoding", d_encoding, pool.sets, weights.layer[2].weight.rows);
  if (!d_x.empty()) require_shape(function, "d_x", d_x, x.rows, x.cols);
  if constexpr (kCudaCompiled) {
    if (on_gpu(context))
      return encode_adjoint_on_gpu<T>(context, {x, pool, weights, saved}, d_encoding, d_x, d_weights);
  }
  const Saved<T> layout(weights);
  const AdjointScratch<T> scratch(layout, x.cols, pool.sets);
  if (layout.pool_first) {
    const MatView<const T> means{saved.data, pool.sets, layout.hidden[1]};
    pooled_layer_adjoint(context, pool, weights, means, d_encoding, scratch, d_weights.layer[2]);
  }
  T* kept = saved.data + layout.means_size(pool.sets);
  cpu::TileWalk walk(pool, cpu::table<T>().lanes);
  for (Tile tile; walk.next(tile); kept += layout.features() * tile.stride) {
    const TileMemory<T> memory = tile_memory(layout, tile, x.cols, kept, scratch.tile);
    cpu::gather_rows(tile, x, memory.x);
    if (layout.recompute) {
      cpu::tile_layer<T>(tile, weights.layer[0], Activation::relu, memory.x, memory.hidden[0]);
    }
    last_layer_adjoint(tile, pool, weights, memory, d_encoding, scratch, d_weights.layer[2]);
    cpu::tile_layer_weights<T>(tile, memory.hidden[0], scratch.d_hidden[1], d_weights.layer[1]);
    cpu::tile_layer_input<T>(tile, weights.layer[1].weight, scratch.d_hidden[1], memory.hidden[0], scratch.d_hidden[0]);
    cpu::tile_layer_weights<T>(tile, memory.x, scratch.d_hidden[0], d_weights.layer[0]);
    if (d_x.empty()) continue;
    cpu::tile_layer_input<T>(tile, weights.layer[0].weight, scratch.d_hidden[0], nullptr, scratch.d_x);
    cpu::scatter_rows<T>(tile, scratch.d_x, d_x);
  }
}

#define ALFI_INSTANTIATE(T)                                                                                            \
  template void check_encoder_weights<T>(const char*, const EncoderWeights<T>&, Index);                                \
  template void check_encoder_gradients<T>(const char*, const EncoderWeights<T>&, const EncoderGradients<T>&);         \
  template Index set_encoder_saved_size<T>(const Context&, const SetPool&, const EncoderWeights<T>&);                  \
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
