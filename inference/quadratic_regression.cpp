#include "alfi/inference/quadratic_regression.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/least_squares.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kRidge = 1e-7;  // beside its terms' squares

}  // namespace

QuadraticRegression::QuadraticRegression(MatView<const double> places, Index quadratic, MatView<const double> values,
                                         const std::vector<double>& least)
    : quadratic_(quadratic), size_(values.cols), scale_(places) {
  if (places.rows < 2 * terms()) {
    throw NumericError("LikelihoodNetwork: got " + std::to_string(places.rows) + " simulations, expected at least " +
                       std::to_string(2 * terms()));
  }
  const std::vector<double> at = scaled(places);
  std::vector<double> row(static_cast<std::size_t>(terms()));
  LeastSquares squares(terms(), size_);
  for (Index i = 0; i < places.rows; ++i) {
    basis(at.data() + i * inputs(), row.data());
    squares.add(row.data(), values.row(i).data);
  }
  for (Index t = 0; t < terms(); ++t) {
    squares.diagonal(t) += kRidge * (squares.diagonal(t) + static_cast<double>(places.rows));
  }
  if (!squares.solve()) throw NumericError("LikelihoodNetwork: the simulations cannot be regressed");
  coefficients_ = squares.coefficients();
  find_noise(places, values, least);
}

void QuadraticRegression::find_noise(MatView<const double> places, MatView<const double> values,
                                     const std::vector<double>& least) {
  const double n = static_cast<double>(places.rows);
  const auto size = static_cast<std::size_t>(size_);
  noise_.assign(size * size, 0);
  for (std::size_t d = 0; d < size; ++d) noise_[d * size + d] = 1;
  std::vector<double> covariance(size * size, 0.0);
  const std::vector<double> left = whitened(places, values);
  for (const double* y = left.data(); y != left.data() + left.size(); y += size) {
    for (std::size_t r = 0; r < size; ++r) {
      for (std::size_t c = 0; c <= r; ++c) covariance[r * size + c] += y[r] * y[c] / n;
    }
  }
  for (std::size_t d = 0; d < size; ++d) covariance[d * size + d] += least[d] * least[d];
  if (!cholesky_in_place(covariance, size_)) throw NumericError("LikelihoodNetwork: the residuals have no covariance");
  noise_ = std::move(covariance);
  for (std::size_t d = 0; d < size; ++d) log_scale_ += std::log(noise_[d * size + d]);
}

void QuadraticRegression::basis(const double* place, double* row) const {
  *row++ = 1;
  for (Index i = 0; i < inputs(); ++i) *row++ = place[i];
  for (Index p = 0; p < quadratic_; ++p) {
    for (Index q = 0; q <= p; ++q) *row++ = place[p] * place[q];
  }
}

std::vector<double> QuadraticRegression::whitened(MatView<const double> places, MatView<const double> values) const {
  const std::vector<double> at = scaled(places);
  std::vector<double> row(static_cast<std::size_t>(terms())), all;
  for (Index i = 0; i < places.rows; ++i) {
    basis(at.data() + i * inputs(), row.data());
    const double* const value = values.row(values.rows > 1 ? i : 0).data;
    all.insert(all.end(), value, value + size_);
    double* const y = all.data() + i * size_;
    for (Index d = 0; d < size_; ++d) {
      for (Index t = 0; t < terms(); ++t) {
        y[d] -= row[static_cast<std::size_t>(t)] * coefficients_[static_cast<std::size_t>(t * size_ + d)];
      }
    }
    solve_lower(noise_, size_, y);
  }
  return all;
}

}  // namespace v0
}  // namespace alfi
