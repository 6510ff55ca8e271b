#include "alfi/inference/least_squares.hpp"

#include "alfi/inference/dense_solve.hpp"

namespace alfi {
inline namespace v0 {

LeastSquares::LeastSquares(Index terms, Index values)
    : terms_(terms),
      size_(values),
      normal_(static_cast<std::size_t>(terms * terms), 0.0),
      coefficients_(static_cast<std::size_t>(terms * values), 0.0) {}

void LeastSquares::add(const double* terms, const double* values, double weight) {
  const auto count = static_cast<std::size_t>(terms_), size = static_cast<std::size_t>(size_);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t c = 0; c <= r; ++c) normal_[r * count + c] += weight * terms[r] * terms[c];
    for (std::size_t d = 0; d < size; ++d) coefficients_[r * size + d] += weight * terms[r] * values[d];
  }
}

bool LeastSquares::solve() {
  const auto count = static_cast<std::size_t>(terms_), size = static_cast<std::size_t>(size_);
  if (!cholesky_in_place(normal_, terms_)) return false;
  std::vector<double> column(count);
  for (std::size_t d = 0; d < size; ++d) {
    for (std::size_t r = 0; r < count; ++r) column[r] = coefficients_[r * size + d];
    solve_lower(normal_, terms_, column.data());
    solve_lower_transposed(normal_, terms_, column.data());
    for (std::size_t r = 0; r < count; ++r) coefficients_[r * size + d] = column[r];
  }
  return true;
}

}  // namespace v0
}  // namespace alfi
