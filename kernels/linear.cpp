#include "alfi/kernels/linear.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_layer(const char* function, MatView<const T> x, const LinearWeights<T>& weights, Index outputs) {
  require_shape(function, "weight", weights.weight, outputs, x.cols);
  if (!weights.bias.empty()) require_size(function, "bias", weights.bias, outputs);
}

}  // namespace

template <class T>
void linear(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
            MatView<T> y) {
  require_cpu(context, "linear");
  check_layer("linear", x, weights, y.cols);
  require_shape("linear", "y", y, x.rows, weights.weight.rows);
  for (Index r = 0; r < x.rows; ++r) {
    for (Index o = 0; o < y.cols; ++o) {
      T sum = weights.bias.empty() ? T(0) : weights.bias[o];
      for (Index i = 0; i < x.cols; ++i) sum += weights.weight(o, i) * x(r, i);
      if (activation == Activation::relu) sum = std::max(sum, T(0));
      y(r, o) = activation == Activation::tanh ? std::tanh(sum) : sum;
    }
  }
}

template <class T>
void linear_adjoint(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
                    MatView<const T> y, MatView<T> d_y, MatView<T> d_x, const LinearGradients<T>& d_weights) {
  const char* function = "linear_adjoint";
  require_cpu(context, function);
  check_layer(function, x, weights, y.cols);
  require_shape(function, "y", y, x.rows, weights.weight.rows);
  require_shape(function, "d_y", d_y, y.rows, y.cols);
  if (!d_x.empty()) require_shape(function, "d_x", d_x, x.rows, x.cols);
  require_shape(function, "d_weight", d_weights.weight, y.cols, x.cols);
  if (!d_weights.bias.empty()) require_size(function, "d_bias", d_weights.bias, y.cols);
  for (Index r = 0; r < x.rows; ++r) {
    for (Index o = 0; o < y.cols; ++o) {
      if (activation == Activation::relu && !(y(r, o) > T(0))) d_y(r, o) = T(0);
      if (activation == Activation::tanh) d_y(r, o) *= T(1) - y(r, o) * y(r, o);
      const T d = d_y(r, o);
      if (!d_weights.bias.empty()) d_weights.bias[o] += d;
      for (Index i = 0; i < x.cols; ++i) d_weights.weight(o, i) += d * x(r, i);
      if (d_x.empty()) continue;
      for (Index i = 0; i < x.cols; ++i) d_x(r, i) += d * weights.weight(o, i);
    }
  }
}

#define ALFI_INSTANTIATE(T)                                                                                   \
  template void linear<T>(const Context&, MatView<const T>, const LinearWeights<T>&, Activation, MatView<T>); \
  template void linear_adjoint<T>(const Context&, MatView<const T>, const LinearWeights<T>&, Activation,      \
                                  MatView<const T>, MatView<T>, MatView<T>, const LinearGradients<T>&);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
