#pragma once
#include <cmath>
#include <string>

#include "alfi/core/error.hpp"
#include "alfi/core/view.hpp"

/// Lower triangles of up to kMaxParameters rows in fixed arrays of doubles, packed row by row: (0,0), (1,0), (1,1), ...
/// Nothing is allocated. On the outside ("cholesky") the diagonal is kept as logarithms, in here as itself.

namespace alfi {
inline namespace v0 {
namespace kernels {

constexpr Index kMaxParameters = 16;
ALFI_HD constexpr Index triangle_size(Index rows) { return rows * (rows + 1) / 2; }
ALFI_HD constexpr Index triangle_entry(Index row, Index col) { return row * (row + 1) / 2 + col; }

/// A packed lower triangle of size rows.
template <Index MaxRows = kMaxParameters>
struct Triangle {
  double data[triangle_size(MaxRows)];
  Index rows = 0;

  ALFI_HD double& operator()(Index r, Index c) { return data[triangle_entry(r, c)]; }
  ALFI_HD double operator()(Index r, Index c) const { return data[triangle_entry(r, c)]; }
  ALFI_HD void clear(Index size) {
    rows = size;
    for (Index i = 0; i < triangle_size(size); ++i) data[i] = 0;
  }
};

/// C from its outside form. In place: nvcc copies a triangle that is returned, through registers that it has not got.
template <class T>
ALFI_HD void unpack(VecView<const T> cholesky, Index rows, Triangle<>& c) {
  c.rows = rows;
  for (Index i = 0; i < triangle_size(rows); ++i) c.data[i] = static_cast<double>(cholesky[i]);
  for (Index i = 0; i < rows; ++i) c(i, i) = std::exp(c(i, i));
}
template <class T>
Triangle<> unpack(VecView<const T> cholesky, Index rows) {
  Triangle<> c;
  unpack(cholesky, rows, c);
  return c;
}

/// x = C^-1 x.
template <Index Max>
ALFI_HD void solve_lower(const Triangle<Max>& c, double* x) {
  for (Index r = 0; r < c.rows; ++r) {
    for (Index k = 0; k < r; ++k) x[r] -= c(r, k) * x[k];
    x[r] /= c(r, r);
  }
}

/// x = C^-T x.
template <Index Max>
ALFI_HD void solve_lower_transposed(const Triangle<Max>& c, double* x) {
  for (Index r = c.rows; r-- > 0;) {
    for (Index k = r + 1; k < c.rows; ++k) x[r] -= c(k, r) * x[k];
    x[r] /= c(r, r);
  }
}

/// y = C x and y = C' x; y must not alias x.
template <Index Max>
ALFI_HD void multiply(const Triangle<Max>& c, const double* x, double* y) {
  for (Index r = 0; r < c.rows; ++r) {
    y[r] = 0;
    for (Index k = 0; k <= r; ++k) y[r] += c(r, k) * x[k];
  }
}
template <Index Max>
ALFI_HD void multiply_transposed(const Triangle<Max>& c, const double* x, double* y) {
  for (Index r = 0; r < c.rows; ++r) {
    y[r] = 0;
    for (Index k = r; k < c.rows; ++k) y[r] += c(k, r) * x[k];
  }
}

/// Adds a gradient with respect to C's entries to one with respect to the outside form.
template <class T>
ALFI_HD void add_outside(const Triangle<>& c, const Triangle<>& d_c, VecView<T> d_cholesky) {
  for (Index r = 0; r < c.rows; ++r) {
    for (Index k = 0; k <= r; ++k) {
      d_cholesky[triangle_entry(r, k)] += static_cast<T>(r == k ? d_c(r, r) * c(r, r) : d_c(r, k));
    }
  }
}

/// Adds value where the gradient is wanted.
template <class T>
ALFI_HD void accumulate(MatView<T> gradient, Index row, Index col, double value) {
  if (!gradient.empty()) gradient(row, col) += static_cast<T>(value);
}

/// The outside form has V = P(P+1)/2 columns and P is small enough; returns P.
template <class T>
Index require_triangle(const char* function, MatView<const T> mean, MatView<const T> cholesky) {
  const Index p = mean.cols;
  if (p > kMaxParameters) {
    throw ShapeError(std::string(function) + ": mean has shape " + shape_text(mean) + ", expected at most " +
                     std::to_string(kMaxParameters) + " columns");
  }
  require_shape(function, "cholesky", cholesky, mean.rows, triangle_size(p));
  return p;
}

/// A gradient is empty (not wanted) or of its array's shape.
template <class T>
void require_gradient(const char* function, const char* argument, MatView<T> gradient, Index rows, Index cols) {
  if (gradient.data != nullptr) require_shape(function, argument, gradient, rows, cols);
}

/// Proposals per problem, where rows holds those of every problem one after the other.
template <class T>
Index require_blocks(const char* function, const char* argument, MatView<T> rows, Index problems, Index cols) {
  const Index per_problem = problems > 0 ? rows.rows / problems : 0;
  require_shape(function, argument, rows, problems * per_problem, cols);
  return per_problem;
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
