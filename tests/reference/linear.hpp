#pragma once
#include "alfi/kernels/linear.hpp"
#include "reference/matrix.hpp"

/// Linear layers by the definition.

namespace reference {

using alfi::kernels::Activation;

template <class T>
struct Layer {
  Matrix<T> weight, bias;  ///< bias [1,O], or empty

  Layer() = default;
  Layer(Index outputs, Index inputs, Dyadic& dyadic, bool with_bias = true, double scale = 1)
      : weight(dyadic.matrix<T>(outputs, inputs, scale)),
        bias(with_bias ? dyadic.matrix<T>(1, outputs, scale) : Matrix<T>()) {}
  template <class U>
  explicit Layer(const Layer<U>& other) : weight(other.weight), bias(other.bias) {}

  Layer like() const {  // zeros
    Layer zeros;
    zeros.weight = Matrix<T>(weight.rows, weight.cols);
    zeros.bias = Matrix<T>(bias.rows, bias.cols);
    return zeros;
  }
  alfi::kernels::LinearWeights<T> view() const { return {weight.view(), bias.vector()}; }
  alfi::kernels::LinearGradients<T> gradients() { return {weight.view(), bias.vector()}; }
};

template <class T>
Layer<T> magnitude(const Layer<T>& layer) {
  Layer<T> result;
  result.weight = magnitude(layer.weight);
  result.bias = magnitude(layer.bias);
  return result;
}

template <class T>
T activate(T x, Activation activation) {
  if (activation == Activation::relu) return x > 0 ? x : T(0);
  return activation == Activation::tanh ? std::tanh(x) : x;
}

template <class T>
Matrix<T> linear(const Matrix<T>& x, const Layer<T>& layer, Activation activation) {
  Matrix<T> y(x.rows, layer.weight.rows);
  for (Index r = 0; r < y.rows; ++r) {
    for (Index o = 0; o < y.cols; ++o) {
      T sum = layer.bias.data.empty() ? T(0) : layer.bias(0, o);
      for (Index i = 0; i < x.cols; ++i) sum += layer.weight(o, i) * x(r, i);
      y(r, o) = activate(sum, activation);
    }
  }
  return y;
}

/// d_y becomes the gradient before the nonlinearity; d_x [R,I] and d are added to.
template <class T>
void linear_adjoint(const Matrix<T>& x, const Layer<T>& layer, Activation activation, const Matrix<T>& y,
                    Matrix<T>& d_y, Matrix<T>& d_x, Layer<T>& d) {
  for (Index r = 0; r < y.rows; ++r) {
    for (Index o = 0; o < y.cols; ++o) {
      if (activation == Activation::relu && !(y(r, o) > 0)) d_y(r, o) = 0;
      if (activation == Activation::tanh) d_y(r, o) *= 1 - y(r, o) * y(r, o);
      if (!d.bias.data.empty()) d.bias(0, o) += d_y(r, o);
      for (Index i = 0; i < x.cols; ++i) {
        d.weight(o, i) += d_y(r, o) * x(r, i);
        d_x(r, i) += d_y(r, o) * layer.weight(o, i);
      }
    }
  }
}

}  // namespace reference
