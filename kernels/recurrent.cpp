#include "alfi/kernels/recurrent.hpp"

#include <cmath>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_cell(const char* function, Index gates, MatView<const T> x, MatView<const T> h,
                const CellWeights<T>& weights) {
  require_shape(function, "x", x, h.rows, x.cols);
  require_shape(function, "input weight", weights.input, gates * h.cols, x.cols);
  require_shape(function, "hidden weight", weights.hidden, gates * h.cols, h.cols);
  require_size(function, "bias", weights.bias, gates * h.cols);
}
template <class T>
void check_gradients(const char* function, const CellWeights<T>& weights, const CellGradients<T>& d_weights) {
  require_shape(function, "d_input", d_weights.input, weights.input.rows, weights.input.cols);
  require_shape(function, "d_hidden", d_weights.hidden, weights.hidden.rows, weights.hidden.cols);
  require_size(function, "d_bias", d_weights.bias, weights.bias.size);
}
template <class T>
void check_optional(const char* function, const char* argument, MatView<T> d, Index rows, Index cols) {
  if (!d.empty()) require_shape(function, argument, d, rows, cols);
}

/// 1 / (1 + exp(-x)) without overflow.
template <class T>
T sigmoid(T x) {
  const T e = std::exp(-std::abs(x));
  return x < T(0) ? e / (T(1) + e) : T(1) / (T(1) + e);
}

template <class T>
T dot(const T* a, const T* b, Index n) {
  T sum = 0;
  for (Index i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

/// target += scale * source.
template <class T>
void add_scaled(T* target, T scale, const T* source, Index n) {
  for (Index i = 0; i < n; ++i) target[i] += scale * source[i];
}

}  // namespace

template <class T>
void lstm_step(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
               const CellWeights<T>& weights, MatView<T> gates, MatView<T> h_next, MatView<T> c_next) {
  const char* function = "lstm_step";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  check_cell(function, 4, x, h, weights);
  require_shape(function, "c", c, rows, state);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  require_shape(function, "c_next", c_next, rows, state);
  for (Index b = 0; b < rows; ++b) {
    for (Index k = 0; k < 4 * state; ++k) {
      const T sum = weights.bias[k] + dot(weights.input.row(k).data, x.row(b).data, x.cols) +
                    dot(weights.hidden.row(k).data, h.row(b).data, state);
      gates(b, k) = k / state == 2 ? std::tanh(sum) : sigmoid(sum);
    }
    for (Index k = 0; k < state; ++k) {
      c_next(b, k) = gates(b, state + k) * c(b, k) + gates(b, k) * gates(b, 2 * state + k);
      h_next(b, k) = gates(b, 3 * state + k) * std::tanh(c_next(b, k));
    }
  }
}

template <class T>
void lstm_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, MatView<const T> c,
                       const CellWeights<T>& weights, MatView<T> gates, MatView<const T> c_next,
                       MatView<const T> d_h_next, MatView<const T> d_c_next, MatView<T> d_x, MatView<T> d_h,
                       MatView<T> d_c, const CellGradients<T>& d_weights) {
  const char* function = "lstm_step_adjoint";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  check_cell(function, 4, x, h, weights);
  check_gradients(function, weights, d_weights);
  require_shape(function, "c", c, rows, state);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "c_next", c_next, rows, state);
  require_shape(function, "d_h_next", d_h_next, rows, state);
  require_shape(function, "d_c_next", d_c_next, rows, state);
  check_optional(function, "d_x", d_x, rows, x.cols);
  check_optional(function, "d_h", d_h, rows, state);
  check_optional(function, "d_c", d_c, rows, state);
  for (Index b = 0; b < rows; ++b) {
    T* gate = gates.row(b).data;
    for (Index k = 0; k < state; ++k) {
      const T in = gate[k], forget = gate[state + k], candidate = gate[2 * state + k], out = gate[3 * state + k];
      const T squashed = std::tanh(c_next(b, k));
      const T d_cell = d_c_next(b, k) + d_h_next(b, k) * out * (T(1) - squashed * squashed);
      gate[k] = d_cell * candidate * in * (T(1) - in);
      gate[state + k] = d_cell * c(b, k) * forget * (T(1) - forget);
      gate[2 * state + k] = d_cell * in * (T(1) - candidate * candidate);
      gate[3 * state + k] = d_h_next(b, k) * squashed * out * (T(1) - out);
      if (!d_c.empty()) d_c(b, k) += d_cell * forget;
    }
    for (Index k = 0; k < 4 * state; ++k) {
      d_weights.bias[k] += gate[k];
      add_scaled(d_weights.input.row(k).data, gate[k], x.row(b).data, x.cols);
      add_scaled(d_weights.hidden.row(k).data, gate[k], h.row(b).data, state);
      if (!d_x.empty()) add_scaled(d_x.row(b).data, gate[k], weights.input.row(k).data, x.cols);
      if (!d_h.empty()) add_scaled(d_h.row(b).data, gate[k], weights.hidden.row(k).data, state);
    }
  }
}

template <class T>
void gru_step(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
              MatView<T> gates, MatView<T> h_next) {
  const char* function = "gru_step";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  check_cell(function, 3, x, h, weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "h_next", h_next, rows, state);
  for (Index b = 0; b < rows; ++b) {
    T* gate = gates.row(b).data;
    T* kept = gate + 3 * state;
    for (Index k = 0; k < 2 * state; ++k) {
      gate[k] = sigmoid(weights.bias[k] + dot(weights.input.row(k).data, x.row(b).data, x.cols) +
                        dot(weights.hidden.row(k).data, h.row(b).data, state));
    }
    for (Index k = 0; k < state; ++k) kept[k] = gate[state + k] * h(b, k);
    for (Index k = 2 * state; k < 3 * state; ++k) {
      gate[k] = std::tanh(weights.bias[k] + dot(weights.input.row(k).data, x.row(b).data, x.cols) +
                          dot(weights.hidden.row(k).data, kept, state));
    }
    for (Index k = 0; k < state; ++k) h_next(b, k) = h(b, k) + gate[k] * (gate[2 * state + k] - h(b, k));
  }
}

template <class T>
void gru_step_adjoint(const Context& context, MatView<const T> x, MatView<const T> h, const CellWeights<T>& weights,
                      MatView<T> gates, MatView<const T> d_h_next, MatView<T> d_x, MatView<T> d_h,
                      const CellGradients<T>& d_weights) {
  const char* function = "gru_step_adjoint";
  const Index rows = h.rows, state = h.cols;
  require_cpu(context, function);
  check_cell(function, 3, x, h, weights);
  check_gradients(function, weights, d_weights);
  require_shape(function, "gates", gates, rows, 4 * state);
  require_shape(function, "d_h_next", d_h_next, rows, state);
  check_optional(function, "d_x", d_x, rows, x.cols);
  check_optional(function, "d_h", d_h, rows, state);
  for (Index b = 0; b < rows; ++b) {
    T* gate = gates.row(b).data;
    const T* kept = gate + 3 * state;
    for (Index k = 0; k < state; ++k) {
      const T update = gate[k], candidate = gate[2 * state + k], d = d_h_next(b, k);
      gate[k] = d * (candidate - h(b, k)) * update * (T(1) - update);
      gate[2 * state + k] = d * update * (T(1) - candidate * candidate);
      if (!d_h.empty()) d_h(b, k) += d * (T(1) - update);
    }
    for (Index k = 2 * state; k < 3 * state; ++k) add_scaled(d_weights.hidden.row(k).data, gate[k], kept, state);
    for (Index k = 0; k < state; ++k) {
      T d_kept = 0;
      for (Index j = 2 * state; j < 3 * state; ++j) d_kept += gate[j] * weights.hidden(j, k);
      const T reset = gate[state + k];
      if (!d_h.empty()) d_h(b, k) += d_kept * reset;
      gate[state + k] = d_kept * h(b, k) * reset * (T(1) - reset);
    }
    for (Index k = 0; k < 3 * state; ++k) {
      d_weights.bias[k] += gate[k];
      add_scaled(d_weights.input.row(k).data, gate[k], x.row(b).data, x.cols);
      if (!d_x.empty()) add_scaled(d_x.row(b).data, gate[k], weights.input.row(k).data, x.cols);
      if (k >= 2 * state) continue;
      add_scaled(d_weights.hidden.row(k).data, gate[k], h.row(b).data, state);
      if (!d_h.empty()) add_scaled(d_h.row(b).data, gate[k], weights.hidden.row(k).data, state);
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                          \
  template void lstm_step<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,                   \
                             const CellWeights<T>&, MatView<T>, MatView<T>, MatView<T>);                             \
  template void lstm_step_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, MatView<const T>,           \
                                     const CellWeights<T>&, MatView<T>, MatView<const T>, MatView<const T>,          \
                                     MatView<const T>, MatView<T>, MatView<T>, MatView<T>, const CellGradients<T>&); \
  template void gru_step<T>(const Context&, MatView<const T>, MatView<const T>, const CellWeights<T>&, MatView<T>,   \
                            MatView<T>);                                                                             \
  template void gru_step_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, const CellWeights<T>&,       \
                                    MatView<T>, MatView<const T>, MatView<T>, MatView<T>, const CellGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
