#pragma once
#include "alfi/core/view.hpp"
#include "alfi/kernels/cpu/table.hpp"

/// The products of a layer on row-major matrices, in terms of the table. Shapes are the caller's promise.

namespace alfi {
inline namespace v0 {
namespace cpu {

template <class T>
RowTerm<T> row_term(MatView<const T> a, MatView<const T> b) {
  return {a.data, a.cols, b.data, b.cols, a.cols};
}

/// y += d w: d [R,O] with rows d_row apart, w [O,I], y [R,I].
template <class T>
void add_product(const T* d, Index d_row, MatView<const T> w, MatView<T> y) {
  table<T>().product({y.rows, y.cols, w.rows, d, d_row, 1, w.data, w.cols, y.data, y.cols, Start::accumulate,
                      Finish::none, nullptr, nullptr});
}

/// w += d' x: d [R,O] with rows d_row apart, x [R,I] with rows x_row apart, w [O,I].
template <class T>
void add_outer(const T* d, Index d_row, const T* x, Index x_row, Index rows, MatView<T> w) {
  table<T>().product(
      {w.rows, w.cols, rows, d, 1, d_row, x, x_row, w.data, w.cols, Start::accumulate, Finish::none, nullptr, nullptr});
}

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
