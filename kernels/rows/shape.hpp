#pragma once
#include "alfi/core/view.hpp"
#include "alfi/kernels/rows/entries.hpp"
#include "alfi/kernels/shape.hpp"
#include "alfi/kernels/triangle.hpp"

/// Entries of kernels/shape.hpp, on either backend.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// Entry (r, c) of the run of columns as out has it.
template <class T>
struct CopyColumns {
  static constexpr const char* kName = "copy_columns";
  MatView<const T> in;
  MatView<T> out;
  ColumnBlock block;
  Index repeat;
  ALFI_HD void operator()(Index r, Index c) const { out(r, block.to + c) = in(r / repeat, block.from + c); }
};

/// Entry (r, c) of the run of columns as d_in has it, from its copies.
template <class T>
struct CopyColumnsAdjoint {
  static constexpr const char* kName = "copy_columns_adjoint";
  MatView<const T> d_out;
  MatView<T> d_in;
  ColumnBlock block;
  Index repeat;
  ALFI_HD T& target(Index r, Index c) const { return d_in(r, block.from + c); }
  ALFI_HD T term(Index r, Index c, Index k) const { return d_out(r * repeat + k, block.to + c); }
};

template <class T>
struct AddRepeated {
  static constexpr const char* kName = "add_repeated";
  MatView<const T> x;
  T factor;
  MatView<const T> y;
  MatView<T> z;
  Index repeat;
  ALFI_HD void operator()(Index r, Index c) const { z(r, c) = x(r, c) + factor * y(r / repeat, c); }
};

template <class T>
struct AddRepeatedAdjoint {
  static constexpr const char* kName = "add_repeated_adjoint";
  T factor;
  MatView<const T> d_z;
  MatView<T> d_y;
  ALFI_HD T& target(Index r, Index c) const { return d_y(r, c); }
  ALFI_HD T term(Index r, Index c, Index k) const { return factor * d_z(r * (d_z.rows / d_y.rows) + k, c); }
};

/// A GPU's entries of both gradients, d_x first.
template <class T>
struct AddRepeatedAdjointEntry {
  static constexpr const char* kName = "add_repeated_adjoint";
  AddRepeatedAdjoint<T> body;
  T* d_x;
  Index count;  ///< of d_x; 0: not wanted
  ALFI_HD void operator()(Index i) const {
    if (i < count) {
      d_x[i] += body.d_z.data[i];
    } else {
      GatherEntry<AddRepeatedAdjoint<T>>{body, body.d_y.cols, body.d_z.rows / body.d_y.rows}(i - count);
    }
  }
};

template <class T>
struct TriangleDiagonal {
  static constexpr const char* kName = "triangle_diagonal";
  MatView<const T> triangle;
  MatView<T> diagonal;
  ALFI_HD void operator()(Index r, Index p) const { diagonal(r, p) = triangle(r, triangle_entry(p, p)); }
};

template <class T>
struct TriangleDiagonalAdjoint {
  static constexpr const char* kName = "triangle_diagonal_adjoint";
  MatView<const T> d_diagonal;
  MatView<T> d_triangle;
  ALFI_HD void operator()(Index r, Index p) const { d_triangle(r, triangle_entry(p, p)) += d_diagonal(r, p); }
};

/// Row p of the triangle.
template <class T>
struct DiagonalTriangle {
  static constexpr const char* kName = "diagonal_triangle";
  MatView<const T> diagonal;
  MatView<T> triangle;
  ALFI_HD void operator()(Index r, Index p) const {
    for (Index k = 0; k < p; ++k) triangle(r, triangle_entry(p, k)) = T(0);
    triangle(r, triangle_entry(p, p)) = diagonal(r, p);
  }
};

template <class T>
struct DiagonalTriangleAdjoint {
  static constexpr const char* kName = "diagonal_triangle_adjoint";
  MatView<const T> d_triangle;
  MatView<T> d_diagonal;
  ALFI_HD void operator()(Index r, Index p) const { d_diagonal(r, p) += d_triangle(r, triangle_entry(p, p)); }
};

template <class T>
struct GatherScalar {
  static constexpr const char* kName = "gather_scalars";
  ScalarPlaces<const T> from;
  T* to;
  ALFI_HD void operator()(Index i) const { to[i] = *from.place[i]; }
};

template <class T>
struct AddToScalar {
  static constexpr const char* kName = "add_to_scalars";
  const T* from;
  ScalarPlaces<T> to;
  ALFI_HD void operator()(Index i) const {
    if (to.place[i] != nullptr) *to.place[i] += from[i];
  }
};

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
