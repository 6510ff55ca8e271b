#include "alfi/kernels/gated_sum.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/rows/gated_sum.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {
namespace {

template <class T>
void require_gated(const Context& context, const char* function, MatView<const T> head, MatView<const T> values,
                   VecView<const std::uint8_t> group) {
  require_shape(function, "values", values, head.rows, group.size);
  if (on_gpu(context)) return;  // its memory is out of reach
  for (const std::uint8_t g : group) {
    if (values.cols + g < head.cols) continue;
    throw ShapeError(std::string(function) + ": head has shape " + shape_text(head) + ", expected more than " +
                     std::to_string(values.cols + g) + " columns");
  }
}

}  // namespace

template <class T>
void gated_sum(const Context& context, MatView<const T> head, MatView<const T> values,
               VecView<const std::uint8_t> group, MatView<T> out) {
  require_gated(context, "gated_sum", head, values, group);
  require_shape("gated_sum", "out", out, head.rows, group.size);
  for_each_entry(context, head.rows, values.cols, GatedSum<T>{head, values, group.data, out});
}

template <class T>
void gated_sum_adjoint(const Context& context, MatView<const T> head, MatView<const T> values,
                       VecView<const std::uint8_t> group, MatView<const T> d_out, MatView<T> d_head,
                       MatView<T> d_values) {
  constexpr const char* kName = "gated_sum_adjoint";
  require_gated(context, kName, head, values, group);
  require_shape(kName, "d_out", d_out, head.rows, group.size);
  if (d_head.data != nullptr) require_shape(kName, "d_head", d_head, head.rows, head.cols);
  if (d_values.data != nullptr) require_shape(kName, "d_values", d_values, head.rows, group.size);
  for_each(context, head.rows, GatedSumAdjointRow<T>{head, values, group.data, d_out, d_head, d_values});
}

#define ALFI_INSTANTIATE(T)                                                                                           \
  template void gated_sum<T>(const Context&, MatView<const T>, MatView<const T>, VecView<const std::uint8_t>,         \
                             MatView<T>);                                                                             \
  template void gated_sum_adjoint<T>(const Context&, MatView<const T>, MatView<const T>, VecView<const std::uint8_t>, \
                                     MatView<const T>, MatView<T>, MatView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
