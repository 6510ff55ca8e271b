#pragma once
#include <cmath>

#include "alfi/kernels/gpu/register_product.hpp"
#include "alfi/kernels/rows/gated_sum.hpp"

/// Recurrent cells on a GPU (formulas: kernels/recurrent.hpp). A tile of the gates' products has all gates of its
/// states, so that the cell's nonlinear part follows in the same launch.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// What follows the products of kGates neighbouring gates: point(row, s, z, point.held(row, s)), z the gates before
/// their nonlinearities, held what the point reads of memory, loaded at once for several states: each load takes long.
template <class T, class Point>
struct CellJob {
  static constexpr const char* kName = Point::kName;
  static constexpr int kTerms = 2, kGates = Point::kGates;
  static constexpr bool kAlong = true;
  Index row_count, state, inputs;
  Lines<T> x, h;           ///< rows
  Lines<T> input, hidden;  ///< rows of the weights, from the first of these gates
  const T* bias;
  Point point;

  ALFI_HD Index parts() const { return 1; }
  ALFI_HD Index rows() const { return row_count; }
  ALFI_HD Index column_tiles(int cols) const { return (state + cols / kGates - 1) / (cols / kGates); }
  ALFI_HD Depth depth(const Place&, int term) const { return {0, term == 0 ? inputs : state}; }
  ALFI_HD Line<T> row(int term, Index m) const { return term == 0 ? x[m] : h[m]; }
  /// A tile's columns: a gate after the other, each for the same states.
  template <int kCols>
  ALFI_HD Line<T> column(const Place& place, int term, int j) const {
    constexpr int kStates = kCols / kGates;
    const Index s = place.column_tile * kStates + j % kStates, n = j / kStates * state + s;
    if (s >= state) return {nullptr, 0};
    return term == 0 ? input[n] : hidden[n];
  }
  ALFI_HD bool rows_along() const { return true; }
  ALFI_HD bool columns_along() const { return true; }
  ALFI_HD bool rows_in_fours(int term) const { return (term == 0 ? x : h).in_fours(row_count); }
  ALFI_HD bool columns_in_fours(int term) const { return (term == 0 ? input : hidden).in_fours(kGates * state); }
  ALFI_HD bool sums_rows(const Place&) const { return false; }

  template <int kCols>
  ALFI_HD void finish(const Lane& lane, const Place& place, int tile_rows, const TileSums<T>& sums) const {
    constexpr int kStates = kCols / kGates, kAtOnce = 4;
    const Index first = place.column_tile * kStates;
    const auto exists = [&](int item) {
      return item < tile_rows * kStates && place.row + item / kStates < row_count && first + item % kStates < state;
    };
    for (int begin = lane.id; begin < tile_rows * kStates; begin += kAtOnce * lane.count) {
      typename Point::Held held[kAtOnce] = {};
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int item = begin + u * lane.count;
        if (exists(item)) held[u] = point.held(place.row + item / kStates, first + item % kStates);
      }
      ALFI_UNROLL
      for (int u = 0; u < kAtOnce; ++u) {
        const int item = begin + u * lane.count, i = item / kStates, j = item % kStates;
        if (!exists(item)) continue;
        const Index s = first + j;
        T z[kGates];
        for (int g = 0; g < kGates; ++g) z[g] = bias[g * state + s] + sums(i, g * kStates + j);
        point(place.row + i, s, z, held[u]);
      }
    }
  }
};

template <class T>
struct LstmPoint {
  static constexpr const char* kName = "lstm_step";
  static constexpr int kGates = 4;
  Index state;
  const T* c;
  T *gates, *c_next, *h_next;

  using Held = T;  ///< c
  ALFI_HD Held held(Index row, Index s) const { return c[row * state + s]; }
  ALFI_HD void operator()(Index row, Index s, const T* z, Held before) const {
    const T in = sigmoid(z[0]), forget = sigmoid(z[1]), candidate = std::tanh(z[2]), out = sigmoid(z[3]);
    const Index i = row * state + s;
    const T cell = forget * before + in * candidate;
    T* const gate = gates + row * 4 * state + s;
    gate[0] = in;
    gate[state] = forget;
    gate[2 * state] = candidate;
    gate[3 * state] = out;
    c_next[i] = cell;
    h_next[i] = out * std::tanh(cell);
  }
};

/// z, r and r h.
template <class T>
struct GruGatesPoint {
  static constexpr const char* kName = "gru_step";
  static constexpr int kGates = 2;
  Index state;
  const T* h;
  T* gates;

  using Held = T;  ///< h
  ALFI_HD Held held(Index row, Index s) const { return h[row * state + s]; }
  ALFI_HD void operator()(Index row, Index s, const T* z, Held before) const {
    T* const gate = gates + row * 4 * state + s;
    const T reset = sigmoid(z[1]);
    gate[0] = sigmoid(z[0]);
    gate[state] = reset;
    gate[3 * state] = reset * before;
  }
};

/// n and h'.
template <class T>
struct GruCandidatePoint {
  static constexpr const char* kName = "gru_step";
  static constexpr int kGates = 1;
  Index state;
  const T* h;
  T *gates, *h_next;

  struct Held {
    T h, update;
  };
  ALFI_HD Held held(Index row, Index s) const { return {h[row * state + s], gates[row * 4 * state + s]}; }
  ALFI_HD void operator()(Index row, Index s, const T* z, Held before) const {
    const T candidate = std::tanh(z[0]);
    gates[row * 4 * state + 2 * state + s] = candidate;
    h_next[row * state + s] = before.h + before.update * (candidate - before.h);
  }
};

/// Entry (row, s) of an LSTM step's adjoint: the gates become their gradients before the nonlinearities.
template <class T>
struct LstmAdjointEntry {
  static constexpr const char* kName = "lstm_step_adjoint";
  Index state;
  T* gates;
  const T *c, *c_next, *d_h_next, *d_c_next;
  T* d_c;  ///< null: not wanted

  ALFI_HD void operator()(Index i) const {
    T* const gate = gates + i / state * 4 * state + i % state;
    const T in = gate[0], forget = gate[state], candidate = gate[2 * state], out = gate[3 * state];
    const T squashed = std::tanh(c_next[i]), d_h = d_h_next[i];
    const T d_cell = d_c_next[i] + d_h * out * (T(1) - squashed * squashed);
    gate[0] = d_cell * candidate * (in * (T(1) - in));
    gate[state] = d_cell * c[i] * (forget * (T(1) - forget));
    gate[2 * state] = d_cell * in * (T(1) - candidate * candidate);
    gate[3 * state] = d_h * squashed * (out * (T(1) - out));
    if (d_c != nullptr) d_c[i] += d_cell * forget;
  }
};

/// Of a GRU step's: z and n become their gradients before the nonlinearities.
template <class T>
struct GruNextAdjointEntry {
  static constexpr const char* kName = "gru_step_adjoint";
  Index state;
  T* gates;
  const T *h, *d_h_next;
  T* d_h;  ///< null: not wanted

  ALFI_HD void operator()(Index i) const {
    T* const gate = gates + i / state * 4 * state + i % state;
    const T update = gate[0], candidate = gate[2 * state], d = d_h_next[i];
    gate[0] = d * (candidate - h[i]) * (update * (T(1) - update));
    gate[2 * state] = d * update * (T(1) - candidate * candidate);
    if (d_h != nullptr) d_h[i] += d * (T(1) - update);
  }
};

/// Then r does, from d_kept, the gradient of r h.
template <class T>
struct GruResetAdjointEntry {
  static constexpr const char* kName = "gru_step_adjoint";
  Index state;
  T* gates;
  const T *h, *d_kept;
  T* d_h;  ///< null: not wanted

  ALFI_HD void operator()(Index i) const {
    T* const gate = gates + i / state * 4 * state + i % state;
    const T reset = gate[state], d = d_kept[i];
    gate[state] = d * h[i] * (reset * (T(1) - reset));
    if (d_h != nullptr) d_h[i] += d * reset;
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
