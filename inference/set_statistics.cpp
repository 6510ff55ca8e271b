#include "alfi/inference/set_statistics.hpp"

#include <cmath>

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kDetermined = 1e-10;  // of a column's own variance: what is left of it is rounding,
constexpr double kRounding = 1e-26;    // and of its mean's square: it is constant

}  // namespace

Index set_statistics_size(Index columns) { return columns * (columns + 3) / 2; }

void set_statistics(MatView<const float> x, const std::vector<double>& floor, double* out) {
  const auto size = static_cast<std::size_t>(x.cols);
  const double count = static_cast<double>(x.rows);
  std::vector<double> mean(size, 0.0), left(static_cast<std::size_t>(x.size()));
  for (std::size_t d = 0; d < size; ++d) {
    const auto column = static_cast<Index>(d);
    for (Index i = 0; i < x.rows; ++i) mean[d] += static_cast<double>(x(i, column)) / count;
  }
  // Columns are made orthogonal one after the other (twice, as rounding wants): unit [D][N] those that have something
  // of their own, slope [D][D] what each is made of.
  std::vector<double> own(size, 0.0), slope(size * size, 0.0);
  const auto residual = [&](std::size_t d) { return left.data() + static_cast<Index>(d) * x.rows; };
  for (std::size_t d = 0; d < size; ++d) {
    double* const r = residual(d);
    double variance = 0;
    for (Index i = 0; i < x.rows; ++i) {
      r[i] = static_cast<double>(x(i, static_cast<Index>(d))) - mean[d];
      variance += r[i] * r[i];
    }
    std::vector<double> on_residual(size, 0.0);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t k = 0; k < d; ++k) {
        if (!(own[k] > 0)) continue;
        double product = 0;
        for (Index i = 0; i < x.rows; ++i) product += r[i] * residual(k)[i];
        on_residual[k] += product / own[k];
        for (Index i = 0; i < x.rows; ++i) r[i] -= product / own[k] * residual(k)[i];
      }
    }
    for (Index i = 0; i < x.rows; ++i) own[d] += r[i] * r[i];
    if (own[d] <= kDetermined * variance + kRounding * count * mean[d] * mean[d]) own[d] = 0;
    // Residual k is column k less its slopes on the columns before: from slopes on residuals to slopes on columns.
    double intercept = mean[d];
    for (std::size_t k = d; k-- > 0;) {
      double s = on_residual[k];
      for (std::size_t j = k + 1; j < d; ++j) s -= on_residual[j] * slope[j * size + k];
      slope[d * size + k] = s;
      intercept -= s * mean[k];
    }
    *out++ = intercept;
    for (std::size_t k = 0; k < d; ++k) *out++ = slope[d * size + k];
    *out++ = 0.5 * std::log(own[d] / count + floor[d] * floor[d]);
  }
}

}  // namespace v0
}  // namespace alfi
