#include "alfi/kernels/linear.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/row_major.hpp"
#include "alfi/kernels/gpu/weight_gradients.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void check_layer(const char* function, MatView<const T> x, const LinearWeights<T>& weights, Index outputs) {
  require_shape(function, "weight", weights.weight, outputs, x.cols);
  if (!weights.bias.empty()) require_size(function, "bias", weights.bias, outputs);
}

template <class T>
void linear_on_gpu(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
                   MatView<T> y) {
  DenseJob<T> job;
  job.a = rows_of(x.data, x.cols);
  job.row_count = x.rows;
  job.sum_size = x.cols;
  job.first = {rows_of(weights.weight.data, x.cols), y.cols, y.data, y.cols};
  job.bias = weights.bias.empty() ? nullptr : weights.bias.data;
  job.activation = activation;
  run_product<T>(context, job);
}

template <class T>
void linear_adjoint_on_gpu(const Context& context, MatView<const T> x, const LinearWeights<T>& weights,
                           Activation activation, MatView<const T> y, MatView<T> d_y, MatView<T> d_x,
                           const LinearGradients<T>& d_weights, VecView<T> scratch) {
  if (activation != Activation::none) {
    for_each(context, y.size(), ActivationAdjoint<T>{activation, y.data, d_y.data});
  }
  GradientLaunches<T> launches(x.rows);
  WeightGradients<T>::of(x.rows, d_weights, scratch.data, &launches).sum_all(context, d_y.data, x);
  launches.run(context);
  if (d_x.empty()) return;
  DenseJob<T> job;
  job.a = rows_of<T>(d_y.data, d_y.cols);
  job.row_count = d_x.rows;
  job.sum_size = d_y.cols;
  job.first = {columns_of(weights.weight.data, x.cols), x.cols, d_x.data, x.cols};
  job.accumulate = true;
  run_product<T>(context, job);
}

}  // namespace

Index linear_scratch_size(const Context& context, Index rows, Index outputs, Index inputs) {
  return on_gpu(context) ? WeightParts::of(rows, outputs, inputs).size() : 0;
}

template <class T>
void linear(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
            MatView<T> y) {
  check_layer("linear", x, weights, y.cols);
  require_shape("linear", "y", y, x.rows, weights.weight.rows);
  if (on_gpu(context)) return linear_on_gpu(context, x, weights, activation, y);
  const cpu::Table<T>& table = cpu::table<T>();
  cpu::RowProduct<T> product{};
  product.rows = x.rows;
  product.cols = y.cols;
  product.term[0] = cpu::row_term(x, weights.weight);
  product.c = y.data;
  product.c_row = y.cols;
  product.start = weights.bias.empty() ? cpu::Start::zero : cpu::Start::bias;
  product.finish = activation == Activation::relu ? cpu::Finish::relu : cpu::Finish::none;
  product.bias = weights.bias.data;
  table.row_product(product);
  if (activation == Activation::tanh) table.tanh(y.data, y.size());
}

template <class T>
void linear_adjoint(const Context& context, MatView<const T> x, const LinearWeights<T>& weights, Activation activation,
                    MatView<const T> y, MatView<T> d_y, MatView<T> d_x, const LinearGradients<T>& d_weights,
                    VecView<T> scratch) {
  const char* function = "linear_adjoint";
  check_layer(function, x, weights, y.cols);
  require_shape(function, "y", y, x.rows, weights.weight.rows);
  require_shape(function, "d_y", d_y, y.rows, y.cols);
  if (!d_x.empty()) require_shape(function, "d_x", d_x, x.rows, x.cols);
  require_shape(function, "d_weight", d_weights.weight, y.cols, x.cols);
  if (!d_weights.bias.empty()) require_size(function, "d_bias", d_weights.bias, y.cols);
  require_size(function, "scratch", scratch, linear_scratch_size(context, x.rows, y.cols, x.cols));
  if (on_gpu(context)) {
    return linear_adjoint_on_gpu(context, x, weights, activation, y, d_y, d_x, d_weights, scratch);
  }
  const cpu::Table<T>& table = cpu::table<T>();
  if (activation == Activation::relu) table.relu_gradient(d_y.data, y.data, y.size());
  if (activation == Activation::tanh) table.tanh_gradient(d_y.data, y.data, y.size());
  if (!d_weights.bias.empty()) table.column_sums(d_weights.bias.data, d_y.data, d_y.rows, d_y.cols, d_y.cols);
  cpu::add_outer(d_y.data, d_y.cols, x.data, x.cols, x.rows, d_weights.weight);
  if (!d_x.empty()) cpu::add_product(d_y.data, d_y.cols, weights.weight, d_x);
}

#define ALFI_INSTANTIATE(T)                                                                                   \
  template void linear<T>(const Context&, MatView<const T>, const LinearWeights<T>&, Activation, MatView<T>); \
  template void linear_adjoint<T>(const Context&, MatView<const T>, const LinearWeights<T>&, Activation,      \
                                  MatView<const T>, MatView<T>, MatView<T>, const LinearGradients<T>&, VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
