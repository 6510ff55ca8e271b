#pragma once
#include <string>
#include <type_traits>

#include "alfi/core/portable.hpp"

/// Views: pointers with shapes, owning nothing, trivially copyable (kernels take them by value on every backend).
/// Dimension letters used all over: B problems, K proposals per problem, M observations per proposal, N real
/// observations, T iterations, P parameters, D observation size, H hidden, E encoding, S summaries,
/// V = P(P+1)/2 entries of a lower triangle.

namespace alfi {
inline namespace v0 {

/// A contiguous vector of size elements; empty where data is null.
template <class T>
struct VecView {
  T* data = nullptr;
  Index size = 0;

  ALFI_HD T& operator[](Index i) const { return data[i]; }
  ALFI_HD bool empty() const { return size == 0; }
  ALFI_HD T* begin() const { return data; }
  ALFI_HD T* end() const { return data + size; }
  template <class U = T, class = std::enable_if_t<std::is_same_v<U, T> && !std::is_const_v<U>>>
  ALFI_HD operator VecView<const U>() const {
    return {data, size};
  }
};

/// A contiguous row-major matrix [rows, cols]; empty where data is null.
template <class T>
struct MatView {
  T* data = nullptr;
  Index rows = 0;
  Index cols = 0;

  ALFI_HD T& operator()(Index r, Index c) const { return data[r * cols + c]; }
  ALFI_HD VecView<T> row(Index r) const { return {data + r * cols, cols}; }
  ALFI_HD VecView<T> flat() const { return {data, rows * cols}; }
  ALFI_HD Index size() const { return rows * cols; }
  ALFI_HD bool empty() const { return rows * cols == 0; }
  template <class U = T, class = std::enable_if_t<std::is_same_v<U, T> && !std::is_const_v<U>>>
  ALFI_HD operator MatView<const U>() const {
    return {data, rows, cols};
  }
};

/// "[3,4]", for messages.
std::string shape_text(Index rows, Index cols);
std::string shape_text(Index size);  ///< "[3]"
template <class T>
std::string shape_text(MatView<T> m) {
  return shape_text(m.rows, m.cols);
}
template <class T>
std::string shape_text(VecView<T> v) {
  return shape_text(v.size);
}

}  // namespace v0
}  // namespace alfi
