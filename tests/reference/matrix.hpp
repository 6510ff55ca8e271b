#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "alfi/core/view.hpp"

/// Owned matrices for tests, and their random content.

namespace reference {

using alfi::Index;

template <class T>
struct Matrix {
  Matrix() = default;
  Matrix(Index rows_, Index cols_, T value = T(0))
      : rows(rows_), cols(cols_), data(static_cast<std::size_t>(rows_ * cols_), value) {}
  template <class U>
  explicit Matrix(const Matrix<U>& other) : rows(other.rows), cols(other.cols) {
    for (const U value : other.data) data.push_back(static_cast<T>(value));
  }

  T& operator()(Index r, Index c) { return data[static_cast<std::size_t>(r * cols + c)]; }
  const T& operator()(Index r, Index c) const { return data[static_cast<std::size_t>(r * cols + c)]; }
  alfi::MatView<T> view() { return {data.data(), rows, cols}; }
  alfi::MatView<const T> view() const { return {data.data(), rows, cols}; }
  alfi::VecView<T> vector() { return {data.data(), rows * cols}; }
  alfi::VecView<const T> vector() const { return {data.data(), rows * cols}; }

  Index rows = 0, cols = 0;
  std::vector<T> data;
};

/// Multiples of 1/8 in [-1, 1], by a linear congruential generator: their products and short sums are exact, so that a
/// ReLU decides alike in every precision and order of summation.
class Dyadic {
 public:
  explicit Dyadic(std::uint64_t seed) : state_(seed * 2654435761u + 1) {}
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(static_cast<int>((state_ >> 33) % 17) - 8) / 8;
  }
  template <class T>
  Matrix<T> matrix(Index rows, Index cols, double scale = 1) {
    Matrix<T> m(rows, cols);
    for (T& value : m.data) value = static_cast<T>(scale * next());
    return m;
  }

 private:
  std::uint64_t state_;
};

/// All elements' magnitudes.
template <class T>
Matrix<T> magnitude(Matrix<T> m) {
  for (T& value : m.data) value = std::abs(value);
  return m;
}

/// The largest |got - wanted| / scale, scale elementwise; NaN counts as infinite.
template <class T>
double largest_error(const Matrix<T>& got, const Matrix<double>& wanted, const Matrix<double>& scale) {
  if (got.rows != wanted.rows || got.cols != wanted.cols) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < got.data.size(); ++i) {
    const double value = static_cast<double>(got.data[i]);
    if (std::isnan(value)) return INFINITY;
    const double error = std::abs(value - wanted.data[i]);
    if (error == 0) continue;
    if (scale.data[i] == 0) return INFINITY;
    largest = std::max(largest, error / scale.data[i]);
  }
  return largest;
}

}  // namespace reference
