#pragma once
#include "alfi/core/divisor.hpp"
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

/// One part of a concatenation: its columns are offset .. offset + view.cols - 1 of the whole.
template <class T>
struct PlacedPart {
  MatView<T> view;
  Index repeat, offset;
  Index first;  ///< its first item, where items are the entries of all parts
  Divisor by_repeat, by_cols;
};

/// A GPU's entries of out; a CPU copies part after part. Item i is the entries i, i + items, ..: several loads at once,
/// each of which takes long.
template <class T>
struct ConcatenateEntries {
  static constexpr const char* kName = "concatenate_columns";
  static constexpr int kTogether = 4;
  PlacedPart<const T> part[kMaxParts];
  int count;
  MatView<T> out;
  Divisor by_cols;
  ALFI_HD Index items() const { return (out.size() + kTogether - 1) / kTogether; }
  ALFI_HD void operator()(Index i) const {
    T value[kTogether];
    const Index apart = items();
    for (int u = 0; u < kTogether; ++u) {
      const Index entry = i + u * apart;
      const Index r = by_cols.quotient(entry);
      value[u] = entry < out.size() ? value_of(r, entry - r * out.cols) : T(0);
    }
    for (int u = 0; u < kTogether; ++u) {
      if (i + u * apart < out.size()) out.data[i + u * apart] = value[u];
    }
  }

 private:
  ALFI_HD T value_of(Index r, Index c) const {
    int p = 0;
    while (p + 1 < count && c >= part[p + 1].offset) ++p;
    return part[p].view(part[p].by_repeat.quotient(r), c - part[p].offset);
  }
};

/// A GPU's entries of the parts' gradients, no two of which are the same; items as above.
template <class T>
struct ConcatenateAdjointEntries {
  static constexpr const char* kName = "concatenate_columns_adjoint";
  static constexpr int kTogether = 4;
  PlacedPart<T> part[kMaxParts];
  int count;
  Index all;  ///< entries
  MatView<const T> d_out;
  ALFI_HD Index items() const { return (all + kTogether - 1) / kTogether; }
  ALFI_HD void operator()(Index i) const {
    T* target[kTogether] = {};
    const T* term[kTogether] = {};
    Index repeat[kTogether] = {};
    T sum[kTogether] = {}, first[kTogether] = {};
    for (int u = 0; u < kTogether; ++u) {
      const Index item = i + u * items();
      if (item >= all) continue;
      int p = 0;
      while (p + 1 < count && item >= part[p + 1].first) ++p;
      const PlacedPart<T>& own = part[p];
      const Index r = own.by_cols.quotient(item - own.first), c = item - own.first - r * own.view.cols;
      target[u] = &own.view(r, c);
      term[u] = &d_out(r * own.repeat, own.offset + c);
      repeat[u] = own.repeat;
      sum[u] = *target[u];
      if (own.repeat > 0) first[u] = *term[u];
    }
    for (int u = 0; u < kTogether; ++u) {
      if (repeat[u] == 0) continue;
      sum[u] += first[u];
      for (Index k = 1; k < repeat[u]; ++k) sum[u] += term[u][k * d_out.cols];
      *target[u] = sum[u];
    }
  }
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
