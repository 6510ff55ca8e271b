#pragma once
#include "alfi/kernels/cpu/set_tiles.hpp"

/// Layers on a tile: activations [features][stride].

namespace alfi {
inline namespace v0 {
namespace cpu {

template <class T>
void tile_layer(const Tile& tile, const kernels::LinearWeights<T>& layer, kernels::Activation activation, const T* in,
                T* out) {
  const MatView<const T> w = layer.weight;
  const Start start = layer.bias.empty() ? Start::zero : Start::bias;
  const Finish finish = activation == kernels::Activation::relu ? Finish::relu : Finish::none;
  const Table<T>& t = table<T>();
  t.product({w.rows, tile.padded, w.cols, w.data, w.cols, 1, in, tile.stride, out, tile.stride, start, finish,
             layer.bias.data, nullptr});
  if (activation != kernels::Activation::tanh) return;
  for (Index o = 0; o < w.rows; ++o) t.tanh(out + o * tile.stride, tile.padded);
}

/// d_in = W' d_out, 0 where the layer's input in (a ReLU's output) is not positive; in null: everywhere.
template <class T>
void tile_layer_input(const Tile& tile, MatView<const T> w, const T* d_out, const T* in, T* d_in) {
  table<T>().product({w.cols, tile.padded, w.rows, w.data, 1, w.cols, d_out, tile.stride, d_in, tile.stride,
                      Start::zero, in == nullptr ? Finish::none : Finish::gate, nullptr, in});
}

/// Adds the tile's part of the gradient of weight and bias. d_out is 0 behind the last row.
template <class T>
void tile_layer_weights(const Tile& tile, const T* in, const T* d_out, const kernels::LinearGradients<T>& d) {
  RowProduct<T> product{};
  product.rows = d.weight.rows;
  product.cols = d.weight.cols;
  product.term[0] = {d_out, tile.stride, in, tile.stride, tile.padded};
  product.c = d.weight.data;
  product.c_row = d.weight.cols;
  product.start = Start::accumulate;
  product.finish = Finish::none;
  product.sums = d.bias.empty() ? nullptr : d.bias.data;
  table<T>().row_product(product);
}

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
