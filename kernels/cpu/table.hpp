#pragma once
#include <string>

#include "alfi/core/portable.hpp"

/// The vector code behind the dense kernels, compiled once per CPU level and chosen when it is first used.
/// Everything here is raw pointers: an object compiled for a level must hold no inline function that another object
/// could share.

namespace alfi {
inline namespace v0 {

/// The level in use: "x86-64", "x86-64-v3", "x86-64-v4", "native" or "portable". Results are bit-equal on one level.
/// Throws: InputError where the environment variable ALFI_CPU_ARCH asks for a level that is unknown, that this build
/// does not have, or that this CPU lacks.
namespace kernels {
std::string cpu_level();
}

namespace cpu {

/// Rows of a tile: a multiple of every level's vector.
constexpr Index kLane = 16;
/// Rows of a full tile: its activations stay in a core's second-level cache.
constexpr Index kTileRows = 256;

enum class Start : std::uint8_t { zero, bias, accumulate };
enum class Finish : std::uint8_t { none, relu, gate };

/// c[i][j] = finish(start + sum_k a[i a_row + k a_col] b[k][j]), summed in the order of k: columns lie across lanes.
template <class T>
struct Product {
  Index rows, cols, depth;
  const T* a;
  Index a_row, a_col;
  const T* b;
  Index b_row;
  T* c;
  Index c_row;
  Start start;
  Finish finish;
  const T* bias;  ///< [rows], with Start::bias
  const T* gate;  ///< laid out as c, with Finish::gate: c is 0 where it is not positive; cols a multiple of lanes
};

/// One sum of a RowProduct: sum_k a[i][k] b[j][k].
template <class T>
struct RowTerm {
  const T* a;
  Index a_row;
  const T* b;
  Index b_row;
  Index depth;
};

/// c[i][j] = start + term 0 + term 1, the depth across lanes; an element's sum depends on nothing but its depths.
template <class T>
struct RowProduct {
  Index rows, cols;
  RowTerm<T> term[2];
  T* c;
  Index c_row;
  Start start;
  Finish finish;  ///< none or relu
  const T* bias;  ///< [cols], with Start::bias
  T* sums;        ///< [rows], or null: sums[i] += the sum of both terms' a[i]
};

/// c[i][j] = bias[j] + sum_k a[i][k] b[j][k] of term 0 + term 1, summed in the order of k: columns lie across lanes.
template <class T>
struct CellProduct {
  Index rows, cols;
  RowTerm<T> term[2];
  T* c;
  Index c_row;
  const T* bias;  ///< [cols]
  T* packed;      ///< [cols rounded up to kLane times both depths], for b transposed
};

/// Elementwise part of an LSTM step on rows of state elements; gates [rows, 4 state]. d_c may be null.
template <class T>
struct LstmPoint {
  Index rows, state;
  T* gates;
  const T* c;
  T *c_next, *h_next;                     ///< forward
  const T *c_kept, *d_h_next, *d_c_next;  ///< adjoint
  T* d_c;                                 ///< adjoint
};

/// Elementwise part of a GRU step; gates [rows, 4 state]. d_h may be null.
template <class T>
struct GruPoint {
  Index rows, state;
  T* gates;
  const T* h;
  T* h_next;
  const T* d_h_next;
  T* d_h;
  const T* d_kept;  ///< [rows, state], gradient of r h
};

/// Rows [begin, end) of a tile, which belong to one set: features behind each other, stride apart.
template <class T>
struct PooledRows {
  Index features, stride, begin, end;
  const T* kept;      ///< activations
  T* sums;            ///< [features] of the set
  const T* d_values;  ///< adjoint: [features], of the set's means
  T count;            ///< adjoint: of the set's valid rows
  T* d_kept;          ///< adjoint: laid out as kept
};

/// Adam's update of size entries: adam_entry.hpp's rule and scales. Bit-equal on all levels.
template <class T>
struct AdamEntries {
  Index size;
  const T* gradient;
  T *parameters, *first, *second;
  double beta1, beta2, epsilon, bound, largest;
  double clip, first_scale, second_scale, keep;
};

template <class T>
struct Table {
  Index lanes;  ///< elements of a vector, a divisor of kLane
  void (*product)(const Product<T>&);
  void (*row_product)(const RowProduct<T>&);
  void (*cell_product)(const CellProduct<T>&);
  void (*tanh)(T* values, Index size);
  void (*sigmoid)(T* values, Index size);
  void (*asinh)(T* values, Index size);
  void (*relu_gradient)(T* d_y, const T* y, Index size);
  void (*tanh_gradient)(T* d_y, const T* y, Index size);
  /// sums[j] += sum_i a[i][j], in the order of i.
  void (*column_sums)(T* sums, const T* a, Index rows, Index cols, Index a_row);
  void (*lstm)(const LstmPoint<T>&);
  void (*lstm_adjoint)(const LstmPoint<T>&);
  void (*gru_reset)(const GruPoint<T>&);          ///< z, r and r h
  void (*gru_next)(const GruPoint<T>&);           ///< n and h'
  void (*gru_next_adjoint)(const GruPoint<T>&);   ///< d z, d n before their nonlinearities
  void (*gru_reset_adjoint)(const GruPoint<T>&);  ///< d r, from d_kept
  void (*pool)(const PooledRows<T>&);             ///< sums += the rows, one after the other
  void (*spread_tanh)(const PooledRows<T>&);      ///< d_kept, in front of the tanh that gave kept
  void (*spread_relu)(const PooledRows<T>&);      ///< d_kept, in front of the ReLU that gave kept
  void (*adam)(const AdamEntries<T>&);
};

/// The chosen level's functions.
template <class T>
const Table<T>& table();

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
