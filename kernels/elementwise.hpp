#pragma once
#include <cmath>

#include "alfi/core/context.hpp"
#include "alfi/core/view.hpp"

/// One output entry for each input entry: a named map with its slope.
/// A map is a trivially copyable struct: value(x) and slope(x, y), the derivative at x where y = value(x). A new one is
/// also named in elementwise.cpp and rows/elementwise.cu.
/// x and y of one size. Throws: ShapeError. Gradients accumulate (+=).

namespace alfi {
inline namespace v0 {
namespace kernels {

template <class T>
struct Relu {
  ALFI_HD T value(T x) const { return x > T(0) ? x : T(0); }
  ALFI_HD T slope(T, T y) const { return y > T(0) ? T(1) : T(0); }
};

template <class T>
struct Tanh {
  ALFI_HD T value(T x) const { return std::tanh(x); }
  ALFI_HD T slope(T, T y) const { return T(1) - y * y; }
};

/// bound tanh(x / bound): never further than bound, the identity near 0.
template <class T>
struct SmoothBound {
  T bound;
  ALFI_HD T value(T x) const { return bound * std::tanh(x / bound); }
  ALFI_HD T slope(T, T y) const { return T(1) - (y / bound) * (y / bound); }
};

/// Cut to [-bound, bound]; slope 1 inside and at the bound, 0 outside.
template <class T>
struct Clamp {
  T bound;
  ALFI_HD T value(T x) const { return x > bound ? bound : (x < -bound ? -bound : x); }
  ALFI_HD T slope(T x, T) const { return x > bound || x < -bound ? T(0) : T(1); }
};

/// log(x + sqrt(1 + x^2)): tames tails, the identity near 0.
template <class T>
struct Asinh {
  T factor = T(1);
  ALFI_HD T value(T x) const { return std::asinh(factor * x); }
  ALFI_HD T slope(T x, T) const { return factor / std::hypot(factor * x, T(1)); }
};

template <class T>
struct Exp {
  ALFI_HD T value(T x) const { return std::exp(x); }
  ALFI_HD T slope(T, T y) const { return y; }
};

template <class T>
struct Affine {
  T factor, offset;
  ALFI_HD T value(T x) const { return factor * x + offset; }
  ALFI_HD T slope(T, T) const { return factor; }
};

template <class Map, class T>
void map(const Context& context, const Map& f, VecView<const T> x, VecView<T> y);

template <class Map, class T>
void map_adjoint(const Context& context, const Map& f, VecView<const T> x, VecView<const T> y, VecView<const T> d_y,
                 VecView<T> d_x);

/// y = value everywhere.
template <class T>
void fill(const Context& context, T value, VecView<T> y);

/// y += factor x.
template <class T>
void add_scaled(const Context& context, T factor, VecView<const T> x, VecView<T> y);

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
