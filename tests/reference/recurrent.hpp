#pragma once
#include "alfi/kernels/recurrent.hpp"
#include "reference/matrix.hpp"

/// Recurrent cells by the definition.

namespace reference {

template <class T>
struct Cell {
  Matrix<T> input, hidden, bias;

  Cell() = default;
  Cell(Index gates, Index state, Index inputs, Dyadic& dyadic, double scale)
      : input(dyadic.matrix<T>(gates * state, inputs, scale)),
        hidden(dyadic.matrix<T>(gates * state, state, scale)),
        bias(dyadic.matrix<T>(1, gates * state, scale)) {}
  template <class U>
  explicit Cell(const Cell<U>& other) : input(other.input), hidden(other.hidden), bias(other.bias) {}

  Cell like() const {
    Cell zeros;
    zeros.input = Matrix<T>(input.rows, input.cols);
    zeros.hidden = Matrix<T>(hidden.rows, hidden.cols);
    zeros.bias = Matrix<T>(1, bias.cols);
    return zeros;
  }
  alfi::kernels::CellWeights<T> view() const { return {input.view(), hidden.view(), bias.vector()}; }
  alfi::kernels::CellGradients<T> gradients() { return {input.view(), hidden.view(), bias.vector()}; }

  /// bias + input x + hidden h of gate row k.
  T pre(Index k, const Matrix<T>& x, const Matrix<T>& h, Index b) const {
    T sum = bias(0, k);
    for (Index i = 0; i < x.cols; ++i) sum += input(k, i) * x(b, i);
    for (Index j = 0; j < h.cols; ++j) sum += hidden(k, j) * h(b, j);
    return sum;
  }
};

template <class T>
T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}

template <class T>
void lstm_step(const Matrix<T>& x, const Matrix<T>& h, const Matrix<T>& c, const Cell<T>& cell, Matrix<T>& h_next,
               Matrix<T>& c_next) {
  const Index state = h.cols;
  for (Index b = 0; b < h.rows; ++b) {
    for (Index k = 0; k < state; ++k) {
      const T in = sigmoid(cell.pre(k, x, h, b)), forget = sigmoid(cell.pre(state + k, x, h, b));
      const T candidate = std::tanh(cell.pre(2 * state + k, x, h, b)), out = sigmoid(cell.pre(3 * state + k, x, h, b));
      c_next(b, k) = forget * c(b, k) + in * candidate;
      h_next(b, k) = out * std::tanh(c_next(b, k));
    }
  }
}

template <class T>
void gru_step(const Matrix<T>& x, const Matrix<T>& h, const Cell<T>& cell, Matrix<T>& h_next) {
  const Index state = h.cols;
  Matrix<T> kept(h.rows, state);
  for (Index b = 0; b < h.rows; ++b) {
    for (Index k = 0; k < state; ++k) kept(b, k) = sigmoid(cell.pre(state + k, x, h, b)) * h(b, k);
    for (Index k = 0; k < state; ++k) {
      const T update = sigmoid(cell.pre(k, x, h, b)), candidate = std::tanh(cell.pre(2 * state + k, x, kept, b));
      h_next(b, k) = (1 - update) * h(b, k) + update * candidate;
    }
  }
}

}  // namespace reference
