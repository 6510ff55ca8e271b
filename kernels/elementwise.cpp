#include "alfi/kernels/rows/elementwise.hpp"

#include "alfi/core/error.hpp"
#include "alfi/kernels/gpu/launch.hpp"

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class Map, class T>
void map(const Context& context, const Map& f, VecView<const T> x, VecView<T> y) {
  require_size("map", "y", y, x.size);
  for_each(context, x.size, MapEntry<Map, T>{f, x.data, y.data});
}

template <class Map, class T>
void map_adjoint(const Context& context, const Map& f, VecView<const T> x, VecView<const T> y, VecView<const T> d_y,
                 VecView<T> d_x) {
  require_size("map_adjoint", "y", y, x.size);
  require_size("map_adjoint", "d_y", d_y, x.size);
  require_size("map_adjoint", "d_x", d_x, x.size);
  for_each(context, x.size, MapAdjointEntry<Map, T>{f, x.data, y.data, d_y.data, d_x.data});
}

template <class T>
void fill(const Context& context, T value, VecView<T> y) {
  for_each(context, y.size, FillEntry<T>{value, y.data});
}

template <class T>
void add_scaled(const Context& context, T factor, VecView<const T> x, VecView<T> y) {
  require_size("add_scaled", "y", y, x.size);
  for_each(context, x.size, AddScaledEntry<T>{factor, x.data, y.data});
}

#define ALFI_INSTANTIATE_MAP(Map, T)                                                                      \
  template void map<Map<T>, T>(const Context&, const Map<T>&, VecView<const T>, VecView<T>);              \
  template void map_adjoint<Map<T>, T>(const Context&, const Map<T>&, VecView<const T>, VecView<const T>, \
                                       VecView<const T>, VecView<T>);
#define ALFI_INSTANTIATE(T)                             \
  ALFI_INSTANTIATE_MAP(Relu, T)                         \
  ALFI_INSTANTIATE_MAP(Tanh, T)                         \
  ALFI_INSTANTIATE_MAP(SmoothBound, T)                  \
  ALFI_INSTANTIATE_MAP(Clamp, T)                        \
  ALFI_INSTANTIATE_MAP(Asinh, T)                        \
  ALFI_INSTANTIATE_MAP(Exp, T)                          \
  ALFI_INSTANTIATE_MAP(Affine, T)                       \
  template void fill<T>(const Context&, T, VecView<T>); \
  template void add_scaled<T>(const Context&, T, VecView<const T>, VecView<T>);
ALFI_INSTANTIATE(float)
ALFI_INSTANTIATE(double)
#undef ALFI_INSTANTIATE
#undef ALFI_INSTANTIATE_MAP

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
